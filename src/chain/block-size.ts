/**
 * How many bytes a block takes, and how many of them count against its limit.
 *
 *     header   slot 8 · parent slot 8 · parent id 32 · leader 32 · state hash 32 · signature 64
 *     entries  count 8 · each: hashes 8, hash 32, count 8
 *
 *     8 ticks: 184 + 8 × 48 = 568 bytes
 */
const headerBytes = 8 + 8 + 32 + 32 + 32 + 64 + 8;
const entryBytes = 8 + 32 + 8;

/**
 * What `blockBytesMax` leaves a block that follows `parentSlot`. The ticks of skipped slots come on top: nobody chose
 * them, and however long a silence was, a block must be able to end it.
 */
export function blockBytesLimit(
  params: { readonly blockBytesMax: number; readonly ticksPerSlot: number },
  slot: number,
  parentSlot: number,
): number {
  return params.blockBytesMax + Math.max(0, slot - parentSlot - 1) * params.ticksPerSlot * entryBytes;
}

/** Bytes of a block with this many entries, none of which holds a transaction. */
export function emptyBlockBytes(entries: number): number {
  return headerBytes + entries * entryBytes;
}

/** Bytes that a transaction of this many bytes adds: its length goes before it. */
export function bytesInBlock(transactionBytes: number): number {
  return 2 + transactionBytes;
}
