/**
 * Solana's lists behind SlotHashes and RecentBlockhashes, of kit's parts. Kit's own decoders for these two read a count of
 * 4 bytes where the accounts have one of 8 (bincode's), and so every entry 4 bytes too early: on Solana's mainnet as here.
 */
import {
  getAddressDecoder,
  getArrayDecoder,
  getStructDecoder,
  getU64Decoder,
  type ReadonlyUint8Array,
} from "@solana/kit";

const slotHashes = getArrayDecoder(
  getStructDecoder([
    ["slot", getU64Decoder()],
    ["hash", getAddressDecoder()],
  ]),
  { size: getU64Decoder() },
);

const recentBlockhashes = getArrayDecoder(
  getStructDecoder([
    ["blockhash", getAddressDecoder()],
    ["lamportsPerSignature", getU64Decoder()],
  ]),
  { size: getU64Decoder() },
);

export type SlotHashEntry = { readonly slot: bigint; readonly hash: string };

export type RecentBlockhashEntry = { readonly blockhash: string; readonly lamportsPerSignature: bigint };

/** Newest first. */
export function decodeSlotHashes(data: ReadonlyUint8Array): SlotHashEntry[] {
  return slotHashes.decode(data);
}

/** Newest first. */
export function decodeRecentBlockhashes(data: ReadonlyUint8Array): RecentBlockhashEntry[] {
  return recentBlockhashes.decode(data);
}
