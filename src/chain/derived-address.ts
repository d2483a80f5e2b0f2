/**
 * Addresses that a base address controls without a key of their own.
 *
 *     sha256(base || "seed" || owner) = the address          whoever signs as base may act for it
 *
 * An owner that ends in the marker of program-derived addresses is refused: otherwise the same bytes could be hashed as
 * one of those. Source: solana-sdk, Pubkey::create_with_seed.
 *
 * A program of this chain derives an account's address from another's, so that there is exactly one:
 *
 *     sha256(tag || subject) = the address           tag: at most 31 bytes of text
 *
 * Nobody signs for such an address. It may by chance be a point of the curve (Solana's are searched until they are none),
 * but who knew its secret key would have inverted the hash or the curve. The input is shorter than the 64 bytes that an
 * address with seed hashes at least, so that whoever holds the subject's key cannot make it as one of those.
 */
import { assert } from "../base/assert.ts";
import { concatBytes, equalBytes, utf8Bytes } from "../base/bytes.ts";
import { sha256 } from "../base/hash.ts";
import { accept, type Outcome, refuse } from "../base/refusal.ts";
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

/** The one account that `tag` names for `subject`. */
export function computeTaggedAddress(tag: string, subject: Address): Address {
  const tagBytes = utf8Bytes(tag);
  assert(tagBytes.length < 32, `a tag of ${tagBytes.length} bytes`);
  return addressOf(sha256(concatBytes(tagBytes, addressBytes(subject))));
}
