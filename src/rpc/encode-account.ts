/**
 * An account as clients read it.
 *
 *     { lamports: 2282880, owner: "Stake1…", executable: false, rentEpoch: 18446744073709551615, space: 200,
 *       data: ["AgAAAI…", "base64"] }
 *
 * `jsonParsed` takes apart what it knows (vote accounts) and gives the rest as base64. No encoding at all means bare
 * base58 text, the oldest form. Rent is never collected, so the rent epoch is the last there is.
 *
 * Source: agave, account-decoder.
 */
import { encodeBase58 } from "../base/base58.ts";
import type { Account } from "../chain/account.ts";
import { voteProgramAddress } from "../chain/addresses.ts";
import { u64Max } from "../chain/ids.ts";
import { encodeBase64, encodeZstdFrame } from "./encode-bytes.ts";
import { encodeParsedVoteAccount } from "./encode-vote-account.ts";
import { answered, failed, invalidParams, type RpcOutcome } from "./errors.ts";
import { choiceSchema, configSchema, countSchema } from "./params.ts";

export type AccountEncoding = "base58" | "base64" | "base64+zstd" | "jsonParsed";

export type DataSlice = { readonly offset: number; readonly length: number };

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

export function encodeAccount(account: Account, format: AccountFormat): RpcOutcome {
  const { lamports, owner, executable, data } = account;
  const encoded = encodeData(account, format);
  if (!encoded.ok) return encoded;
  return answered({ lamports, data: encoded.value, owner, executable, rentEpoch: u64Max, space: data.length });
}

/** Null stays null: an account that does not exist. */
export function encodeAccountOrNull(account: Account | null, format: AccountFormat): RpcOutcome {
  return account === null ? answered(null) : encodeAccount(account, format);
}

/** Data of all accounts of one answer. One account of the largest size fits, a list of them does not. */
export const accountsBytesMax = 33_554_432;

/** Each as `encodeAccountOrNull`; refused when they hold too much together. */
export function encodeAccounts(accounts: readonly (Account | null)[], format: AccountFormat): RpcOutcome<unknown[]> {
  const values: unknown[] = [];
  let bytes = 0;
  for (const account of accounts) {
    bytes += account === null ? 0 : sliceData(account.data, format.dataSlice).length;
    if (bytes > accountsBytesMax) {
      const problem = `the accounts hold more than ${accountsBytesMax} bytes; ask for fewer, or for slices.`;
      return failed(invalidParams(problem));
    }
    const encoded = encodeAccountOrNull(account, format);
    if (!encoded.ok) return encoded;
    values.push(encoded.value);
  }
  return answered(values);
}

function encodeData(account: Account, format: AccountFormat): RpcOutcome {
  const { encoding } = format;
  if (encoding === "jsonParsed") {
    const parsed = account.owner === voteProgramAddress ? encodeParsedVoteAccount(account.data) : null;
    if (parsed !== null) return answered({ program: "vote", parsed, space: account.data.length });
  }
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
