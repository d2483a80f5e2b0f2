import { describe, expect, it } from "vitest";
import { createSmallChain } from "../../test/support/small-chain.ts";
import { addressNamed } from "../../test/support/transactions.ts";
import { addressBytes, addressOf } from "../chain/ids.ts";
import { createMarks, hasMark, markOf } from "./key-marks.ts";

describe("marks", () => {
  const small = createSmallChain();
  small.produce();
  const { results } = small.produce().bank;
  const marks = createMarks(results);

  it("are there for every address that is named, and for no other", () => {
    const named = new Set(results.flatMap(({ transaction }) => transaction.accountKeys));
    expect(marks).toHaveLength(named.size);
    for (const address of named) expect(hasMark(marks, markOf(address))).toBe(true);
    for (let i = 0; i < 1000; i++) expect(hasMark(marks, markOf(addressNamed(`other ${i}`)))).toBe(false);
    expect(hasMark(createMarks([]), markOf(addressNamed("a")))).toBe(false);
  });

  it("are not met by an address of the same words in another order, or with the same bits turned in two words", () => {
    const [address] = results[0]!.transaction.accountKeys;
    const twisted = addressBytes(address!).slice();
    for (const at of [0, 4]) twisted[at] = twisted[at]! ^ 1;
    const turned = [...addressBytes(address!).slice(4), ...addressBytes(address!).slice(0, 4)];
    for (const bytes of [twisted, Uint8Array.from(turned)]) {
      expect(addressOf(bytes)).not.toBe(address);
      expect(hasMark(marks, markOf(addressOf(bytes)))).toBe(false);
    }
  });
});
