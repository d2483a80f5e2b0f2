/** Byte arrays: comparison, text, and little-endian reading and writing. All multi-byte integers here are little-endian. */
import { assert } from "./assert.ts";

const textEncoder = new TextEncoder();

export function utf8Bytes(text: string): Uint8Array {
  return textEncoder.encode(text);
}

/** The same into an array, from a place on: how many bytes; null where they do not fit, for sure. */
export function writeUtf8(text: string, into: Uint8Array, at: number): number | null {
  // A character is at most three bytes, or four for two.
  return 3 * text.length > into.length - at ? null : textEncoder.encodeInto(text, into.subarray(at)).written;
}

/** How many bytes `utf8Bytes` gives. */
export function utf8Length(text: string): number {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) >= 0x80) return utf8Bytes(text).length;
  return text.length;
}

export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** Unsigned lexicographic order: negative when a < b. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const shared = Math.min(a.length, b.length);
  for (let i = 0; i < shared; i++) {
    const difference = a[i]! - b[i]!;
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

export function concatBytes(...parts: readonly Uint8Array[]): Uint8Array {
  let length = 0;
  for (const part of parts) length += part.length;
  const whole = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

const hexDigits = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

export function encodeHex(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += hexDigits[byte];
  return text;
}

/** Bytes of an even-length hex text, or null when it is not one. */
export function decodeHex(text: string): Uint8Array | null {
  if (text.length % 2 !== 0 || !/^[0-9a-fA-F]*$/.test(text)) return null;
  const bytes = new Uint8Array(text.length / 2);
  for (let i = 0; i < bytes.length; i++) bytes[i] = Number.parseInt(text.slice(2 * i, 2 * i + 2), 16);
  return bytes;
}

const twoTo32 = 2 ** 32;
const u64Max = 2n ** 64n - 1n;
const i64Min = -(2n ** 63n);
const i64Max = 2n ** 63n - 1n;

/** A DataView would keep the low bits of a value that does not fit, and say nothing. */
function assertUnsigned(value: number, maximum: number): void {
  if (!Number.isInteger(value) || value < 0 || value > maximum) assert(false, `${value} is not in 0 … ${maximum}`);
}

function assertWithin(value: bigint, minimum: bigint, maximum: bigint): void {
  if (value < minimum || value > maximum) assert(false, `${value} is not in ${minimum} … ${maximum}`);
}

type Room = { readonly bytes: Uint8Array; readonly view: DataView };

function createRoom(capacity: number): Room {
  const bytes = new Uint8Array(capacity);
  return { bytes, view: new DataView(bytes.buffer) };
}

/** Rooms of writers that are done, for those that come: to make one costs more than most of what is written into it. */
const spareRooms: Room[] = [];
const spareRoomBytes = 4096;

const noBytes = new Uint8Array(0);

/** Appends integers and bytes; grows as needed. `finish()` gives the exact bytes written. */
export class ByteWriter {
  /** Until the writer is done, or has outgrown it. */
  #room: Room | null = null;
  #bytes: Uint8Array;
  #view: DataView;
  #length = 0;

  constructor(capacity = 256) {
    const isSmall = capacity <= spareRoomBytes;
    const room = isSmall ? (spareRooms.pop() ?? createRoom(spareRoomBytes)) : createRoom(capacity);
    if (isSmall) this.#room = room;
    this.#bytes = room.bytes;
    this.#view = room.view;
  }

  #take(count: number): number {
    const at = this.#length;
    if (at + count > this.#bytes.length) {
      this.#assertNotRead();
      const { bytes, view } = createRoom(Math.max(2 * this.#bytes.length, at + count));
      bytes.set(this.#bytes);
      this.#leaveRoom();
      this.#bytes = bytes;
      this.#view = view;
    }
    this.#length = at + count;
    return at;
  }

  #assertNotRead(): void {
    assert(this.#length <= this.#bytes.length, "a writer that was read is done");
  }

  #leaveRoom(): void {
    if (this.#room !== null) spareRooms.push(this.#room);
    this.#room = null;
  }

  get length(): number {
    return this.#length;
  }

  u8(value: number): this {
    assertUnsigned(value, 0xff);
    const at = this.#take(1);
    this.#view.setUint8(at, value);
    return this;
  }

  u16(value: number): this {
    assertUnsigned(value, 0xffff);
    const at = this.#take(2);
    this.#view.setUint16(at, value, true);
    return this;
  }

  u32(value: number): this {
    assertUnsigned(value, 0xffff_ffff);
    const at = this.#take(4);
    this.#view.setUint32(at, value, true);
    return this;
  }

  u64(value: bigint): this {
    assertWithin(value, 0n, u64Max);
    const at = this.#take(8);
    this.#view.setBigUint64(at, value, true);
    return this;
  }

  i64(value: bigint): this {
    assertWithin(value, i64Min, i64Max);
    const at = this.#take(8);
    this.#view.setBigInt64(at, value, true);
    return this;
  }

  /** A safe non-negative integer as u64: in two halves, without a bigint. */
  count(value: number): this {
    if (!Number.isSafeInteger(value) || value < 0) assert(false, `not a count: ${value}`);
    const at = this.#take(8);
    this.#view.setUint32(at, value % twoTo32, true);
    this.#view.setUint32(at + 4, Math.floor(value / twoTo32), true);
    return this;
  }

  bytes(value: Uint8Array): this {
    const at = this.#take(value.length);
    this.#bytes.set(value, at);
    return this;
  }

  /** u64 length, then the bytes. */
  sized(value: Uint8Array): this {
    return this.count(value.length).bytes(value);
  }

  /** What was written so far, in an array of its own. A writer that goes on does so elsewhere. */
  finish(): Uint8Array {
    this.#assertNotRead();
    const isFull = this.#room === null && this.#length === this.#bytes.length;
    if (!isFull) this.#bytes = this.#bytes.slice(0, this.#length);
    this.#leaveRoom();
    return this.#bytes;
  }

  /** What was written so far, where it was written: `use` keeps no hold of it. The writer is done then. */
  read<T>(use: (bytes: Uint8Array) => T): T {
    this.#assertNotRead();
    const answer = use(this.#bytes.subarray(0, this.#length));
    this.#leaveRoom();
    this.#bytes = noBytes;
    return answer;
  }
}

/** Raised inside a decoder when the bytes end early or hold an impossible value; the decoder's border turns it into a Refusal. */
export class DecodeError extends Error {
  override readonly name = "DecodeError";
}

/** Reads what a ByteWriter wrote. Throws DecodeError past the end. */
export class ByteReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get remaining(): number {
    return this.#bytes.length - this.#at;
  }

  #take(count: number): number {
    if (count > this.remaining)
      throw new DecodeError(`needs ${count} more bytes at ${this.#at}, has ${this.remaining}`);
    const at = this.#at;
    this.#at = at + count;
    return at;
  }

  u8(): number {
    return this.#view.getUint8(this.#take(1));
  }

  u16(): number {
    return this.#view.getUint16(this.#take(2), true);
  }

  u32(): number {
    return this.#view.getUint32(this.#take(4), true);
  }

  u64(): bigint {
    return this.#view.getBigUint64(this.#take(8), true);
  }

  i64(): bigint {
    return this.#view.getBigInt64(this.#take(8), true);
  }

  /** A u64 that must be a safe integer. */
  count(): number {
    const value = this.u64();
    if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw new DecodeError(`count too large: ${value}`);
    return Number(value);
  }

  /** A copy of the next bytes. */
  bytes(count: number): Uint8Array {
    const at = this.#take(count);
    return this.#bytes.slice(at, at + count);
  }

  sized(): Uint8Array {
    return this.bytes(this.count());
  }

  /** Refuses trailing bytes: one value has one encoding. */
  end(): void {
    if (this.remaining !== 0) throw new DecodeError(`${this.remaining} bytes too many`);
  }
}
