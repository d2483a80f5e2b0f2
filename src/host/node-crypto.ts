/** Signatures by libsodium or node:crypto and hashes by the fastest kernel; the answers are the same as the portable code's. */
import { handInKeystream } from "../base/chacha20.ts";
import type { Crypto, SchemeName, SignatureScheme } from "../chain/crypto.ts";
import { createCheckedSignatures } from "../validator/checked-signatures.ts";
import { nodeKeystream } from "./node-chacha20.ts";
import { nodeEd25519 } from "./node-ed25519.ts";
import { nodeSecp256k1 } from "./node-secp256k1.ts";
import { hostKernel } from "./poh-kernel.ts";
import { sodiumEd25519 } from "./sodium-ed25519.ts";

// Leader schedules draw from it, also where nobody asks for a `Crypto`.
handInKeystream(nodeKeystream);

export const nodeSignatures: Readonly<Record<SchemeName, SignatureScheme>> = {
  ed25519: sodiumEd25519 ?? nodeEd25519,
  secp256k1: nodeSecp256k1,
};

/** Which code hashes, here and in base/hash.ts, is chosen when it is first asked for: poh-kernel.ts says how. */
export const nodeHashes: Omit<Crypto, "signatures"> = {
  get poh() {
    return hostKernel().poh;
  },
};

/**
 * The cryptography of one process. A signature that was found genuine is remembered, so that many validators check it once.
 *
 * @param scheme of accounts and validators; a chain's is `params.signatureScheme`
 */
export function createNodeCrypto(scheme: SchemeName = "ed25519"): Crypto {
  return { signatures: createCheckedSignatures(nodeSignatures[scheme]), ...nodeHashes };
}
