/**
 * Which of a program's accounts a client wants: those of one size, and those that hold given bytes at a place.
 *
 *     [{ dataSize: 200 }, { memcmp: { offset: 124, bytes: "Vote account…" } }]     the stake accounts that name a voter
 *
 * All filters must hold. Bytes come in base58 (when no encoding is named), base64, or as a list of numbers.
 *
 * Source: agave, rpc-client-types filter.
 */
import * as v from "valibot";
import { decodeBase58 } from "../base/base58.ts";
import type { Account } from "../chain/account.ts";
import { decodeBase64 } from "./encode-bytes.ts";
import { choiceSchema, configSchema, countSchema, listSchema } from "./params.ts";

export type AccountFilter =
  | { readonly type: "size"; readonly bytes: number }
  | { readonly type: "bytes"; readonly offset: number; readonly bytes: Uint8Array };

/** As on Solana. */
export const accountFiltersMax = 4;
export const filterBytesMax = 128;

/** The longest text that 128 bytes can have, in each encoding. */
const base58LengthMax = 175;
const base64LengthMax = 172;

const sizeSchema = countSchema("a number of bytes", 0, Number.MAX_SAFE_INTEGER);

const encodings = ["base58", "base64", "bytes"] as const;
type Encoding = (typeof encodings)[number];

const memcmpSchema = v.pipe(
  configSchema({
    offset: sizeSchema,
    bytes: v.union([v.string(), v.array(countSchema("a byte", 0, 255))], "text, or a list of bytes (0 to 255)"),
    encoding: choiceSchema(encodings),
  }),
  v.check(({ offset, bytes }) => offset !== undefined && bytes !== undefined, 'an object with "offset" and "bytes"'),
  v.transform(({ offset = 0, bytes = "", encoding }) => ({ offset, given: bytes, bytes: decode(bytes, encoding) })),
  v.check(
    ({ bytes }) => bytes !== null,
    `at most ${filterBytesMax} bytes, in the encoding that is named (else base58)`,
  ),
  v.transform(({ offset, bytes }): AccountFilter => ({ type: "bytes", offset, bytes: bytes ?? new Uint8Array(0) })),
);

const filterSchema = v.pipe(
  configSchema({ dataSize: sizeSchema, memcmp: memcmpSchema }),
  v.check(
    ({ dataSize, memcmp }) => (dataSize === undefined) !== (memcmp === undefined),
    'either "dataSize" or "memcmp"',
  ),
  v.transform(({ dataSize, memcmp }): AccountFilter => memcmp ?? { type: "size", bytes: dataSize ?? 0 }),
);

export const accountFiltersSchema = listSchema(filterSchema, "filters", accountFiltersMax);

/** Null when the text is none of its encoding, or too long. */
function decode(given: string | readonly number[], encoding: Encoding | undefined): Uint8Array | null {
  const bytes = typeof given === "string" ? decodeText(given, encoding ?? "base58") : Uint8Array.from(given);
  return bytes !== null && bytes.length <= filterBytesMax ? bytes : null;
}

function decodeText(text: string, encoding: Encoding): Uint8Array | null {
  if (encoding === "bytes") return null;
  if (encoding === "base64") return text.length <= base64LengthMax ? decodeBase64(text) : null;
  return text === "" ? new Uint8Array(0) : decodeBase58(text, base58LengthMax);
}

export function passesFilters({ data }: Account, filters: readonly AccountFilter[]): boolean {
  return filters.every((filter) => (filter.type === "size" ? data.length === filter.bytes : holds(data, filter)));
}

function holds(data: Uint8Array, { offset, bytes }: { readonly offset: number; readonly bytes: Uint8Array }): boolean {
  if (offset + bytes.length > data.length) return false;
  return bytes.every((byte, index) => data[offset + index] === byte);
}
