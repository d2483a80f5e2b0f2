import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { concatBytes } from "../base/bytes.ts";
import { sha256 } from "../base/sha256.ts";
import type { Account } from "./account.ts";
import { type AccountProof, createAccountProof, verifyAccountProof } from "./accounts-proof.ts";
import { accountAt, accountsHash, applyAccountChanges, emptyAccounts } from "./accounts-tree.ts";
import { addressOf, lamportsOf } from "./ids.ts";

const owner = addressOf(new Uint8Array(32));

function accountWith(lamports: number): Account {
  return { lamports: lamportsOf(BigInt(lamports)), owner, data: Uint8Array.of(lamports), executable: false };
}

/** Hashed addresses, and some that share long runs of nibbles. */
const pool = Array.from({ length: 24 }, (_, i) => {
  const bytes = i < 12 ? sha256(Uint8Array.of(i)) : new Uint8Array(32).fill(0xab);
  if (i >= 13) bytes[Math.floor((i - 13) * 2.8)]! ^= i % 2 === 0 ? 0x10 : 0x01;
  return addressOf(bytes);
});

const members = fc.uniqueArray(fc.nat(pool.length - 1), { maxLength: pool.length });

function treeOf(indexes: readonly number[]) {
  return applyAccountChanges(
    emptyAccounts,
    indexes.map((i) => ({ address: pool[i]!, account: accountWith(i + 1) })),
  );
}

describe("an account's proof", () => {
  it("shows each account that is there and each absence, and nothing else", () => {
    fc.assert(
      fc.property(members, (indexes) => {
        const tree = treeOf(indexes);
        const hash = accountsHash(tree);
        for (const address of pool) {
          const proof = createAccountProof(tree, address);
          const account = accountAt(tree, address);
          expect(verifyAccountProof(hash, address, account, proof)).toBe(true);
          expect(verifyAccountProof(hash, address, account === null ? accountWith(1) : null, proof)).toBe(false);
          expect(verifyAccountProof(hash, address, accountWith(99), proof)).toBe(false);
          expect(verifyAccountProof(sha256(hash), address, account, proof)).toBe(false);
        }
      }),
      { seed: 1234, numRuns: 60 },
    );
  });

  it("never shows a falsehood about one address with the proof of another", () => {
    fc.assert(
      fc.property(members, fc.nat(23), fc.nat(23), (indexes, of, about) => {
        const tree = treeOf(indexes);
        const proof = createAccountProof(tree, pool[of]!);
        const address = pool[about]!;
        const isGone = verifyAccountProof(accountsHash(tree), address, null, proof);
        if (isGone) expect(accountAt(tree, address)).toBeNull();
      }),
      { seed: 1234, numRuns: 300 },
    );
  });

  it("cannot show an absence by the address's own leaf, or by a path cut short", () => {
    const tree = treeOf([0, 1, 2, 3, 12, 13, 14]);
    const hash = accountsHash(tree);
    const address = pool[14]!;
    const proof = createAccountProof(tree, address);
    const own: AccountProof = { ...proof, other: { address, account: accountWith(15) } };
    const short: AccountProof = { ...proof, branches: proof.branches.slice(0, -1) };
    for (const forged of [own, short, proof]) expect(verifyAccountProof(hash, address, null, forged)).toBe(false);
    expect(verifyAccountProof(hash, address, accountWith(15), short)).toBe(false);
  });

  it("shows large data byte for byte, even in an array that changed after it was proved", () => {
    const large = Uint8Array.from({ length: 9000 }, (_, i) => (i * 11) & 255);
    const account = { ...accountWith(7), data: large };
    const address = pool[3]!;
    const tree = applyAccountChanges(treeOf([0, 1, 2, 12, 13]), [{ address, account }]);
    const hash = accountsHash(tree);
    const proof = createAccountProof(tree, address);
    const shows = (data: Uint8Array) => verifyAccountProof(hash, address, { ...account, data }, proof);
    const copy = large.slice();
    expect(shows(copy)).toBe(true);
    for (const at of [0, 4095, 4096, 8191, 8192, 8999]) {
      copy[at]! ^= 1;
      expect(shows(copy)).toBe(false);
      copy[at]! ^= 1;
    }
    expect(shows(copy)).toBe(true);
    const pieces = [copy.subarray(0, 4096), copy.subarray(4096, 8192), copy.subarray(8192)];
    const digests = concatBytes(...pieces.map(sha256));
    for (const forged of [digests, sha256(digests), large.subarray(0, 8999), concatBytes(large, Uint8Array.of(0))]) {
      expect(shows(forged)).toBe(false);
    }
    const leaf = createAccountProof(tree, pool[15]!);
    expect(verifyAccountProof(hash, pool[15]!, null, leaf)).toBe(true);
  });

  it("is refused when a branch has impossible sizes, whatever its bytes would hash to", () => {
    const tree = treeOf([0, 1, 2, 3]);
    const absent = pool[14]!;
    const proof = createAccountProof(tree, absent);
    const [branch] = proof.branches;
    const twisted = [
      { ...branch!, depth: branch!.depth + 256 },
      { ...branch!, bitmap: branch!.bitmap + 0.5 },
      { ...branch!, childHashes: [...branch!.childHashes.slice(1)] },
      { ...branch!, prefix: new Uint8Array(40) },
    ];
    for (const each of twisted) {
      const forged = { ...proof, branches: [each, ...proof.branches.slice(1)] };
      expect(verifyAccountProof(accountsHash(tree), absent, null, forged)).toBe(false);
    }
  });
});
