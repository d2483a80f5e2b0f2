import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  countBetween,
  defaultUrl,
  parseIndices,
  parsePort,
  parsePositiveSol,
  parseSol,
  parseUrl,
  parseValidators,
} from "./arguments.ts";
import { formatSol } from "./format.ts";

describe("arguments", () => {
  it("a count is decimal digits in its range, both ends included", () => {
    const parse = countBetween(1, 32);
    expect([parse("1"), parse("032"), parse("32")]).toEqual([1, 32, 32]);
    for (const text of ["0", "33", "-1", "+1", "1.0", "3e1", "1e99", "0x10", "", " 1", "abc", "NaN", "9".repeat(30)])
      expect(() => parse(text), text).toThrow("Give a whole number from 1 to 32.");
  });

  it("the greatest safe integer is a count, the next one is not", () => {
    const parse = countBetween(0, Number.MAX_SAFE_INTEGER);
    expect(parse("9007199254740991")).toBe(Number.MAX_SAFE_INTEGER);
    expect(() => parse("9007199254740992")).toThrow();
  });

  it("ports go from 0 to 65535", () => {
    expect([parsePort("0"), parsePort("65535")]).toEqual([0, 65_535]);
    expect(() => parsePort("65536")).toThrow("from 0 to 65535");
  });

  it("SOL is read exactly, down to a lamport and up to 2^64 - 1 of them", () => {
    expect(parseSol("0.1")).toBe(100_000_000n);
    expect(parseSol("1")).toBe(1_000_000_000n);
    expect(parseSol("0.000000001")).toBe(1n);
    expect(parseSol("123456789.987654321")).toBe(123_456_789_987_654_321n);
    expect(parseSol("18446744073.709551615")).toBe(2n ** 64n - 1n);
    expect(() => parseSol("18446744073.709551616")).toThrow();
  });

  it("refuses what only looks like an amount", () => {
    for (const text of ["1e3", "-1", "NaN", "Infinity", "", ".5", "1.", "0.0000000001", "1,5", "1 ", "0x1", "1_000"])
      expect(() => parseSol(text), text).toThrow("at most 9 decimals");
    expect(() => parsePositiveSol("0.000")).toThrow("above 0");
  });

  it("every amount survives being printed and read", () => {
    const property = fc.property(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), (lamports) => {
      expect(parseSol(formatSol(lamports))).toBe(lamports);
    });
    fc.assert(property, { seed: 1234, numRuns: 200 });
  });

  it("validators are a number, or a list of stakes above 0", () => {
    expect(parseValidators("4")).toBe(4);
    expect(parseValidators("1000,0.5")).toEqual([1_000_000_000_000n, 500_000_000n]);
    for (const text of ["0", "5001", "1,0", "1,", ",", "1,-1", "a,b", ""])
      expect(() => parseValidators(text), text).toThrow();
    expect(parseValidators(Array(5000).fill("1").join(","))).toHaveLength(5000);
    expect(() => parseValidators(Array(5001).fill("1").join(","))).toThrow("at most 5000");
  });

  it("indices are distinct", () => {
    expect(parseIndices("0,12")).toEqual([0, 12]);
    expect(parseIndices("3", [0, 12])).toEqual([0, 12, 3]);
    expect(() => parseIndices("12", [0, 12])).toThrow("each once");
    for (const text of ["", "0,0", "00,0", "-1", "1,", "x"]) expect(() => parseIndices(text), text).toThrow();
  });

  it("localhost stands for the default URL, a port for it on this machine; other schemes are refused", () => {
    expect([parseUrl("localhost"), parseUrl("l")]).toEqual([defaultUrl, defaultUrl]);
    expect(parseUrl("http://10.0.0.1:9000")).toBe("http://10.0.0.1:9000");
    expect(parseUrl("https://devnet.example/rpc?key=1")).toBe("https://devnet.example/rpc?key=1");
    expect(parseUrl("localhost:9701")).toBe("http://localhost:9701");
    expect(parseUrl("127.0.0.1:8899")).toBe("http://127.0.0.1:8899");
    expect(parseUrl("[::1]:8899")).toBe("http://[::1]:8899");
    expect(parseUrl("9701")).toBe("http://127.0.0.1:9701");
    for (const text of [
      "",
      "ws://127.0.0.1:8900",
      "file:///x",
      "hello",
      "99999",
      "localhost:99999",
      "me.json",
      "a b:1",
    ])
      expect(() => parseUrl(text), text).toThrow();
  });
});
