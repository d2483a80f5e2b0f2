import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { addressNamed, plainAccount } from "../../test/support/transactions.ts";
import type { Account } from "./account.ts";
import {
  type AccountsTree,
  accountsEntries,
  accountsHash,
  applyAccountChanges,
  emptyAccounts,
} from "./accounts-tree.ts";
import { type AccountDifference, changedAccounts } from "./accounts-tree-diff.ts";
import { type Address, addressOf, compareAddresses } from "./ids.ts";

/** The obvious way: look at every account of both. */
function changedAccountsDumb(from: AccountsTree, to: AccountsTree): readonly AccountDifference[] {
  const before = new Map(accountsEntries(from));
  const after = new Map(accountsEntries(to));
  return [...new Set([...before.keys(), ...after.keys()])]
    .map((address) => ({ address, before: before.get(address) ?? null, after: after.get(address) ?? null }))
    .filter((change) => change.before?.lamports !== change.after?.lamports)
    .sort((a, b) => compareAddresses(a.address, b.address));
}

type Change = { readonly address: Address; readonly account: Account | null };

/** Few different bytes, so that many addresses share long beginnings. */
const address = fc
  .tuple(fc.array(fc.constantFrom(0, 1, 16, 17), { minLength: 3, maxLength: 3 }), fc.constantFrom(0, 1, 16))
  .map(([start, end]) => addressOf(Uint8Array.from([...start, ...Array(28).fill(0), end])));
const change: fc.Arbitrary<Change> = fc.record({
  address,
  account: fc.option(
    fc.bigInt({ min: 1n, max: 3n }).map((lamports) => plainAccount(lamports)),
    { freq: 2 },
  ),
});
const changes = fc.array(change, { maxLength: 40 });

describe("changedAccounts", () => {
  it("finds what looking at everything finds, between a state and later ones, hashed or not", () => {
    fc.assert(
      fc.property(changes, changes, changes, fc.boolean(), (first, left, right, isHashed) => {
        const base = applyAccountChanges(emptyAccounts, first);
        const [a, b] = [applyAccountChanges(base, left), applyAccountChanges(base, right)];
        if (isHashed) for (const tree of [base, a, b]) accountsHash(tree);
        for (const [from, to] of [
          [base, a],
          [a, b],
          [b, emptyAccounts],
          [emptyAccounts, a],
        ] as const) {
          expect(changedAccounts(from, to)).toEqual(changedAccountsDumb(from, to));
        }
      }),
      { seed: 1234, numRuns: 400 },
    );
  });

  it("finds nothing between a state and itself, built twice", () => {
    const built = () =>
      applyAccountChanges(
        emptyAccounts,
        ["a", "b", "c"].map((name) => ({ address: addressNamed(name), account: plainAccount(5n) })),
      );
    expect(changedAccounts(built(), built())).toEqual([]);
  });
});
