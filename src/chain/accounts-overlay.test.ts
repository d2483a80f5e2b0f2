import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compareBytes } from "../base/bytes.ts";
import type { Account } from "./account.ts";
import { accountsReaderOf, createAccountsOverlay } from "./accounts-overlay.ts";
import { accountAt, applyAccountChanges, emptyAccounts } from "./accounts-tree.ts";
import { type Address, addressBytes, addressOf, lamportsOf } from "./ids.ts";

const owner = addressOf(new Uint8Array(32));

function accountWith(lamports: bigint): Account {
  return { lamports: lamportsOf(lamports), owner, data: new Uint8Array(0), executable: false };
}

function addressFrom(byte: number): Address {
  return addressOf(new Uint8Array(32).fill(byte));
}

const [a, b, c] = [addressFrom(1), addressFrom(2), addressFrom(250)];
const tree = applyAccountChanges(emptyAccounts, [{ address: a, account: accountWith(5n) }]);

describe("an accounts overlay", () => {
  it("plays the story's example, failed and succeeded", () => {
    const block = createAccountsOverlay(accountsReaderOf(tree));
    block.set(a, accountWith(4n));
    const failed = createAccountsOverlay(block);
    failed.set(a, accountWith(1n));
    failed.set(b, accountWith(3n));
    expect([failed.get(a)?.lamports, failed.get(b)?.lamports]).toEqual([1n, 3n]);
    expect([block.get(a)?.lamports, block.get(b)]).toEqual([4n, null]);

    const succeeded = createAccountsOverlay(block);
    succeeded.set(a, accountWith(1n));
    succeeded.set(b, accountWith(3n));
    succeeded.commitTo(block);
    expect([block.get(a)?.lamports, block.get(b)?.lamports]).toEqual([1n, 3n]);
    expect(accountAt(tree, a)?.lamports).toBe(5n);
    const after = applyAccountChanges(tree, block.changes());
    expect([accountAt(after, a)?.lamports, accountAt(after, b)?.lamports]).toEqual([1n, 3n]);
  });

  it("takes an account of 0 lamports as gone, data or not", () => {
    const overlay = createAccountsOverlay(accountsReaderOf(tree));
    overlay.set(a, { ...accountWith(0n), data: new Uint8Array(3) });
    expect(overlay.get(a)).toBeNull();
    expect(overlay.changes()).toMatchObject([{ address: a, account: null }]);
  });

  it("hides the base's account behind a deletion, and shows it to nobody above", () => {
    const block = createAccountsOverlay(accountsReaderOf(tree));
    block.set(a, null);
    expect(createAccountsOverlay(block).get(a)).toBeNull();
  });

  it("lists changes by ascending address bytes, which is not the order of their text", () => {
    const short = addressOf(Uint8Array.from({ length: 32 }, (_, i) => (i === 31 ? 200 : 0))); // "1111…"
    const overlay = createAccountsOverlay(accountsReaderOf(tree));
    for (const address of [c, b, short, a]) overlay.set(address, accountWith(9n));
    expect(overlay.changes().map(({ address }) => address)).toEqual([short, a, b, c]);
  });

  it("lists no change where an account was set back or came and went", () => {
    const overlay = createAccountsOverlay(accountsReaderOf(tree));
    const original = overlay.get(a);
    overlay.set(a, accountWith(1n));
    overlay.set(a, original);
    overlay.set(b, accountWith(1n));
    overlay.set(b, null);
    expect(overlay.changes()).toEqual([]);
    expect(overlay.lamportsDelta()).toBe(0n);
  });

  it("carries a setting back to the parent, which had another value", () => {
    const block = createAccountsOverlay(accountsReaderOf(tree));
    block.set(a, accountWith(4n));
    const transaction = createAccountsOverlay(block);
    transaction.set(a, null);
    transaction.commitTo(block);
    expect(block.get(a)).toBeNull();
  });

  it("counts lamports that came and went", () => {
    const overlay = createAccountsOverlay(accountsReaderOf(tree));
    overlay.set(a, null);
    expect(overlay.lamportsDelta()).toBe(-5n);
    overlay.set(b, accountWith(7n));
    expect(overlay.lamportsDelta()).toBe(2n);
    const above = createAccountsOverlay(overlay);
    above.set(b, accountWith(10n));
    expect(above.lamportsDelta()).toBe(3n);
  });

  it("agrees with plain maps over any run of transactions that fail or succeed", () => {
    const addresses = Array.from({ length: 6 }, (_, i) => addressFrom(40 * i + 3));
    const write = fc.record({ at: fc.nat(5), lamports: fc.bigInt(0n, 3n) });
    const transaction = fc.record({ writes: fc.array(write, { maxLength: 4 }), succeeds: fc.boolean() });
    fc.assert(
      fc.property(fc.array(write, { maxLength: 6 }), fc.array(transaction, { maxLength: 8 }), (genesis, run) => {
        const toChange = ({ at, lamports }: { at: number; lamports: bigint }) => ({
          address: addresses[at]!,
          account: accountWith(lamports),
        });
        const start = applyAccountChanges(emptyAccounts, genesis.map(toChange));
        const before = new Map(addresses.map((address) => [address, accountAt(start, address)?.lamports ?? 0n]));
        let twin = new Map<Address, bigint>(before);
        const block = createAccountsOverlay(accountsReaderOf(start));
        for (const { writes, succeeds } of run) {
          const overlay = createAccountsOverlay(block);
          const next = new Map(twin);
          for (const { address, account } of writes.map(toChange)) {
            overlay.set(address, account);
            next.set(address, account.lamports);
          }
          for (const address of addresses) expect(overlay.get(address)?.lamports ?? 0n).toBe(next.get(address));
          if (!succeeds) continue;
          overlay.commitTo(block);
          twin = next;
        }
        const end = applyAccountChanges(start, block.changes());
        let delta = 0n;
        for (const address of addresses) {
          expect(accountAt(end, address)?.lamports ?? 0n).toBe(twin.get(address));
          delta += twin.get(address)! - before.get(address)!;
        }
        expect(block.lamportsDelta()).toBe(delta);
        const order = block.changes().map(({ address }) => addressBytes(address));
        expect(order).toEqual([...order].sort(compareBytes));
      }),
      { seed: 1234, numRuns: 300 },
    );
  });
});
