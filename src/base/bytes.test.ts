import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { AssertionError } from "./assert.ts";
import {
  ByteReader,
  ByteWriter,
  compareBytes,
  concatBytes,
  DecodeError,
  decodeHex,
  encodeHex,
  equalBytes,
  utf8Bytes,
  writeUtf8,
} from "./bytes.ts";

const settings = { seed: 1234, numRuns: 200 };

describe("comparing bytes", () => {
  it("orders as hex texts do", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 4 }), fc.uint8Array({ maxLength: 4 }), (a, b) => {
        const [left, right] = [encodeHex(a), encodeHex(b)];
        expect(Math.sign(compareBytes(a, b))).toBe(left < right ? -1 : left > right ? 1 : 0);
        expect(equalBytes(a, b)).toBe(left === right);
      }),
      settings,
    );
  });

  it("joins in order", () => {
    expect(concatBytes(Uint8Array.of(1), new Uint8Array(0), Uint8Array.of(2, 3))).toEqual(Uint8Array.of(1, 2, 3));
    expect(concatBytes()).toEqual(new Uint8Array(0));
  });
});

describe("hex", () => {
  it("leads back to its bytes, in either case", () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        const text = encodeHex(bytes);
        expect(decodeHex(text)).toEqual(Uint8Array.from(bytes));
        expect(decodeHex(text.toUpperCase())).toEqual(Uint8Array.from(bytes));
      }),
      settings,
    );
  });

  it("refuses half bytes and other letters", () => {
    for (const text of ["0", "0g", " 0", "0x", "+1", "1\n"]) expect(decodeHex(text)).toBeNull();
  });
});

const writers = {
  u8: [0, 0xff],
  u16: [0, 0xffff],
  u32: [0, 0xffff_ffff],
  count: [0, Number.MAX_SAFE_INTEGER],
} as const;
const bigWriters = { u64: [0n, 2n ** 64n - 1n], i64: [-(2n ** 63n), 2n ** 63n - 1n] } as const;

describe("writing and reading", () => {
  it("reads what it wrote, at the limits, and writes nothing past them", () => {
    for (const [name, limits] of Object.entries(writers)) {
      const kind = name as keyof typeof writers;
      for (const limit of limits) expect(new ByteReader(new ByteWriter()[kind](limit).finish())[kind]()).toBe(limit);
      for (const value of [-1, limits[1] + 1, 0.5, Number.NaN, Number.POSITIVE_INFINITY])
        expect(() => new ByteWriter()[kind](value)).toThrow(AssertionError);
    }
    for (const [name, limits] of Object.entries(bigWriters)) {
      const kind = name as keyof typeof bigWriters;
      for (const limit of limits) expect(new ByteReader(new ByteWriter()[kind](limit).finish())[kind]()).toBe(limit);
      expect(() => new ByteWriter()[kind](limits[0] - 1n)).toThrow(AssertionError);
      expect(() => new ByteWriter()[kind](limits[1] + 1n)).toThrow(AssertionError);
    }
  });

  it("is little-endian", () => {
    expect(encodeHex(new ByteWriter().u16(0x0102).u32(0x03040506).u64(7n).i64(-2n).finish())).toBe(
      "0201060504030700000000000000feffffffffffffff",
    );
  });

  it("grows from any capacity, and gives just what was written", () => {
    const writer = new ByteWriter(0).bytes(Uint8Array.of(1)).u64(2n).bytes(new Uint8Array(1000).fill(3)).u8(4);
    const finished = writer.finish();
    expect(writer.length).toBe(1010);
    expect([finished.length, finished[0], finished[1], finished[9], finished[1009]]).toEqual([1010, 1, 2, 3, 4]);
    writer.u8(5);
    expect(finished).toHaveLength(1010);
  });

  it("leaves what it gave alone when it goes on, also where that filled it", () => {
    const writer = new ByteWriter(4).u32(1);
    const full = writer.finish();
    writer.u32(2);
    expect([full, writer.finish()]).toEqual([Uint8Array.of(1, 0, 0, 0), Uint8Array.of(1, 0, 0, 0, 2, 0, 0, 0)]);
  });

  it("shares no bytes with writers beside it, before or after it, however they are used", () => {
    // Each writes its own byte, past what a shared room holds too; some are finished, some read, some left as they are.
    const step = fc.record({
      writer: fc.nat(3),
      length: fc.oneof(fc.nat(40), fc.constantFrom(4090, 4096, 5000)),
      next: fc.constantFrom("go on", "go on", "finish", "finish and go on", "read", "leave"),
    });
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 40 }),
        fc.array(fc.constantFrom(0, 7, 256, 4096, 4097)),
        (steps, sizes) => {
          const begin = (at: number) => ({
            writer: new ByteWriter(sizes[at % (sizes.length || 1)]),
            written: [] as number[],
          });
          const open = [0, 1, 2, 3].map(begin);
          const given: (readonly [Uint8Array, readonly number[]])[] = [];
          for (const [number, { writer: at, length, next }] of steps.entries()) {
            const { writer, written } = open[at]!;
            writer.bytes(new Uint8Array(length).fill(number + 1));
            for (let i = 0; i < length; i++) written.push(number + 1);
            if (next === "read") expect(writer.read((bytes) => [...bytes])).toEqual(written);
            if (next === "finish" || next === "finish and go on") given.push([writer.finish(), [...written]]);
            if (next !== "go on" && next !== "finish and go on") open[at] = begin(at);
          }
          for (const [bytes, written] of given) expect(equalBytes(bytes, Uint8Array.from(written))).toBe(true);
        },
      ),
      { seed: 1234, numRuns: 60 },
    );
  });

  it("is done when it was read", () => {
    const written = new ByteWriter();
    expect(written.u8(1).read((bytes) => [...bytes])).toEqual([1]);
    expect(() => written.u8(2)).toThrow("a writer that was read is done");
    expect(() => written.finish()).toThrow("a writer that was read is done");
  });

  it("writes a count as the u64 it is", () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), (value) => {
        expect(new ByteWriter().count(value).finish()).toEqual(new ByteWriter().u64(BigInt(value)).finish());
      }),
      settings,
    );
  });

  it("throws DecodeError past the end, and for a count that no number holds; what is left stays readable", () => {
    for (const kind of ["u8", "u16", "u32", "u64", "i64", "count", "sized"] as const)
      expect(() => new ByteReader(new Uint8Array(0))[kind]()).toThrow(DecodeError);
    const large = new ByteWriter().u64(2n ** 53n).finish();
    expect(() => new ByteReader(large).count()).toThrow("count too large: 9007199254740992");
    expect(() => new ByteReader(large).sized()).toThrow(DecodeError);
    const sized = new ByteWriter()
      .count(2 ** 53 - 1)
      .u8(1)
      .finish();
    expect(() => new ByteReader(sized).sized()).toThrow(DecodeError);
    const reader = new ByteReader(Uint8Array.of(1, 2));
    expect(() => reader.u32()).toThrow(DecodeError);
    expect(reader.u16()).toBe(0x0201);
  });

  it("refuses bytes left over", () => {
    const reader = new ByteReader(Uint8Array.of(1, 2));
    expect(() => reader.end()).toThrow("2 bytes too many");
    reader.u16();
    expect(() => reader.end()).not.toThrow();
  });

  it("reads a part of a larger buffer, as a copy", () => {
    const whole = Uint8Array.of(9, 1, 2, 3, 9);
    const reader = new ByteReader(whole.subarray(1, 4));
    const taken = reader.bytes(2);
    whole[1] = 7;
    expect(taken).toEqual(Uint8Array.of(1, 2));
    expect(reader.u8()).toBe(3);
    expect(() => reader.u8()).toThrow(DecodeError);
  });

  it("keeps sized parts apart, whatever they hold", () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 9 }), { maxLength: 9 }), (parts) => {
        const writer = new ByteWriter(1);
        for (const part of parts) writer.sized(part);
        const reader = new ByteReader(writer.finish());
        for (const part of parts) expect(reader.sized()).toEqual(Uint8Array.from(part));
        reader.end();
      }),
      settings,
    );
  });
});

it("writes text as UTF-8", () => {
  expect(encodeHex(utf8Bytes("aé€"))).toBe("61c3a9e282ac");
});

it("text is written into an array where it surely fits, and nowhere else", () => {
  const into = new Uint8Array(10);
  expect(writeUtf8("aé€", into, 1)).toBe(6);
  expect(encodeHex(into)).toBe("0061c3a9e282ac000000");
  expect(writeUtf8("a\u{1f600}", into, 0)).toBe(5);
  expect(writeUtf8("€€€", into, 1)).toBe(9);
  expect(writeUtf8("€€€", into, 2)).toBeNull();
  expect(writeUtf8("", into, 10)).toBe(0);
});
