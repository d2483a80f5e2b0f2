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
import type { Account } from "./account.ts";
import { type AccountsTree, accountAt, type SortedChange } from "./accounts-tree.ts";
import type { AccountsReader } from "./execution.ts";
import { type Address, addressBytes } from "./ids.ts";

export type AccountsOverlay = AccountsReader & {
  /** What is read where the overlay has nothing of its own. It must not change while the overlay lives. */
  readonly base: AccountsReader;
  /** Null, or an account of 0 lamports: the account is gone. */
  readonly set: (address: Address, account: Account | null) => void;
  /** Where the overlay differs from its base, by ascending address bytes. */
  readonly changes: () => SortedChange[];
  /** Lamports now less lamports in the base: what the supply gained, negative when it lost. */
  readonly lamportsDelta: () => bigint;
  /** Sets all that was set here on the parent; this overlay is done then. */
  readonly commitTo: (parent: AccountsOverlay) => void;
};

/** A tree as something to read. */
export function accountsReaderOf(tree: AccountsTree): AccountsReader {
  return { get: (address) => accountAt(tree, address) };
}

/** What an address had in the base when it was first asked about, and what it has now. */
type Slot = { readonly before: Account | null; now: Account | null; isSet: boolean };

export function createAccountsOverlay(base: AccountsReader): AccountsOverlay {
  // A block reads the same accounts again and again, and the base is a tree: it is asked once for each.
  const slots = new Map<Address, Slot>();

  function slotOf(address: Address): Slot {
    let slot = slots.get(address);
    if (slot === undefined) {
      const before = base.get(address);
      slot = { before, now: before, isSet: false };
      slots.set(address, slot);
    }
    return slot;
  }

  function changes(): SortedChange[] {
    const changed: SortedChange[] = [];
    // Set back to what it was, or made and gone again: no change.
    for (const [address, { before, now }] of slots)
      if (now !== before) changed.push({ key: addressBytes(address), address, account: now });
    return changed.sort((a, b) => compareBytes(a.key, b.key));
  }

  return {
    base,
    get: (address) => slotOf(address).now,
    set(address, account) {
      const slot = slotOf(address);
      slot.now = account === null || account.lamports === 0n ? null : account;
      slot.isSet = true;
    },
    changes,
    lamportsDelta() {
      let delta = 0n;
      for (const { before, now } of slots.values())
        if (now !== before) delta += (now?.lamports ?? 0n) - (before?.lamports ?? 0n);
      return delta;
    },
    commitTo(parent) {
      for (const [address, { now, isSet }] of slots) if (isSet) parent.set(address, now);
    },
  };
}
