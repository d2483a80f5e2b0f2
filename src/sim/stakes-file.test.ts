import { describe, expect, it } from "vitest";
import { addressNamed } from "../../test/support/transactions.ts";
import { parseStakesFile } from "./stakes-file.ts";

const [v, w, i, j] = ["v", "w", "i", "j"].map(addressNamed);
const entry = { voteAccount: v, identity: i, stake: "5" };
const stakes = [
  { voteAccount: v, identity: i, stake: 5n },
  { voteAccount: w, identity: j, stake: 18_446_744_073_709_551_615n },
];
const parse = (document: unknown) => parseStakesFile(JSON.stringify(document));

describe("a stakes file", () => {
  it("is a list of entries, or of rows, or of both", () => {
    const second = { voteAccount: w, identity: j, stake: "18446744073709551615" };
    const told = { ok: true, value: { stakes, epoch: null, firstSlot: null, slots: null } };
    expect(parse([entry, second])).toEqual(told);
    expect(parse([entry, [w, j, "18446744073709551615"]])).toEqual(told);
    expect(parse({ stakes: [[v, i, "5"], second] })).toEqual(told);
  });

  it("may say where its stakes counted, in numbers or texts, and whatever else", () => {
    const document = {
      stakes: [{ ...entry, name: "x" }],
      epoch: "980",
      first_slot: "417836256",
      slots: 432000,
      source: {},
    };
    expect(parse(document)).toEqual({
      ok: true,
      value: { stakes: [stakes[0]], epoch: 980, firstSlot: 417_836_256, slots: 432_000 },
    });
  });

  it("keeps stakes of 0 as long as one is above", () => {
    expect(parse([{ ...entry, stake: "0" }, [w, j, "1"]])).toMatchObject({
      value: { stakes: [{ stake: 0n }, { stake: 1n }] },
    });
  });

  const form = "an entry is an object with voteAccount, identity and stake, or a row of the three";
  const document = "expected an array of stakes, or an object with an array `stakes`";
  const decimal = "a stake is a decimal string of lamports";
  const example = 'a stake is a decimal string of lamports, such as "1000000000"';
  const key = "not a base58 address of 32 bytes";
  it.each([
    [null, document, undefined],
    [5, document, undefined],
    ["x", document, undefined],
    [{}, document, "stakes"],
    [{ stakes: {} }, document, "stakes"],
    [{ stakes: null }, document, "stakes"],
    [[], "no entry has a stake above 0", undefined],
    [{ stakes: [] }, "no entry has a stake above 0", undefined],
    [[{ ...entry, stake: "0" }], "no entry has a stake above 0", undefined],
    [[entry, { ...entry, identity: j }], `vote account stands twice: ${v}`, "entries 0 and 1"],
    [[entry, [w, j, "1"], [v, j, "0"]], `vote account stands twice: ${v}`, "entries 0 and 2"],
    [[{ ...entry, stake: 5 }], example, "0.stake"],
    [[[v, i, 5]], example, "0.2"],
    [{ stakes: [entry, [w, i, 5]] }, example, "stakes.1.2"],
    [[{ ...entry, stake: "-1" }], decimal, "0.stake"],
    [[{ ...entry, stake: "1.5" }], decimal, "0.stake"],
    [[{ ...entry, stake: "1e9" }], decimal, "0.stake"],
    [[{ ...entry, stake: "" }], decimal, "0.stake"],
    [[{ ...entry, stake: " 5" }], decimal, "0.stake"],
    [[{ ...entry, stake: "100000000000000000000" }], "a stake is at most 2^64 - 1", "0.stake"],
    [[{ ...entry, stake: "18446744073709551616" }], "a stake is at most 2^64 - 1", "0.stake"],
    [[{ ...entry, stake: "99999999999999999999" }], "a stake is at most 2^64 - 1", "0.stake"],
    [[{ ...entry, identity: "x" }], key, "0.identity"],
    [[[v, "1".repeat(31), "5"]], key, "0.1"],
    [[{ ...entry, voteAccount: 5 }], "an address is a base58 text", "0.voteAccount"],
    [[{ identity: i, stake: "5" }], form, "0.voteAccount"],
    [[[v, i]], example, "0.2"],
    [[[v, i, "5", "6"]], form, "0.3"],
    [[null], form, "0"],
    [{ stakes: ["x"] }, form, "stakes.0"],
    [{ stakes: [entry], epoch: -1 }, "not a whole number", "epoch"],
    [{ stakes: [entry], epoch: 1.5 }, "not a whole number", "epoch"],
    [{ stakes: [entry], epoch: "x" }, "not a whole number", "epoch"],
    [{ stakes: [entry], first_slot: null }, "not a whole number", "first_slot"],
    [{ stakes: [entry], slots: 2 ** 53 }, "not a whole number", "slots"],
  ])("is refused with one problem and its place (%#)", (given, problem, at) => {
    expect(parse(given)).toEqual({
      ok: false,
      code: "stakes-file-malformed",
      facts: at === undefined ? { problem } : { problem, at },
    });
  });

  it("is refused when it is no JSON, and takes nothing by way of a prototype", () => {
    for (const text of ["", "[", "stakes"])
      expect(parseStakesFile(text)).toMatchObject({ code: "stakes-file-malformed" });
    expect(parseStakesFile(`{"__proto__": {"stakes": [["${v}", "${i}", "5"]]}}`)).toMatchObject({
      facts: { at: "stakes" },
    });
  });
});
