import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createKnownKeys } from "./known-keys.ts";

const key = (fill: number, at12 = fill) => new Uint8Array(32).fill(fill).fill(at12, 12, 13);

describe("known keys", () => {
  it("are known both ways, as whoever wrote them last, or not at all", () => {
    const keys = fc.uint8Array({ minLength: 32, maxLength: 32 });
    fc.assert(
      fc.property(fc.array(keys, { maxLength: 60 }), fc.constantFrom(1, 2, 16, 1024), (all, places) => {
        const known = createKnownKeys(places);
        const text = (bytes: Uint8Array) => `${Buffer.from(bytes).toString("hex")}`;
        for (const bytes of all) {
          known.remember(bytes, text(bytes));
          expect(known.textOf(bytes)).toBe(text(bytes));
          expect(known.bytesOf(text(bytes))).toEqual(bytes);
        }
        for (const bytes of all) {
          expect([undefined, text(bytes)]).toContain(known.textOf(bytes));
          const found = known.bytesOf(text(bytes));
          if (found !== undefined) expect(found).toEqual(bytes);
        }
      }),
      { seed: 1234, numRuns: 100 },
    );
  });

  it("of one place are told apart by all of their bytes and characters", () => {
    const known = createKnownKeys(16);
    for (let at = 0; at < 32; at++) {
      const other = key(7);
      other[at] = 8;
      known.remember(key(7), "seven");
      expect(known.textOf(other), `byte ${at}`).toBeUndefined();
    }
    expect(known.bytesOf("eight")).toBeUndefined();
    expect(known.bytesOf("")).toBeUndefined();
    expect(known.textOf(new Uint8Array(31).fill(7))).toBeUndefined();
    expect(known.textOf(new Uint8Array(33).fill(7))).toBeUndefined();
  });

  it("of the programs and sysvars that every block asks for have a place each", () => {
    const known = createKnownKeys(65_536);
    const names = ["", "Vote", "Stake", "Config", "ComputeBudget", "Ed25519SigVerify", "Sysvar", "SysvarC1ock"];
    const texts = [...names, "SysvarS1otHashes", "SysvarS1otHistory", "SysvarRecentB1ockHashes", "SysvarStakeHistory"];
    const addresses = texts.map((text) => text.padEnd(text === "" ? 32 : 43, "1"));
    for (const [index, text] of addresses.entries()) known.remember(key(index), text);
    for (const [index, text] of addresses.entries()) expect(known.bytesOf(text), text).toEqual(key(index));
  });

  it("make way for what comes to their place", () => {
    const known = createKnownKeys(1);
    known.remember(key(1), "one");
    known.remember(key(2), "two");
    expect([known.textOf(key(1)), known.textOf(key(2))]).toEqual([undefined, "two"]);
    expect([known.bytesOf("one"), known.bytesOf("two")]).toEqual([undefined, key(2)]);
  });
});
