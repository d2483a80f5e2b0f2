/**
 * JSON whose integers keep every digit: amounts of lamports go up to 2^64 − 1, and a double is exact only to 2^53.
 *
 *     parseJson('{"id":1,"lamports":18446744073709551615}')     id is the number 1, lamports the bigint 18446744073709551615n
 *     formatJson({ rentEpoch: 18446744073709551615n })          {"rentEpoch":18446744073709551615}
 *
 * Written here because what we found either goes through text marks that a stranger can forge, or takes quadratic time.
 * Source: RFC 8259.
 */
import { accept, type Outcome, refuse } from "../base/refusal.ts";

export const jsonDepthMax = 64;

/** Longer integers are refused: their conversion takes more than linear time. */
const integerDigitsMax = 100;

const whitespace = /[ \t\n\r]*/y;
const numberToken = /-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?/y;

/** Where a parse stands; gives up by returning `invalid`. */
type Cursor = { readonly text: string; at: number; depth: number; problem: string };

const invalid = Symbol("invalid");

/** Integers beyond 2^53 − 1 become bigints, all other numbers numbers. Total: any text gives a value or a refusal. */
export function parseJson(text: string): Outcome<unknown, "json-malformed"> {
  const quick = parseByEngine(text);
  return quick === undefined ? parseByHand(text) : accept(quick);
}

/** The engine's parser is much faster. Undefined where it may have lost a digit, or knows of no limit or reason. */
function parseByEngine(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return isExact(value, 0) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** No integer that a double may have rounded, nothing infinite, and not too deep. */
function isExact(value: unknown, depth: number): boolean {
  if (typeof value === "number") return Number.isSafeInteger(value) || (Number.isFinite(value) && value % 1 !== 0);
  if (typeof value !== "object" || value === null) return true;
  if (depth === jsonDepthMax) return false;
  if (Array.isArray(value)) {
    for (const element of value) if (!isExact(element, depth + 1)) return false;
    return true;
  }
  for (const name in value) if (!isExact((value as Record<string, unknown>)[name], depth + 1)) return false;
  return true;
}

export function parseByHand(text: string): Outcome<unknown, "json-malformed"> {
  const cursor: Cursor = { text, at: 0, depth: 0, problem: "unexpected text" };
  const value = readValue(cursor);
  skipWhitespace(cursor);
  if (value !== invalid && cursor.at === text.length) return accept(value);
  return refuse("json-malformed", { problem: cursor.problem, at: cursor.at });
}

function skipWhitespace(cursor: Cursor): void {
  whitespace.lastIndex = cursor.at;
  cursor.at += whitespace.exec(cursor.text)?.[0].length ?? 0;
}

function takeToken(cursor: Cursor, token: RegExp): RegExpExecArray | null {
  token.lastIndex = cursor.at;
  const match = token.exec(cursor.text);
  if (match !== null) cursor.at += match[0].length;
  return match;
}

/** Steps over `mark` when it comes next. */
function take(cursor: Cursor, mark: string): boolean {
  skipWhitespace(cursor);
  if (!cursor.text.startsWith(mark, cursor.at)) return false;
  cursor.at += mark.length;
  return true;
}

function readValue(cursor: Cursor): unknown {
  if (take(cursor, "{")) return readNested(cursor, readObject);
  if (take(cursor, "[")) return readNested(cursor, readArray);
  if (take(cursor, "true")) return true;
  if (take(cursor, "false")) return false;
  if (take(cursor, "null")) return null;
  return cursor.text[cursor.at] === '"' ? readString(cursor) : readNumber(cursor);
}

function readNested(cursor: Cursor, read: (cursor: Cursor) => unknown): unknown {
  if (cursor.depth === jsonDepthMax) {
    cursor.problem = `nested deeper than ${jsonDepthMax}`;
    return invalid;
  }
  cursor.depth++;
  const value = read(cursor);
  cursor.depth--;
  return value;
}

function readObject(cursor: Cursor): unknown {
  const entries: [string, unknown][] = [];
  if (take(cursor, "}")) return {};
  do {
    skipWhitespace(cursor);
    const name = readString(cursor);
    if (name === invalid || !take(cursor, ":")) return invalid;
    const value = readValue(cursor);
    if (value === invalid) return invalid;
    entries.push([name as string, value]);
  } while (take(cursor, ","));
  // Own properties, whatever their names: "__proto__" is one like any other.
  return take(cursor, "}") ? Object.fromEntries(entries) : invalid;
}

function readArray(cursor: Cursor): unknown {
  const values: unknown[] = [];
  if (take(cursor, "]")) return values;
  do {
    const value = readValue(cursor);
    if (value === invalid) return invalid;
    values.push(value);
  } while (take(cursor, ","));
  return take(cursor, "]") ? values : invalid;
}

function readString(cursor: Cursor): unknown {
  const start = cursor.at;
  const end = endOfString(cursor.text, start);
  if (end === null) return invalid;
  cursor.at = end;
  try {
    return JSON.parse(cursor.text.slice(start, end));
  } catch {
    cursor.at = start;
    cursor.problem = "a string with an unknown escape";
    return invalid;
  }
}

/** Behind the quote that closes a string. Not by a regular expression: those fail on texts of many megabytes. */
function endOfString(text: string, start: number): number | null {
  if (text[start] !== '"') return null;
  for (let at = start + 1; ; ) {
    const quote = text.indexOf('"', at);
    if (quote === -1) return null;
    let backslashes = 0;
    while (text[quote - 1 - backslashes] === "\\") backslashes++;
    if (backslashes % 2 === 0) return quote + 1;
    at = quote + 1;
  }
}

function readNumber(cursor: Cursor): unknown {
  const start = cursor.at;
  const match = takeToken(cursor, numberToken);
  if (match === null) return invalid;
  const [token, fraction, exponent] = match;
  const value = Number(token);
  if (!Number.isFinite(value)) {
    cursor.at = start;
    cursor.problem = "a number too large";
    return invalid;
  }
  if (fraction !== undefined || exponent !== undefined || Number.isSafeInteger(value)) return value;
  if (token.length <= integerDigitsMax) return BigInt(token);
  cursor.at = start;
  cursor.problem = `an integer of more than ${integerDigitsMax} digits`;
  return invalid;
}

/** As JSON.stringify, with bigints as bare numbers. Takes plain data only; properties that are undefined are left out. */
export function formatJson(value: unknown): string {
  if (typeof value === "bigint") return value.toString();
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "null";
  if (Array.isArray(value)) {
    // Long lists of slots, and bytes of keys.
    if (value.every((element) => typeof element === "number")) return JSON.stringify(value);
    return `[${value.map(formatJson).join(",")}]`;
  }
  const parts: string[] = [];
  for (const [name, property] of Object.entries(value)) {
    if (property !== undefined) parts.push(`${JSON.stringify(name)}:${formatJson(property)}`);
  }
  return `{${parts.join(",")}}`;
}
