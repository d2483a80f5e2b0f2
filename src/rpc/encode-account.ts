/**
 * An account as clients read it.
 *
 *     { lamports: 2282880, owner: "Stake1…", executable: false, rentEpoch: 18446744073709551615, space: 200,
 *       data: ["AgAAAI…", "base64"] }
 *
 * `jsonParsed` takes apart what it knows (see parse-account.ts) and gives the rest as base64. No encoding at all means bare
 * base58 text, the oldest form. Rent is never collected, so the rent epoch is the last there is.
 *
 * Source: agave, account-decoder.
 */
import { encodeBase58 } from "../base/base58.ts";
import type { Account } from "../chain/account.ts";
import { sysvarOwnerAddress } from "../chain/addresses.ts";
import { type Address, u64Max } from "../chain/ids.ts";
import { encodeBase64, encodeZstdFrame } from "./encode-bytes.ts";
import { answered, failed, invalidParams, type RpcOutcome } from "./errors.ts";
import { choiceSchema, configSchema, countSchema } from "./params.ts";
import { parseAccountData } from "./parse-account.ts";

export type AccountEncoding = "base58" | "base64" | "base64+zstd" | "jsonParsed";

export type AccountFormat = {
  readonly encoding?: AccountEncoding | undefined;
  /** Ignored by `jsonParsed` where it parses. */
  readonly dataSlice?: { readonly offset?: number | undefined; readonly length?: number | undefined } | undefined;
};

export const accountEncodingSchema = choiceSchema(["base58", "base64", "base64+zstd", "jsonParsed"]);

const sizeSchema = countSchema("a number of bytes", 0, Number.MAX_SAFE_INTEGER);
export const dataSliceSchema = configSchema({ offset: sizeSchema, length: sizeSchema });

/** For the configs of methods that answer with accounts. */
export const accountFormatFields = { encoding: accountEncodingSchema, dataSlice: dataSliceSchema };

/** As Solana: base58 takes quadratic time. */
const base58BytesMax = 128;

/** An address and what stands behind it; null for nothing. */
export type FoundAccount = readonly [address: Address, account: Account | null];

export function encodeAccount(address: Address, given: Account, format: AccountFormat): RpcOutcome {
  // Large data may be put together whenever it is read: once is enough.
  const account = { ...given };
  const { lamports, owner, executable, data } = account;
  const encoded = encodeData(address, account, format);
  if (!encoded.ok) return encoded;
  return answered({ lamports, data: encoded.value, owner, executable, rentEpoch: u64Max, space: data.length });
}

/** Null stays null: an account that does not exist. */
export function encodeAccountOrNull([address, account]: FoundAccount, format: AccountFormat): RpcOutcome {
  return account === null ? answered(null) : encodeAccount(address, account, format);
}

/** Data of all accounts of one answer. One account of the largest size fits, a list of them does not. */
export const accountsBytesMax = 33_554_432;

/** Each as `encodeAccountOrNull`; refused when they hold too much together. */
export function encodeAccounts(found: readonly FoundAccount[], format: AccountFormat): RpcOutcome<unknown[]> {
  const values: unknown[] = [];
  let bytes = 0;
  for (const [address, account] of found) {
    bytes += account === null ? 0 : weightOf(account, format);
    if (bytes > accountsBytesMax) {
      const problem = `the accounts hold more than ${accountsBytesMax} bytes; ask for fewer, or for slices.`;
      return failed(invalidParams(problem));
    }
    const encoded = encodeAccountOrNull([address, account], format);
    if (!encoded.ok) return encoded;
    values.push(encoded.value);
  }
  return answered(values);
}

/** Parsed, the slot history has a digit for every bit. */
const parsedSysvarGrowth = 8;

function weightOf({ owner, data }: Account, { encoding, dataSlice }: AccountFormat): number {
  if (encoding === "jsonParsed" && owner === sysvarOwnerAddress) return parsedSysvarGrowth * data.length;
  return sliceData(data, dataSlice).length;
}

function encodeData(address: Address, account: Account, format: AccountFormat): RpcOutcome {
  const { encoding } = format;
  const parsed = encoding === "jsonParsed" ? parseAccountData(address, account) : null;
  if (parsed !== null) return answered(parsed);
  const data = sliceData(account.data, format.dataSlice);
  if (encoding === undefined || encoding === "base58") {
    if (data.length > base58BytesMax) {
      return failed({
        code: -32600,
        message: `Encoded binary (base 58) data should be less than ${base58BytesMax} bytes, please use Base64 encoding.`,
      });
    }
    const text = encodeBase58(data);
    return answered(encoding === undefined ? text : [text, encoding]);
  }
  if (encoding === "base64+zstd") return answered([encodeBase64(encodeZstdFrame(data)), encoding]);
  return answered([encodeBase64(data), "base64"]);
}

/** What lies outside the data is left out. */
function sliceData(data: Uint8Array, slice: AccountFormat["dataSlice"]): Uint8Array {
  if (slice === undefined) return data;
  const { offset = 0, length = data.length } = slice;
  return data.subarray(Math.min(offset, data.length), Math.min(offset + length, data.length));
}
