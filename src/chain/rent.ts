/**
 * The least balance of an account, a price for the space it takes in everyone's memory.
 *
 *     0 bytes:   (128 +   0) × 6960 =   890,880 lamports
 *     200 bytes: (128 + 200) × 6960 = 2,282,880 lamports
 *
 * An account holds that much or does not exist: rent is never collected. One that was below (genesis may make such) may
 * stay below, but neither grow nor fall further. Source: agave, svm-rent-calculator; SIMD-0392.
 */
import type { Account } from "./account.ts";
import { type Lamports, lamportsOf } from "./ids.ts";
import type { ChainParams } from "./params.ts";

/** Bytes that an account takes beside its data. */
const accountOverheadBytes = 128;

/** Lamports that an account with `size` bytes of data must hold. */
export function rentExemptMinimum(size: number, params: Pick<ChainParams, "rentLamportsPerByte">): Lamports {
  const perByte = params.rentLamportsPerByte;
  // Most accounts hold nothing: their minimum is remembered.
  if (size > 0) return lamportsOf(BigInt(accountOverheadBytes + size) * perByte);
  if (perByte !== empty.perByte) {
    empty = { perByte, minimum: lamportsOf(BigInt(accountOverheadBytes) * perByte) };
  }
  return empty.minimum;
}

let empty = { perByte: 0n, minimum: lamportsOf(0n) };

/** What keeps an account in being: its rent; a lamport, where rent is free, since an account without does not exist. */
export function leastBalance(size: number, params: Pick<ChainParams, "rentLamportsPerByte">): Lamports {
  const minimum = rentExemptMinimum(size, params);
  return minimum > 0n ? minimum : lamportsOf(1n);
}

/** Whether a transaction may turn `before` into `after`. */
export function isRentTransitionAllowed(
  before: Account,
  after: Account,
  params: Pick<ChainParams, "rentLamportsPerByte">,
): boolean {
  if (after.lamports === 0n || after.lamports >= rentExemptMinimum(after.data.length, params)) return true;
  // As much as before is enough, for an account that is still the same: nobody has to pay up for a genesis that gave less.
  const isSame = before.lamports > 0n && after.owner === before.owner && after.data.length <= before.data.length;
  return isSame && after.lamports >= before.lamports;
}
