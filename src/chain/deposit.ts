/** Lamports that the chain itself pays: to a plain account, which may not exist yet, or to a validator. */
import { withLamports } from "./account.ts";
import type { AccountsOverlay } from "./accounts-overlay.ts";
import { systemProgramAddress, voteProgramAddress } from "./addresses.ts";
import { type Address, type Lamports, lamportsOf } from "./ids.ts";
import type { ChainParams } from "./params.ts";
import { rentExemptMinimum } from "./rent.ts";

/**
 * Adds to an account's balance.
 *
 * @returns the new balance, or null when nothing was paid: the account is a program's, or would stay below its rent
 */
export function deposit(
  overlay: AccountsOverlay,
  address: Address,
  lamports: bigint,
  params: ChainParams,
): Lamports | null {
  const before = overlay.get(address);
  const balance = (before?.lamports ?? 0n) + lamports;
  const isWallet = before === null || before.owner === systemProgramAddress;
  if (lamports <= 0n || !isWallet || balance < rentExemptMinimum(before?.data.length ?? 0, params)) return null;
  const empty = { owner: systemProgramAddress, data: new Uint8Array(0), executable: false };
  overlay.set(address, withLamports(before ?? empty, lamportsOf(balance)));
  return lamportsOf(balance);
}

/**
 * The same for what a validator earns, into the account that its vote account names: itself, or a plain one (SIMD-0232).
 */
export function depositRevenue(
  overlay: AccountsOverlay,
  { voteAccount, collector }: { readonly voteAccount: Address; readonly collector: Address },
  lamports: bigint,
  params: ChainParams,
): Lamports | null {
  const account = collector === voteAccount ? overlay.get(voteAccount) : null;
  if (account?.owner !== voteProgramAddress) return deposit(overlay, collector, lamports, params);
  if (lamports <= 0n) return null;
  const balance = lamportsOf(account.lamports + lamports);
  overlay.set(voteAccount, withLamports(account, balance));
  return balance;
}
