import { sha256 } from "@noble/hashes/sha2.js";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ByteWriter, compareBytes, concatBytes, encodeHex, utf8Bytes } from "../base/bytes.ts";
import type { Account, AccountChange } from "./account.ts";
import { createPiecedAccount, piecesOf } from "./account-data.ts";
import {
  type AccountsTree,
  accountAt,
  accountsCount,
  accountsEntries,
  accountsHash,
  applyAccountChanges,
  emptyAccounts,
} from "./accounts-tree.ts";
import { type AccountsNode, hashLeaf } from "./accounts-tree-node.ts";
import { type Address, addressBytes, addressOf, lamportsOf } from "./ids.ts";

const seeded = { seed: 1234 };
const ownerA = addressOf(new Uint8Array(32));
const ownerB = addressOf(new Uint8Array(32).fill(7));

function accountWith(lamports: bigint, data: readonly number[] = [], owner = ownerA, executable = false): Account {
  return { lamports: lamportsOf(lamports), owner, data: Uint8Array.from(data), executable };
}

/** An address from its leading hex digits, filled up with zeros. */
function addressFromHex(digits: string): Address {
  const whole = digits.padEnd(64, "0");
  return addressOf(Uint8Array.from({ length: 32 }, (_, i) => Number.parseInt(whole.slice(2 * i, 2 * i + 2), 16)));
}

function hexOf(address: Address): string {
  return encodeHex(addressBytes(address));
}

// ---- the dumb twin: a plain map, hashed from its sorted list, on hex text -----------------------------------------

type Twin = ReadonlyMap<Address, Account>;

function twinAfter(twin: Twin, changes: readonly AccountChange[]): Twin {
  const after = new Map(twin);
  for (const { address, account } of changes) {
    if (account === null || account.lamports === 0n) after.delete(address);
    else after.set(address, account);
  }
  return after;
}

function sortedEntries(twin: Twin): [Address, Account][] {
  return [...twin].sort(([a], [b]) => compareBytes(addressBytes(a), addressBytes(b)));
}

/** Of data longer than 4096 bytes: SHA-256 over the SHA-256 of every 4096 bytes, the last maybe fewer. */
function twinDigest(data: Uint8Array): Uint8Array {
  const all = [...data];
  const digests: number[] = [];
  while (all.length > 0) digests.push(...sha256(Uint8Array.from(all.splice(0, 4096))));
  return sha256(Uint8Array.from(digests));
}

function twinHash(entries: readonly [Address, Account][]): Uint8Array {
  if (entries.length === 0) return sha256(utf8Bytes("escapement accounts empty 1"));
  const writer = new ByteWriter();
  const [address, account] = entries[0]!;
  if (entries.length === 1) {
    writer.bytes(utf8Bytes("escapement accounts leaf 2")).bytes(addressBytes(address)).u64(account.lamports);
    writer
      .bytes(addressBytes(account.owner))
      .u8(account.executable ? 1 : 0)
      .count(account.data.length)
      .bytes(account.data.length <= 4096 ? account.data : twinDigest(account.data));
    return sha256(writer.finish());
  }
  const texts = entries.map(([each]) => hexOf(each));
  let depth = 0;
  while (texts.every((text) => text[depth] === texts[0]![depth])) depth++;
  const shared = texts[0]!.slice(0, depth);
  const hashes: Uint8Array[] = [];
  let bitmap = 0;
  for (let nibble = 0; nibble < 16; nibble++) {
    const below = entries.filter((_, i) => texts[i]![depth] === nibble.toString(16));
    if (below.length === 0) continue;
    bitmap += 2 ** nibble;
    hashes.push(twinHash(below));
  }
  writer.bytes(utf8Bytes("escapement accounts branch 1")).u8(depth);
  writer.bytes(addressBytes(addressFromHex(shared)).slice(0, Math.ceil(depth / 2)));
  return sha256(
    writer
      .u16(bitmap)
      .bytes(concatBytes(...hashes))
      .finish(),
  );
}

function expectSame(tree: AccountsTree, twin: Twin): void {
  const entries = sortedEntries(twin);
  expect([...accountsEntries(tree)]).toEqual(entries);
  expect(accountsCount(tree)).toBe(twin.size);
  expect(encodeHex(accountsHash(tree))).toBe(encodeHex(twinHash(entries)));
  for (const address of pool) expect(accountAt(tree, address)).toEqual(twin.get(address) ?? null);
}

// ---- addresses that share prefixes of every length, and few enough to meet again ----------------------------------

const spine = "a7".repeat(32);
const pool: readonly Address[] = [
  addressFromHex(""),
  addressFromHex("f".repeat(64)),
  addressFromHex(spine),
  ...[0, 0, 1, 1, 2, 3, 4, 31, 32, 33, 62, 63, 63].map((length, i) =>
    addressFromHex(`${spine.slice(0, length)}${i % 2 === 0 ? "0" : "f"}${spine.slice(length + 1)}`),
  ),
  ...["a70", "a71", "a7a0", "a7a1", "a7af", "10", "11", "1f"].map(addressFromHex),
];

const someAccount = fc
  .record({
    lamports: fc.constantFrom(0n, 1n, 2n, 2n ** 64n - 1n),
    data: fc.constantFrom(
      [],
      [0],
      [0, 0],
      Array.from({ length: 90 }, (_, i) => i),
      Array.from({ length: 4097 }, (_, i) => i & 255),
    ),
    owner: fc.constantFrom(ownerA, ownerB),
    executable: fc.boolean(),
  })
  .map(({ lamports, data, owner, executable }) => accountWith(lamports, data, owner, executable));
const someChange: fc.Arbitrary<AccountChange> = fc.record({
  address: fc.constantFrom(...pool),
  account: fc.option(someAccount, { nil: null, freq: 2 }),
});
const someBatch = fc.array(someChange, { maxLength: 12 });

function nodesOf(tree: AccountsTree): Set<AccountsNode> {
  const found = new Set<AccountsNode>();
  function visit(node: AccountsNode): void {
    found.add(node);
    if (node.kind === "branch") for (const child of node.children) visit(child);
  }
  if (tree.root !== null) visit(tree.root);
  return found;
}

describe("the accounts tree", () => {
  it("starts empty, with a hash of its own", () => {
    expectSame(emptyAccounts, new Map());
    expect(encodeHex(accountsHash(emptyAccounts))).toBe(encodeHex(sha256(utf8Bytes("escapement accounts empty 1"))));
  });

  it("has the shape drawn in the story", () => {
    const changes = ["12aa", "12ab", "7000"].map((digits) => ({
      address: addressFromHex(digits),
      account: accountWith(1n),
    }));
    const root = applyAccountChanges(emptyAccounts, changes).root!;
    expect(root).toMatchObject({ kind: "branch", depth: 0, bitmap: (1 << 1) | (1 << 7) });
    expect(root).toMatchObject({ children: [{ depth: 3, bitmap: (1 << 0xa) | (1 << 0xb) }, { kind: "leaf" }] });
  });

  it("agrees with a plain map, and with its dumb hash, after any batches, forked from any older state", () => {
    const step = fc.record({ from: fc.nat(), batch: someBatch });
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 8 }), (steps) => {
        const versions: { tree: AccountsTree; twin: Twin }[] = [{ tree: emptyAccounts, twin: new Map() }];
        for (const { from, batch } of steps) {
          const parent = versions[from % versions.length]!;
          const tree = applyAccountChanges(parent.tree, batch);
          if (from % 2 === 0) accountsHash(tree); // some states are hashed before they have children, some after
          versions.push({ tree, twin: twinAfter(parent.twin, batch) });
        }
        for (const { tree, twin } of versions) expectSame(tree, twin);
      }),
      { ...seeded, numRuns: 250 },
    );
  });

  it("has one hash for one set, whatever the order and the detours", () => {
    fc.assert(
      fc.property(someBatch, someBatch, fc.integer(), (wanted, detour, shuffleSeed) => {
        const target = sortedEntries(twinAfter(new Map(), wanted)).map(([address, account]) => ({ address, account }));
        const direct = applyAccountChanges(emptyAccounts, target);
        let wandering = applyAccountChanges(emptyAccounts, detour);
        const shuffled = [...target].sort((a, b) =>
          compareBytes(
            sha256(utf8Bytes(`${shuffleSeed}${a.address}`)),
            sha256(utf8Bytes(`${shuffleSeed}${b.address}`)),
          ),
        );
        for (const change of shuffled) wandering = applyAccountChanges(wandering, [change]);
        const isWanted = new Set(target.map(({ address }) => address));
        for (const { address } of detour) {
          if (!isWanted.has(address)) wandering = applyAccountChanges(wandering, [{ address, account: null }]);
        }
        expect(encodeHex(accountsHash(wandering))).toBe(encodeHex(accountsHash(direct)));
        expect(nodesOf(wandering).size).toBe(nodesOf(direct).size);
      }),
      { ...seeded, numRuns: 200 },
    );
  });

  it("tells apart two addresses that share a prefix of any length", () => {
    for (let length = 0; length < 64; length++) {
      const other = addressFromHex(`${spine.slice(0, length)}0${spine.slice(length + 1)}`);
      const twin = new Map([
        [addressFromHex(spine), accountWith(1n)],
        [other, accountWith(2n)],
      ]);
      const changes = [...twin].map(([address, account]) => ({ address, account }));
      const tree = applyAccountChanges(emptyAccounts, changes);
      expectSame(tree, twin);
      expect(nodesOf(tree).size).toBe(3); // a shared run costs no node
      const alone = applyAccountChanges(tree, [{ address: other, account: null }]);
      expect(alone.root).toMatchObject({ kind: "leaf", address: addressFromHex(spine) });
    }
  });

  it("stands the deepest tree an attacker can grind: a branch at each of 64 nibbles", () => {
    const changes = Array.from({ length: 64 }, (_, length) => ({
      address: addressFromHex(`${spine.slice(0, length)}0${spine.slice(length + 1)}`),
      account: accountWith(BigInt(length + 1)),
    }));
    const deep = [...changes, { address: addressFromHex(spine), account: accountWith(99n) }];
    const tree = applyAccountChanges(emptyAccounts, deep);
    expectSame(tree, twinAfter(new Map(), deep));
    expect(nodesOf(tree).size).toBe(65 + 64);
    const gone = deep.map(({ address }) => ({ address, account: null }));
    expect(applyAccountChanges(tree, gone)).toEqual(emptyAccounts);
  });

  it("commits to every field of an account", () => {
    const variants = [
      accountWith(1n),
      accountWith(2n),
      accountWith(256n),
      accountWith(1n, [0]),
      accountWith(1n, [0, 0]),
      accountWith(1n, [1]),
      accountWith(1n, [], ownerB),
      accountWith(1n, [], ownerA, true),
    ];
    const hashes = pool
      .slice(0, 3)
      .flatMap((address) => variants.map((account) => applyAccountChanges(emptyAccounts, [{ address, account }])))
      .map((tree) => encodeHex(accountsHash(tree)));
    expect(new Set(hashes).size).toBe(3 * variants.length);
  });

  it("commits to data by the rule for its length, at the limit and one past it", () => {
    const [address] = pool as [Address];
    for (const length of [4095, 4096, 4097, 8192, 8193, 131_097]) {
      const data = Array.from({ length }, (_, i) => (i * 7) & 255);
      const account = accountWith(3n, data);
      const pieced = createPiecedAccount(account, piecesOf(account));
      const expected = encodeHex(twinHash([[address, account]]));
      for (const each of [account, pieced]) {
        const tree = applyAccountChanges(emptyAccounts, [{ address, account: each }]);
        expect(encodeHex(accountsHash(tree))).toBe(expected);
      }
      // The digest as data is other data.
      const digest = accountWith(3n, [...twinDigest(account.data)]);
      expect(encodeHex(twinHash([[address, digest]]))).not.toBe(expected);
    }
  });

  it("makes new nodes on the changed paths alone, and none for a change that changes nothing", () => {
    const addresses = Array.from({ length: 2000 }, (_, i) => addressOf(sha256(utf8Bytes(`account ${i}`))));
    const tree = applyAccountChanges(
      emptyAccounts,
      addresses.map((address) => ({ address, account: accountWith(1n, [1, 2, 3]) })),
    );
    accountsHash(tree);
    const before = nodesOf(tree);
    const touched = addresses.slice(0, 3);
    const next = applyAccountChanges(
      tree,
      touched.map((address) => ({ address, account: accountWith(2n) })),
    );
    const fresh = [...nodesOf(next)].filter((node) => !before.has(node));
    expect(fresh.filter((node) => node.kind === "leaf").length).toBe(3);
    expect(fresh.length).toBeLessThan(3 * 6);
    expect(fresh.every((node) => node.hash === "")).toBe(true);

    const equal = addresses.map((address) => ({ address, account: accountWith(1n, [1, 2, 3]) }));
    const absent = pool.map((address) => ({ address, account: null }));
    expect(applyAccountChanges(tree, [...equal, ...absent])).toBe(tree);
    expect(applyAccountChanges(tree, [])).toBe(tree);
  });

  it("lets the later change of one address win, and an account of 0 lamports delete", () => {
    const [address] = pool as [Address];
    const set = (lamports: bigint) => ({ address, account: accountWith(lamports, [1]) });
    const tree = applyAccountChanges(emptyAccounts, [set(1n), { address, account: null }, set(2n)]);
    expect([accountAt(tree, address)?.lamports, accountsCount(tree)]).toEqual([2n, 1]);
    expect(applyAccountChanges(tree, [set(3n), set(0n)])).toEqual(emptyAccounts);
  });

  it("refuses to hold an impossible balance", () => {
    const account = { ...accountWith(1n), lamports: (2n ** 64n) as Account["lamports"] };
    expect(() => applyAccountChanges(emptyAccounts, [{ address: ownerA, account }])).toThrow("not an amount");
    // Nor does such a balance hash as what is left of it in 64 bits.
    expect(() => hashLeaf(ownerA, account)).toThrow("not an amount");
  });

  it("gives hashes that a caller may change without harm", () => {
    const tree = applyAccountChanges(emptyAccounts, [{ address: ownerB, account: accountWith(1n) }]);
    const hash = accountsHash(tree);
    hash.fill(0);
    expect(accountsHash(tree)).not.toEqual(hash);
  });
});
