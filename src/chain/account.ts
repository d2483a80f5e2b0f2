/** What stands behind an address. Accounts are immutable: a change is a new account. */
import type { Address } from "@solana/kit";
import type { Lamports } from "./ids.ts";

export type Account = {
  readonly lamports: Lamports;
  /** The program that may change this account. */
  readonly owner: Address;
  /** Never changed in place. */
  readonly data: Uint8Array;
  readonly executable: boolean;
};

/** The same account with another balance. All accounts are made with the same fields in this order, which engines reward. */
export function withLamports({ owner, data, executable }: Omit<Account, "lamports">, lamports: Lamports): Account {
  return { lamports, owner, data, executable };
}

export function withData({ lamports, owner, executable }: Account, data: Uint8Array): Account {
  return { lamports, owner, data, executable };
}

/** An account's new value, or null when it is gone (an account without lamports does not exist). */
export type AccountChange = { readonly address: Address; readonly account: Account | null };
