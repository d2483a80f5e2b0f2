/**
 * What people type, as values: strict, exact, and with a sentence that says what would have been right.
 *
 *     --slots 32        32            --slots 3e1, -1, abc, 99999999999999999999     refused
 *     1.5 (SOL)         1500000000n   1e3, -1, NaN, .5, 1.0000000001                 refused
 *
 * The parsers throw commander's InvalidArgumentError, which names the flag; main.ts turns it into exit code 2.
 */
import { InvalidArgumentError } from "commander";
import { lamportsPerSol, u64Max } from "../chain/ids.ts";

export type OutputFormat = "display" | "json";

/** A parser of whole numbers in a range, both ends included. */
export function countBetween(minimum: number, maximum: number): (text: string) => number {
  return (text) => {
    const value = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
    if (Number.isSafeInteger(value) && value >= minimum && value <= maximum) return value;
    throw new InvalidArgumentError(`Give a whole number from ${minimum} to ${maximum}.`);
  };
}

/** Any slot, epoch or count that can be told apart from its neighbours. */
export const parseCount = countBetween(0, Number.MAX_SAFE_INTEGER);

export const parsePort = countBetween(0, 65_535);

/** Decimal SOL, exactly, as lamports. */
export function parseSol(text: string): bigint {
  const match = /^(\d{1,12})(?:\.(\d{1,9}))?$/.exec(text);
  const lamports = match === null ? null : BigInt(match[1]!) * lamportsPerSol + BigInt((match[2] ?? "").padEnd(9, "0"));
  if (lamports !== null && lamports <= u64Max) return lamports;
  throw new InvalidArgumentError("Give an amount of SOL such as 1 or 0.25, with at most 9 decimals.");
}

export function parsePositiveSol(text: string): bigint {
  const lamports = parseSol(text);
  if (lamports > 0n) return lamports;
  throw new InvalidArgumentError("Give an amount of SOL above 0; the smallest is 0.000000001.");
}

export const defaultUrl = "http://127.0.0.1:8899";

/** A URL, or what stands for one: `localhost`, `localhost:9701`, `127.0.0.1:9701`, `[::1]:9701`, a bare port `9701`. */
export function parseUrl(text: string): string {
  if (text === "localhost" || text === "l") return defaultUrl;
  const full = /^\d+$/.test(text) ? `http://127.0.0.1:${text}` : text.includes("://") ? text : `http://${text}`;
  const url = URL.canParse(full) ? new URL(full) : null;
  // Where only a scheme is missing, a host and its port are given: `hello` is more likely a slip than a host.
  const isHostAndPort = text === full || /^(\[[\da-f:]+\]|[\w.-]+):\d{1,5}\/?$/i.test(full.slice("http://".length));
  if (url !== null && isHostAndPort && (url.protocol === "http:" || url.protocol === "https:")) return full;
  throw new InvalidArgumentError(
    `Give where a devnet answers: an http URL such as ${defaultUrl}, localhost, localhost:9701, or a port.`,
  );
}

/** How many validators with the standard stakes, or each one's stake in lamports. */
export type ValidatorsArgument = number | readonly bigint[];

/** `4`, or a list of stakes in SOL: `1000,500,100`. */
export function parseValidators(text: string): ValidatorsArgument {
  if (!text.includes(",")) return countBetween(1, 5000)(text);
  const stakes = text.split(",").map((part) => {
    try {
      return parsePositiveSol(part);
    } catch {
      throw new InvalidArgumentError(`Give each stake in SOL, above 0, such as 1000,500,100; "${part}" is none.`);
    }
  });
  if (stakes.length > 5000) throw new InvalidArgumentError("Give at most 5000 stakes.");
  return stakes;
}

/** Distinct indices: `0,2`. An option that is given again adds to those it gave `before`. */
export function parseIndices(text: string, before: readonly number[] = []): readonly number[] {
  const given = text.split(",").map((part) => (/^\d{1,4}$/.test(part) ? Number(part) : Number.NaN));
  const indices = [...before, ...given];
  if (!indices.some(Number.isNaN) && new Set(indices).size === indices.length) return indices;
  throw new InvalidArgumentError("Give the indices of validators, each once, such as 0 or 1,3; the first is 0.");
}

/** A whole number, below zero too. */
export function parseWhole(text: string): number {
  const value = /^-?\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isSafeInteger(value)) return value;
  throw new InvalidArgumentError("Give a whole number such as 50 or -50.");
}

/** `5%` or `5`, at most two decimals, as hundredths of a percent. */
export function parsePercentBps(text: string): number {
  const match = /^(\d{1,3})(?:\.(\d{1,2}))?%?$/.exec(text);
  const bps = match === null ? Number.NaN : Number(match[1]) * 100 + Number((match[2] ?? "").padEnd(2, "0"));
  if (bps <= 10_000) return bps;
  throw new InvalidArgumentError("Give a percentage from 0 to 100 with two decimals at most, such as 5% or 0.25.");
}

/** Milliseconds: `50`, or from least to most `50:200`. */
export function parseRange(text: string): readonly [number, number] {
  const match = /^(\d{1,8})(?::(\d{1,8}))?$/.exec(text);
  const [least, most] = match === null ? [1, 0] : [Number(match[1]), Number(match[2] ?? match[1])];
  if (least <= most) return [least, most];
  throw new InvalidArgumentError("Give milliseconds such as 50, or a range such as 50:200.");
}

/** `2/4`: the second of four parts. */
export function parseShard(text: string): readonly [part: number, of: number] {
  const match = /^(\d{1,6})\/(\d{1,6})$/.exec(text);
  const [part, of] = match === null ? [0, 0] : [Number(match[1]), Number(match[2])];
  if (part >= 1 && part <= of) return [part, of];
  throw new InvalidArgumentError("Give a part of the whole such as 2/4, the first being 1/4.");
}

export function parseText(text: string): string {
  if (text !== "") return text;
  throw new InvalidArgumentError("Give a text that is not empty.");
}
