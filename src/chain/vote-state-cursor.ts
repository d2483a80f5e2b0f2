/**
 * Reading and writing a vote account's fixed-size data in place. Unlike ByteReader it never throws: strangers may put any
 * bytes into an account, and every vote of every validator is decoded.
 */
import { assert } from "../base/assert.ts";
import { type Address, addressBytes, addressOf } from "./ids.ts";

const twoTo32 = 2 ** 32;
/** A u64 whose high half reaches this is no safe integer. */
const safeHighEnd = 2 ** 21;
const noAddress = addressOf(new Uint8Array(32));

/** A place in the account's bytes. Reading past the end yields zeros and marks the cursor as failed, so that no read throws. */
export class VoteStateCursor {
  readonly #bytes: Uint8Array;
  #at = 0;
  /** For the entries of a list, whose place is checked once for all of them (`readList`, `writeList`). */
  readonly view: DataView;
  failed = false;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Moves on and gives the old place, or -1 when fewer bytes are left. */
  #take(count: number): number {
    const at = this.#at;
    if (at + count > this.#bytes.length) {
      this.failed = true;
      return -1;
    }
    this.#at = at + count;
    return at;
  }

  #room(count: number): number {
    const at = this.#take(count);
    assert(at >= 0, `vote state does not fit into ${this.#bytes.length} bytes`);
    return at;
  }

  skip(count: number): void {
    this.#take(count);
  }

  readU8(): number {
    const at = this.#take(1);
    return at < 0 ? 0 : this.#bytes[at]!;
  }

  readU16(): number {
    const at = this.#take(2);
    return at < 0 ? 0 : this.view.getUint16(at, true);
  }

  readU32(): number {
    const at = this.#take(4);
    return at < 0 ? 0 : this.view.getUint32(at, true);
  }

  readU64(): bigint {
    const at = this.#take(8);
    return at < 0 ? 0n : this.view.getBigUint64(at, true);
  }

  readI64(): bigint {
    const at = this.#take(8);
    return at < 0 ? 0n : this.view.getBigInt64(at, true);
  }

  readCount(): number {
    const at = this.#take(8);
    return at < 0 ? 0 : this.countAt(at);
  }

  /** A u64 that must be a safe integer: two halves, since a bigint for each of them would cost more than all the rest. */
  countAt(at: number): number {
    const high = this.view.getUint32(at + 4, true);
    if (high >= safeHighEnd) this.failed = true;
    return high * twoTo32 + this.view.getUint32(at, true);
  }

  /** The place of a list's first entry and the place after its last; empty and failed when they would not fit. */
  readList(entryBytes: number): { readonly start: number; readonly end: number } {
    const length = this.readCount();
    const start = this.#take(length * entryBytes);
    return start < 0 ? { start: 0, end: 0 } : { start, end: start + length * entryBytes };
  }

  readFlag(): boolean {
    const flag = this.readU8();
    if (flag > 1) this.failed = true;
    return flag === 1;
  }

  readBytes(count: number): Uint8Array {
    const at = this.#take(count);
    return at < 0 ? new Uint8Array(count) : this.#bytes.slice(at, at + count);
  }

  readAddress(): Address {
    const at = this.#take(32);
    return at < 0 ? noAddress : this.addressAt(at);
  }

  addressAt(at: number): Address {
    return addressOf(this.#bytes.subarray(at, at + 32));
  }

  writeU8(value: number): void {
    this.#bytes[this.#room(1)] = value;
  }

  writeU16(value: number): void {
    this.view.setUint16(this.#room(2), value, true);
  }

  writeU32(value: number): void {
    this.view.setUint32(this.#room(4), value, true);
  }

  writeU64(value: bigint): void {
    this.view.setBigUint64(this.#room(8), value, true);
  }

  writeI64(value: bigint): void {
    this.view.setBigInt64(this.#room(8), value, true);
  }

  writeCount(value: number): void {
    this.setCount(this.#room(8), value);
  }

  /** A safe non-negative integer as u64. */
  setCount(at: number, value: number): void {
    assert(value >= 0 && Number.isSafeInteger(value), "a count is a safe integer, not negative");
    this.view.setUint32(at, value >>> 0, true);
    this.view.setUint32(at + 4, value >= twoTo32 ? Math.floor(value / twoTo32) : 0, true);
  }

  /** Writes the length; gives the place of the first entry. The bytes are still zero there. */
  writeList(length: number, entryBytes: number): number {
    this.writeCount(length);
    return this.#room(length * entryBytes);
  }

  writeBytes(value: Uint8Array): void {
    this.#bytes.set(value, this.#room(value.length));
  }

  writeAddress(value: Address): void {
    this.writeBytes(addressBytes(value));
  }
}
