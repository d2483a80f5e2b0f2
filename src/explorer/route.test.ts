import { describe, expect, it } from "vitest";
import type { WatchHeader } from "../sim/watch-frame.ts";
import { parseRoute, searchFor } from "./route.ts";

const address = "2udoDke8RSGEpvzbmvygSjRVhQP3BW6FLeB1GP9rndzC";
const signature = "5".repeat(87);
const header = {
  validators: [
    { name: "north", identity: "Gb4BmdiAkeLh5wchc2XztaWarppFa6oEMP2aA92A11UP", voteAccount: address },
    { name: "#1", identity: "5MHhJjQ4gqDugAiBuf1ktDN38cnAAhNEgi36PTB1kCZL", voteAccount: "7".repeat(43) },
  ],
} as unknown as WatchHeader;
const block = "3a8M5rauzedv3StrqNJJfWYzsKUd1xiFz6brW4i8c8jv";
const known = { header, blocks: new Map([[block, {}]]) };

describe("an address of the page", () => {
  it("names what is shown", () => {
    expect(parseRoute("")).toEqual({ type: "whole" });
    expect(parseRoute("#/")).toEqual({ type: "whole" });
    expect(parseRoute("#/slot/400")).toEqual({ type: "slot", slot: 400 });
    expect(parseRoute("#/epoch/7")).toEqual({ type: "epoch", epoch: 7 });
    expect(parseRoute("#/validator/3")).toEqual({ type: "validator", index: 3 });
    expect(parseRoute(`#/block/${block}`)).toEqual({ type: "block", id: block });
    expect(parseRoute(`#/account/${address}`)).toEqual({ type: "account", address });
    expect(parseRoute(`#/tx/${signature}`)).toEqual({ type: "tx", signature });
  });

  it("that names nothing is told as it stands", () => {
    for (const text of ["slot/x", "slot/-1", "slot/4/5", "account/0", "<img src=x>", "block/", "%E0%A4%A"]) {
      expect(parseRoute(`#/${text}`)).toEqual({ type: "unknown", text });
    }
  });
});

describe("what is searched for", () => {
  it("is found by what it looks like", () => {
    expect(searchFor(" 400 ", known)).toBe("#/slot/400");
    expect(searchFor("Epoch 7", known)).toBe("#/epoch/7");
    expect(searchFor("NORTH", known)).toBe("#/validator/0");
    expect(searchFor("#1", known)).toBe("#/validator/1");
    expect(searchFor(address, known)).toBe("#/validator/0");
    expect(searchFor(block, known)).toBe(`#/block/${block}`);
    expect(searchFor("9".repeat(40), known)).toBe(`#/account/${"9".repeat(40)}`);
    expect(searchFor(signature, known)).toBe(`#/tx/${signature}`);
    for (const text of ["", "south", "0x12", "<script>", "12345678901234567890"]) {
      expect(searchFor(text, known)).toBeNull();
    }
  });
});
