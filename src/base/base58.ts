/**
 * Base58 text of keys, hashes and signatures. Addresses repeat endlessly, so both directions remember the 32-byte values they
 * met of late: a bounded memory of a pure function, which changes no result.
 */
import { base58 } from "@scure/base";
import { createKnownKeys } from "./known-keys.ts";

const known = createKnownKeys(65_536);

const digits = Array.from("123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz", (digit) => digit.charCodeAt(0));
const one = digits[0]!;

/** A limb is five digits: 58^5, below 2^29.3. */
const limbBase = 58 ** 5;
const limbBits = Math.log2(limbBase);
const digitsPerLimb = 5;

/** For numbers of one length: how many words of 16 bits and how many limbs they take, and each word's worth in limbs. */
type Division = { readonly words: number; readonly limbs: number; readonly worth: Float64Array };

function createDivision(byteLength: number): Division {
  const words = byteLength / 2;
  const limbs = Math.ceil((byteLength * 8) / limbBits);
  const worth = new Float64Array(words * limbs);
  for (let word = 0; word < words; word++) {
    let value = 1n << BigInt(16 * word);
    for (let limb = 0; value > 0n; limb++) {
      worth[word * limbs + limb] = Number(value % BigInt(limbBase));
      value /= BigInt(limbBase);
    }
  }
  return { words, limbs, worth };
}

const ofKeys = createDivision(32);
const ofSignatures = createDivision(64);

// Scratch space, overwritten by every call.
const sums = new Float64Array(ofSignatures.limbs);
const codes = Array.from({ length: ofSignatures.limbs * digitsPerLimb }, () => 0);

/**
 * Keys, hashes and signatures are made all the time, and a general library divides them digit by digit, each step waiting
 * for the one before. Here all words' worths are added up first, and only the limbs are carried: 32 words times 2^29.3 stay
 * below 2^51, where floating point is exact. Way of Firedancer's `fd_base58`.
 */
export function encodeBase58(bytes: Uint8Array): string {
  if (bytes.length !== 32 && bytes.length !== 64) return base58.encode(bytes);
  const division = bytes.length === 32 ? ofKeys : ofSignatures;
  addUp(bytes, division);
  const end = writeDigits(division.limbs);
  let zeros = 0;
  while (zeros < bytes.length && bytes[zeros] === 0) zeros++;
  let first = 0;
  while (first < end && codes[first] === one) first++;
  return textOf(first - zeros, end);
}

/** A list for each length of text, so that none is made for a text: 44 or 88 characters at most. */
const lists: number[][] = [];

function textOf(start: number, end: number): string {
  const length = end - start;
  lists[length] ??= Array.from({ length }, () => 0);
  const list = lists[length]!;
  for (let i = 0; i < length; i++) list[i] = codes[start + i]!;
  return String.fromCharCode.apply(null, list);
}

function addUp(bytes: Uint8Array, { words, limbs, worth }: Division): void {
  sums.fill(0, 0, limbs);
  for (let word = 0, at = bytes.length - 2; word < words; word++, at -= 2) {
    const value = bytes[at]! * 256 + bytes[at + 1]!;
    // 2^(16 word) has no more limbs than that.
    const end = Math.min(limbs, Math.ceil((16 * word + 1) / limbBits));
    for (let limb = 0, from = word * limbs; limb < end; limb++) {
      sums[limb] = sums[limb]! + value * worth[from + limb]!;
    }
  }
  let carry = 0;
  for (let limb = 0; limb < limbs; limb++) {
    const sum = sums[limb]! + carry;
    carry = Math.floor(sum / limbBase);
    sums[limb] = sum - carry * limbBase;
  }
}

/** The greatest limb first, each with all of its digits. Gives where they end. */
function writeDigits(limbs: number): number {
  for (let limb = 0, end = limbs * digitsPerLimb; limb < limbs; limb++, end -= digitsPerLimb) {
    // In whole numbers of 32 bits, which divide by a constant without dividing.
    let rest = sums[limb]! | 0;
    for (let at = end - 1; at >= end - digitsPerLimb; at--) {
      const next = (rest / 58) | 0;
      codes[at] = digits[rest - next * 58]!;
      rest = next;
    }
  }
  return limbs * digitsPerLimb;
}

/** The same of 32 bytes that are met again and again, and whose text will be taken back to bytes: addresses. */
export function encodeBase58Key(bytes: Uint8Array): string {
  const remembered = known.textOf(bytes);
  if (remembered !== undefined) return remembered;
  const text = encodeBase58(bytes);
  known.remember(bytes.slice(), text);
  return text;
}

/** Bytes of a base58 text, or null when it is not base58. Long input is refused before it costs anything. */
export function decodeBase58(text: string, textLengthMax = 2048): Uint8Array | null {
  if (text.length > textLengthMax) return null;
  try {
    return base58.decode(text);
  } catch {
    return null;
  }
}

/** The 32 bytes behind a base58 text known to be valid (an Address or Hash); null when it is not 32 bytes. Do not change the array: it is shared. */
export function decodeBase58Key(text: string): Uint8Array | null {
  const remembered = known.bytesOf(text);
  if (remembered !== undefined) return remembered;
  const bytes = text.length > 44 ? null : decodeBase58(text);
  if (bytes === null || bytes.length !== 32) return null;
  known.remember(bytes, text);
  return bytes;
}

const base58Text = /^[1-9A-HJ-NP-Za-km-z]{32,44}$/;

type Span = { readonly least: string; readonly most: string };

/** By the count of zero bytes in front: the least and the greatest text of the bytes behind them. */
const spansOfKeys: readonly Span[] = Array.from({ length: 33 }, (_, zeros) => ({
  least: base58.encode(Uint8Array.from({ length: 32 - zeros }, (_, index) => (index === 0 ? 1 : 0))),
  most: base58.encode(new Uint8Array(32 - zeros).fill(255)),
}));

/**
 * Whether a text is base58 of 32 bytes, without the long division: the alphabet stands in the order of its codes, so that
 * texts of one length compare as their numbers do.
 */
export function isBase58Key(text: string): boolean {
  if (!base58Text.test(text)) return false;
  let zeros = 0;
  while (text.charCodeAt(zeros) === 0x31) zeros++;
  const span = spansOfKeys[zeros];
  if (span === undefined) return false;
  const behind = zeros === 0 ? text : text.slice(zeros);
  return compareNumbers(span.least, behind) <= 0 && compareNumbers(behind, span.most) <= 0;
}

/** Of texts that do not begin with "1". */
function compareNumbers(a: string, b: string): number {
  if (a.length !== b.length) return a.length - b.length;
  return a < b ? -1 : a > b ? 1 : 0;
}
