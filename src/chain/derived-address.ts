/**
 * Addresses that a base address controls without a key of their own.
 *
 *     sha256(base || "seed" || owner) = the address          whoever signs as base may act for it
 *
 * An owner that ends in the marker of program-derived addresses is refused: otherwise the same bytes could be hashed as
 * one of those. Source: solana-sdk, Pubkey::create_with_seed.
 */
import { concatBytes, equalBytes, utf8Bytes } from "../base/bytes.ts";
import { accept, type Outcome, refuse } from "../base/refusal.ts";
import { sha256 } from "../base/sha256.ts";
import { type Address, addressBytes, addressOf } from "./ids.ts";

const seedBytesMax = 32;
const programDerivedMarker = utf8Bytes("ProgramDerivedAddress");

/** Refusals carry the names of Solana's instruction errors. `seed`: UTF-8. */
export function computeAddressWithSeed(
  base: Address,
  seed: Uint8Array,
  owner: Address,
): Outcome<Address, "MaxSeedLengthExceeded" | "IllegalOwner"> {
  if (seed.length > seedBytesMax)
    return refuse("MaxSeedLengthExceeded", { bytes: seed.length, bytesMax: seedBytesMax });
  const ownerBytes = addressBytes(owner);
  if (equalBytes(ownerBytes.subarray(32 - programDerivedMarker.length), programDerivedMarker)) {
    return refuse("IllegalOwner", { owner });
  }
  return accept(addressOf(sha256(concatBytes(addressBytes(base), seed, ownerBytes))));
}
