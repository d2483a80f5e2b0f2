/**
 * A working set of accounts over something that is only read: a tree, or another overlay.
 *
 *     tree of the parent block            read only
 *       └─ overlay of the block           what its transactions changed so far; at the end, its changes make the new tree
 *            └─ overlay of a transaction  committed to the block's when it succeeds, dropped when it fails
 *
 *     tree A: 5    block set A: 4    transaction set A: 1, B: 3    failed: dropped       -> A is 4, B is null
 *                                                                  succeeded: committed  -> A is 1, B is 3
 *
 * An account without lamports does not exist (as on Solana, where such an account is gone after the transaction, whatever
 * data it held), so setting one is the same as setting null.
 */
import { compareBytes } from "../base/bytes.ts";
import type { Account, AccountChange } from "./account.ts";
import { type AccountsTree, accountAt } from "./accounts-tree.ts";
import type { AccountsReader } from "./execution.ts";
import { type Address, addressBytes } from "./ids.ts";

export type AccountsOverlay = AccountsReader & {
  /** What is read where the overlay has nothing of its own. It must not change while the overlay lives. */
  readonly base: AccountsReader;
  /** Null, or an account of 0 lamports: the account is gone. */
  readonly set: (address: Address, account: Account | null) => void;
  /** Where the overlay differs from its base, by ascending address bytes. */
  readonly changes: () => AccountChange[];
  /** Sets all that was set here on the parent; this overlay is done then. */
  readonly commitTo: (parent: AccountsOverlay) => void;
};

/** A tree as something to read. */
export function accountsReaderOf(tree: AccountsTree): AccountsReader {
  return { get: (address) => accountAt(tree, address) };
}

export function createAccountsOverlay(base: AccountsReader): AccountsOverlay {
  const own = new Map<Address, Account | null>();

  function changes(): AccountChange[] {
    const keyed: { readonly key: Uint8Array; readonly change: AccountChange }[] = [];
    for (const [address, account] of own) {
      // Set back to what it was, or made and gone again: no change.
      if (account !== base.get(address)) keyed.push({ key: addressBytes(address), change: { address, account } });
    }
    return keyed.sort((a, b) => compareBytes(a.key, b.key)).map(({ change }) => change);
  }

  return {
    base,
    get(address) {
      const account = own.get(address);
      return account === undefined ? base.get(address) : account;
    },
    set(address, account) {
      own.set(address, account === null || account.lamports === 0n ? null : account);
    },
    changes,
    commitTo(parent) {
      for (const [address, account] of own) parent.set(address, account);
    },
  };
}

/** Lamports after less lamports before, over all that changed: what the supply gained, negative when it lost. */
export function lamportsDelta(overlay: AccountsOverlay): bigint {
  let delta = 0n;
  for (const { address, account } of overlay.changes()) {
    delta += (account?.lamports ?? 0n) - (overlay.base.get(address)?.lamports ?? 0n);
  }
  return delta;
}
