import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { handInSha256 } from "../base/hash.ts";
import { sha256 } from "../base/sha256.ts";
import type { Account } from "../chain/account.ts";
import { createPiecedAccount, zeroPieces } from "../chain/account-data.ts";
import { accountsHash, applyAccountChanges, emptyAccounts } from "../chain/accounts-tree.ts";
import { addressOf, lamportsOf } from "../chain/ids.ts";
import { hostKernel } from "./poh-kernel.ts";

const nodeSha256 = hostKernel().sha256;

describe("SHA-256 of the host", () => {
  it("is the portable one, byte for byte, at each length around its threshold, of pieces and of any bytes", () => {
    const lengths = [0, 1, 55, 56, 63, 64, 511, 512, 513, 4095, 4096, 4097, 20_488];
    for (const length of lengths) {
      const bytes = Uint8Array.from({ length: length + 2 }, (_, i) => (i * 31) & 0xff).subarray(1, 1 + length);
      const hash = nodeSha256(bytes);
      expect(hash.constructor).toBe(Uint8Array);
      expect(hash).toEqual(sha256(bytes));
    }
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 400, maxLength: 1200 }), (bytes) => {
        expect(nodeSha256(bytes)).toEqual(sha256(bytes));
      }),
      { seed: 1234, numRuns: 100 },
    );
  });

  it("gives a tree of accounts the hash it has by the portable one, data in pieces and whole, long and short", () => {
    const head = { lamports: lamportsOf(1n), owner: addressOf(new Uint8Array(32)), executable: false };
    const accountsAnew = (): Account[] => [
      ...[0, 400, 3762, 4096, 4097, 16_392].map((length) => ({ ...head, data: new Uint8Array(length).fill(length) })),
      createPiecedAccount(head, [...zeroPieces(8192), Uint8Array.of(1, 2)]),
    ];
    const treeAnew = () =>
      applyAccountChanges(
        emptyAccounts,
        accountsAnew().map((account, i) => ({ address: addressOf(new Uint8Array(32).fill(i)), account })),
      );
    const hashBy = (implementation: typeof sha256): Uint8Array => {
      handInSha256(implementation);
      return accountsHash(treeAnew());
    };
    const [portable, native] = [hashBy(sha256), hashBy(nodeSha256)];
    expect(native).toEqual(portable);
  });
});
