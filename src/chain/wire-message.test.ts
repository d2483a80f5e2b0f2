import { getCompiledTransactionMessageDecoder, getCompiledTransactionMessageEncoder } from "@solana/kit";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { concatBytes, equalBytes } from "../base/bytes.ts";
import { addressOf, hashOf } from "./ids.ts";
import { decodeWithKit } from "./kit-border.ts";
import { readMessage } from "./wire-message.ts";

const decoder = getCompiledTransactionMessageDecoder();
const encoder = getCompiledTransactionMessageEncoder();

const bytes32 = fc.uint8Array({ minLength: 32, maxLength: 32 });
const byte = fc.integer({ min: 0, max: 255 });
const message = fc.record({
  version: fc.constantFrom("legacy" as const, 0 as const),
  header: fc.tuple(fc.nat(127), byte, byte),
  keys: fc.array(bytes32, { maxLength: 5 }),
  lifetime: bytes32,
  instructions: fc.array(
    fc.record({
      programAddressIndex: byte,
      accountIndices: fc.oneof(
        fc.array(byte, { maxLength: 6 }),
        fc.constantFrom(127, 128, 200).map((length) => Array<number>(length).fill(3)),
      ),
      data: fc.oneof(
        fc.uint8Array({ maxLength: 20 }),
        fc.constantFrom(127, 128, 300).map((n) => new Uint8Array(n)),
      ),
    }),
    { maxLength: 4 },
  ),
});

function encode({ version, header, keys, lifetime, instructions }: Drawn): Uint8Array {
  const [numSignerAccounts, numReadonlySignerAccounts, numReadonlyNonSignerAccounts] = header;
  return Uint8Array.from(
    encoder.encode({
      version,
      header: { numSignerAccounts, numReadonlySignerAccounts, numReadonlyNonSignerAccounts },
      staticAccounts: keys.map(addressOf),
      lifetimeToken: hashOf(lifetime),
      instructions,
    } as unknown as Parameters<typeof encoder.encode>[0]),
  );
}

/** What both readers say, in one form; null where the bytes end early. */
function byKit(bytes: Uint8Array) {
  const decoded = decodeWithKit(() => decoder.decode(bytes));
  if (!decoded.ok) return null;
  const { version, header, staticAccounts, lifetimeToken, instructions, ...more } = decoded.value as ReturnType<
    typeof decoder.decode
  > & { version: "legacy" | 0; lifetimeToken: string; addressTableLookups?: readonly unknown[] };
  return {
    version,
    header: [header.numSignerAccounts, header.numReadonlySignerAccounts, header.numReadonlyNonSignerAccounts],
    keys: staticAccounts,
    recentBlockhash: lifetimeToken,
    instructions: (instructions as readonly InstructionOfKit[]).map((instruction) => ({
      programIndex: instruction.programAddressIndex,
      accountIndices: [...(instruction.accountIndices ?? [])],
      data: Uint8Array.from(instruction.data ?? []),
    })),
    lookups: more.addressTableLookups?.length ?? 0,
  };
}

type Drawn = {
  readonly version: "legacy" | 0;
  readonly header: readonly [number, number, number];
  readonly keys: readonly Uint8Array[];
  readonly lifetime: Uint8Array;
  readonly instructions: readonly object[];
};

type InstructionOfKit = {
  readonly programAddressIndex: number;
  readonly accountIndices?: readonly number[];
  readonly data?: ArrayLike<number>;
};

function byHand(bytes: Uint8Array, start = 0) {
  const read = readMessage(bytes, start);
  if (read.version === undefined) return null;
  const { version, signers, readonlySigners, readonlyOthers, keys, recentBlockhash, instructions, lookups } = read;
  const header = [signers, readonlySigners, readonlyOthers];
  return { version, header, keys, recentBlockhash, instructions, lookups };
}

describe("a message read by hand", () => {
  it("is what kit reads, wherever it begins, and as long as its proper encoding", () => {
    fc.assert(
      fc.property(message, fc.uint8Array({ maxLength: 9 }), (drawn, before) => {
        const bytes = encode(drawn);
        expect(byHand(bytes)).toEqual(byKit(bytes));
        const placed = concatBytes(before, bytes);
        expect(byHand(placed, before.length)).toEqual(byKit(bytes));
        expect(readMessage(placed, before.length)).toMatchObject({ canonicalBytes: bytes.length, end: placed.length });
      }),
      { seed: 1234, numRuns: 300 },
    );
  });

  it("ends early wherever it is cut", () => {
    const bytes = encode(fc.sample(message, { seed: 3, numRuns: 20 }).find(({ keys }) => keys.length > 2)!);
    for (let length = 0; length < bytes.length; length++) {
      expect(byHand(bytes.subarray(0, length)), `cut at ${length}`).toBeNull();
    }
  });

  it("is what kit reads also of changed bytes; what only kit reads is not its proper encoding", () => {
    fc.assert(
      fc.property(message, fc.array(fc.tuple(fc.nat(), byte), { minLength: 1, maxLength: 3 }), (drawn, changes) => {
        const bytes = encode(drawn);
        for (const [at, value] of changes) bytes[at % bytes.length] = value;
        if (bytes[0]! > 0x80) return; // another version, which is refused before
        const [own, theirs] = [byHand(bytes), byKit(bytes)];
        if (own !== null) {
          // Lookups are counted only.
          if (theirs !== null) expect(own).toEqual(theirs);
          else expect(own.lookups).toBeGreaterThan(0);
          return;
        }
        if (theirs === null) return;
        const again = Uint8Array.from(encoder.encode(decoder.decode(bytes)));
        expect(equalBytes(again, bytes)).toBe(false);
      }),
      { seed: 1234, numRuns: 1000 },
    );
  });

  it("knows a count that takes more bytes than it needs, and refuses one of more than three", () => {
    const bytes = encode({
      version: "legacy",
      header: [1, 0, 0],
      keys: [],
      lifetime: new Uint8Array(32),
      instructions: [],
    });
    const padded = (count: readonly number[]) =>
      concatBytes(bytes.subarray(0, 3), Uint8Array.from(count), bytes.subarray(4));
    expect(readMessage(padded([0x80, 0x80, 0]), 0)).toMatchObject({
      canonicalBytes: bytes.length,
      end: bytes.length + 2,
    });
    expect(readMessage(padded([0x80, 0x80, 0x80, 0]), 0)).toEqual({ missingAt: 6 });
  });
});
