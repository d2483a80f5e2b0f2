/**
 * Transfers signed before the clock starts: each from one of many payers to one of many recipients, and no two alike.
 *
 *     count 1 | signature 64 | 1 0 1 | 3 | payer 32 | recipient 32 | System 32 | blockhash 32 | 1 | 2 | 2 0 1 | 12 | 2 u32, lamports u64
 */
import { concatBytes } from "../../src/base/bytes.ts";
import { systemProgramAddress } from "../../src/chain/addresses.ts";
import type { Keypair, SignatureScheme } from "../../src/chain/crypto.ts";
import { type Address, addressBytes, addressOf, type Hash, hashBytes } from "../../src/chain/ids.ts";

export type TransferPlan = {
  readonly scheme: SignatureScheme;
  readonly payers: readonly Keypair[];
  readonly recipients: readonly Address[];
  readonly blockhash: Hash;
  readonly count: number;
};

/** What is sent: enough for a new account to be rent-exempt, and another amount each time. */
export function lamportsAt(index: number): bigint {
  return 1_000_000n + BigInt(index);
}

/** Wire bytes, in the order in which they are to be sent. */
export function signTransfers({ scheme, payers, recipients, blockhash, count }: TransferPlan): Uint8Array[] {
  const tail = concatBytes(addressBytes(systemProgramAddress), hashBytes(blockhash), Uint8Array.of(1, 2, 2, 0, 1, 12));
  return Array.from({ length: count }, (_, index) => {
    const payer = payers[index % payers.length]!;
    const to = recipients[index % recipients.length]!;
    const data = new DataView(new ArrayBuffer(12));
    data.setUint32(0, 2, true);
    data.setBigUint64(4, lamportsAt(index), true);
    const head = Uint8Array.of(1, 0, 1, 3);
    const message = concatBytes(head, payer.publicKey, addressBytes(to), tail, new Uint8Array(data.buffer));
    return concatBytes(Uint8Array.of(1), scheme.sign(message, payer), message);
  });
}

/** Addresses nobody has the keys of; of so many none is the base of another. */
export function makeRecipients(count: number): Address[] {
  return Array.from({ length: count }, (_, index) => {
    const bytes = new Uint8Array(32).fill(7);
    new DataView(bytes.buffer).setUint32(0, Math.imul(index + 1, 2_654_435_761), false);
    return addressOf(bytes);
  });
}

/** What each recipient has got after the first `count` transfers. */
export function amountsReceived(recipients: readonly Address[], count: number): Map<Address, bigint> {
  const amounts = new Map<Address, bigint>();
  for (let index = 0; index < count; index++) {
    const to = recipients[index % recipients.length]!;
    amounts.set(to, (amounts.get(to) ?? 0n) + lamportsAt(index));
  }
  return amounts;
}
