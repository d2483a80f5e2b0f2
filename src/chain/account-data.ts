/**
 * Large account data: how it is hashed, and how states share what did not change of it.
 *
 *     data of 9000 bytes, cut every 4096:    [0 … 4095] [4096 … 8191] [8192 … 8999]
 *                                               d0           d1            d2          SHA-256 of each
 *     digest = SHA-256(d0 d1 d2)
 *
 * Data of up to 4096 bytes is hashed as it is. Whoever hashes an account hashes its data's length beside it, so the length
 * says which of the two was done, and no data can pass for the digest of another.
 *
 * An account whose data changes a little every block (a slot more in 131 kB of slot history) is kept in these pieces:
 * its next version shares all pieces but the changed ones, and their digests. Its `data` is put together when asked for.
 */
import { assert } from "../base/assert.ts";
import { ByteWriter, concatBytes, equalBytes } from "../base/bytes.ts";
import { sha256 } from "../base/hash.ts";
import type { Account } from "./account.ts";

/** Data longer than this is hashed in pieces of this length; the last one is what remains. */
export const dataPieceBytes = 4096;

/** The pieces of one account's data, in order. Never changed in place. */
export type DataPieces = readonly Uint8Array[];

export type DataPatch = { readonly at: number; readonly bytes: Uint8Array };

const piecesByAccount = new WeakMap<Account, DataPieces>();
const digests = new WeakMap<Uint8Array, Uint8Array>();

/** An account whose data is these pieces; all but the last must be whole. */
export function createPiecedAccount(head: Omit<Account, "data">, pieces: DataPieces): Account {
  const isCut = pieces.every(
    ({ length }, i) => length === dataPieceBytes || (i === pieces.length - 1 && length > 0 && length < dataPieceBytes),
  );
  assert(isCut, `data is cut every ${dataPieceBytes} bytes`);
  const { lamports, owner, executable } = head;
  const account: Account = {
    lamports,
    owner,
    executable,
    get data() {
      return concatBytes(...pieces);
    },
  };
  piecesByAccount.set(account, pieces);
  return account;
}

/** As they are kept, or cut now. */
export function piecesOf(account: Account): DataPieces {
  return piecesByAccount.get(account) ?? cutData(account.data);
}

const zeroPiece = new Uint8Array(dataPieceBytes);

/** So many zeros. Whole pieces are all one array, whoever asks: it is hashed once. */
export function zeroPieces(length: number): DataPieces {
  const whole = Array.from({ length: Math.floor(length / dataPieceBytes) }, () => zeroPiece);
  const rest = length % dataPieceBytes;
  return rest === 0 ? whole : [...whole, new Uint8Array(rest)];
}

/** Views into the data, one a piece. */
export function cutData(data: Uint8Array): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  for (let at = 0; at < data.length; at += dataPieceBytes) pieces.push(data.subarray(at, at + dataPieceBytes));
  return pieces;
}

export function byteOf(pieces: DataPieces, at: number): number {
  const piece = pieces[Math.floor(at / dataPieceBytes)];
  assert(piece !== undefined && at % dataPieceBytes < piece.length, `no byte ${at} in the data`);
  return piece[at % dataPieceBytes]!;
}

/** The bytes from one place to another, written into an array from `at` on. */
export function copyPieces(pieces: DataPieces, start: number, end: number, into: Uint8Array, at: number): void {
  for (let from = start; from < end; ) {
    const piece = pieces[Math.floor(from / dataPieceBytes)];
    const offset = from % dataPieceBytes;
    assert(piece !== undefined && offset < piece.length, `no byte ${from} in the data`);
    const part = piece.subarray(offset, offset + end - from);
    into.set(part, at + from - start);
    from += part.length;
  }
}

/** The pieces with these bytes laid over them, in order; they share what no patch touches. */
export function patchPieces(pieces: DataPieces, patches: readonly DataPatch[]): DataPieces {
  const patched = [...pieces];
  for (const { at, bytes } of patches) {
    for (let done = 0; done < bytes.length; ) {
      const index = Math.floor((at + done) / dataPieceBytes);
      const offset = (at + done) % dataPieceBytes;
      const old = patched[index];
      assert(old !== undefined && offset < old.length, `byte ${at + done} is beyond the data`);
      const piece = old === pieces[index] ? old.slice() : old;
      const part = bytes.subarray(done, done + piece.length - offset);
      piece.set(part, offset);
      patched[index] = piece;
      done += part.length;
    }
  }
  return patched;
}

/** The rule of the story, for data longer than 4096 bytes: 32 bytes. Remembers nothing: for data of strangers. */
export function computeLargeDataDigest(data: Uint8Array): Uint8Array {
  return digestOfPieces(cutData(data).map(sha256));
}

function digestOfPieces(digests: readonly Uint8Array[]): Uint8Array {
  const writer = new ByteWriter(32 * digests.length);
  for (const digest of digests) writer.bytes(digest);
  return writer.read(sha256);
}

/** The same for an account that never changes in place: whatever was hashed before is not hashed again. */
export function largeDataDigestOf(account: Account): Uint8Array {
  const pieces = piecesByAccount.get(account);
  if (pieces === undefined) return digestOnce(account.data, (data) => digestOfPieces(cutData(data).map(sha256)));
  return digestOfPieces(digestsOf(pieces));
}

function digestsOf(pieces: DataPieces): Uint8Array[] {
  const digests: Uint8Array[] = [];
  for (const [index, piece] of pieces.entries()) {
    // Empty pieces are one array, and stand together.
    digests.push(piece === pieces[index - 1] ? digests[index - 1]! : digestOnce(piece, sha256));
  }
  return digests;
}

/** An array is either some account's whole data, longer than a piece, or a piece: never both. */
function digestOnce(bytes: Uint8Array, compute: (bytes: Uint8Array) => Uint8Array): Uint8Array {
  let digest = digests.get(bytes);
  if (digest === undefined) {
    digest = compute(bytes);
    digests.set(bytes, digest);
  }
  return digest;
}

export function dataLengthOf(account: Account): number {
  const pieces = piecesByAccount.get(account);
  if (pieces === undefined) return account.data.length;
  return pieces.reduce((length, piece) => length + piece.length, 0);
}

export function hasSameData(a: Account, b: Account): boolean {
  const [ours, theirs] = [piecesByAccount.get(a), piecesByAccount.get(b)];
  if (ours === undefined || theirs === undefined) return a.data === b.data || equalBytes(a.data, b.data);
  return (
    ours.length === theirs.length && ours.every((piece, i) => piece === theirs[i]! || equalBytes(piece, theirs[i]!))
  );
}
