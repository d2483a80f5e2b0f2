import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatJson, jsonDepthMax, parseByHand, parseJson } from "./json.ts";

function parsed(text: string): unknown {
  const outcome = parseJson(text);
  if (!outcome.ok) throw new Error(JSON.stringify(outcome));
  return outcome.value;
}

const nested = (depth: number) => `${"[".repeat(depth)}${"]".repeat(depth)}`;

describe("parseJson", () => {
  it("keeps every digit of integers beyond 2^53, and leaves safe ones numbers", () => {
    expect(parsed('{"id":1,"lamports":18446744073709551615}')).toEqual({ id: 1, lamports: 18446744073709551615n });
    expect(parsed("[9007199254740991,9007199254740992,-9007199254740993]")).toEqual([
      9007199254740991,
      9007199254740992n,
      -9007199254740993n,
    ]);
  });

  it("touches no digits inside strings", () => {
    expect(parsed('["18446744073709551615","\\"18446744073709551615","{\\"$n\\":\\"1\\"}"]')).toEqual([
      "18446744073709551615",
      '"18446744073709551615',
      '{"$n":"1"}',
    ]);
    expect(parsed('{"$n":"18446744073709551615"}')).toEqual({ $n: "18446744073709551615" });
  });

  it("reads strings of any length, to the quote that no backslash takes", () => {
    const long = "a".repeat(20_000_000);
    expect(parsed(`["${long}"]`)).toEqual([long]);
    expect(parsed(String.raw`["\\","\"",""]`)).toEqual(["\\", '"', ""]);
    expect(parseJson(String.raw`["\\\"]`).ok).toBe(false);
    expect(parseJson('"a').ok).toBe(false);
  });

  it("makes __proto__ an own property like any other", () => {
    const value = parsed('{"__proto__":{"polluted":1}}') as object;
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
    expect(Object.keys(value)).toEqual(["__proto__"]);
    expect("polluted" in value).toBe(false);
  });

  it("keeps -0, fractions and exponents as doubles, and refuses what no double can hold", () => {
    expect(Object.is(parsed("-0"), -0)).toBe(true);
    expect(parsed("[1.5,1e3,2E-2]")).toEqual([1.5, 1000, 0.02]);
    expect(parseJson("1e400")).toMatchObject({ ok: false, facts: { problem: "a number too large" } });
    expect(parseJson("1".repeat(101)).ok).toBe(false);
    expect(parsed("1".repeat(100))).toBe(BigInt("1".repeat(100)));
  });

  it("nests to its limit and not one deeper", () => {
    expect(parseJson(nested(jsonDepthMax)).ok).toBe(true);
    expect(parseJson(nested(jsonDepthMax + 1)).ok).toBe(false);
    expect(parseJson("[".repeat(1_000_000)).ok).toBe(false);
    expect(parsed(`[${nested(10)},${nested(jsonDepthMax - 1)}]`)).toHaveLength(2);
  });

  it("accepts and refuses the texts that JSON.parse does", () => {
    const texts = [
      "",
      " ",
      "{}",
      " [ ] ",
      "{,}",
      "[1,]",
      '{"a":1,}',
      "01",
      "1.",
      ".5",
      "+1",
      "-",
      "NaN",
      "tru",
      "true false",
      '"\u0001"',
      '"\\x"',
      '"\\u12"',
      '"\\ud800"',
      "{a:1}",
      "'a'",
      '"a',
      '{"a" : [ 1 , { "b" : null } ] }',
      "\ufeff{}",
    ];
    for (const text of texts) {
      let expected: { ok: boolean; value?: unknown };
      try {
        expected = { ok: true, value: JSON.parse(text) };
      } catch {
        expected = { ok: false };
      }
      expect(parseJson(text), text).toMatchObject(expected);
    }
  });

  it("is the same by the engine's parser and by hand: values, refusals and their reasons", () => {
    const tricky = fc.constantFrom(
      "9007199254740991",
      "9007199254740992",
      "-9007199254740993",
      "9007199254740993.0",
      "1e15",
      "1e16",
      "123e-2",
      "1e400",
      "-0",
      "0.1",
      "[".repeat(64) + "]".repeat(64),
      "[".repeat(65) + "]".repeat(65),
      '{"__proto__":{"a":1},"a":2,"a":3}',
      '"\\u0061\\ud800"',
      "tru",
      "",
    );
    const text = fc.oneof(
      tricky,
      fc.json({ maxDepth: 4 }),
      fc.string(),
      fc.array(tricky, { maxLength: 3 }).map((parts) => `[${parts.join(",")}]`),
      fc.tuple(fc.json(), fc.nat(), fc.string({ maxLength: 2 })).map(([json, at, change]) => {
        const place = at % (json.length + 1);
        return json.slice(0, place) + change + json.slice(place + 1);
      }),
    );
    fc.assert(
      fc.property(text, (drawn) => {
        expect(parseJson(drawn)).toStrictEqual(parseByHand(drawn));
      }),
      { seed: 1234, numRuns: 1000 },
    );
  });

  it("agrees with JSON.parse on any JSON text without large integers", () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 5 }), fc.nat(3), (text, spaces) => {
        const spaced = JSON.stringify(JSON.parse(text), null, spaces);
        expect(widen(parsed(spaced))).toEqual(JSON.parse(spaced));
      }),
      { seed: 1234, numRuns: 300 },
    );
  });
});

/** Bigints as doubles: what JSON.parse makes of them. */
function widen(value: unknown): unknown {
  if (typeof value === "bigint") return Number(value);
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(widen);
  return Object.fromEntries(Object.entries(value).map(([name, property]) => [name, widen(property)]));
}

describe("formatJson", () => {
  it("writes bigints bare, and they come back", () => {
    expect(formatJson({ rentEpoch: 18446744073709551615n, list: [1n, -2n] })).toBe(
      '{"rentEpoch":18446744073709551615,"list":[1,-2]}',
    );
  });

  it("writes what JSON.stringify writes of plain data", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(formatJson(value)).toBe(JSON.stringify(value));
      }),
      { seed: 1234, numRuns: 300 },
    );
    expect(formatJson({ a: undefined, b: [undefined], c: Number.NaN, "é\n": "\u2028" })).toBe(
      JSON.stringify({ a: undefined, b: [undefined], c: Number.NaN, "é\n": "\u2028" }),
    );
  });

  it("round-trips integers of any size", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 100n), max: 2n ** 100n }), (value) => {
        expect(BigInt(parsed(formatJson(value)) as number | bigint)).toBe(value);
      }),
      { seed: 1234, numRuns: 300 },
    );
  });
});
