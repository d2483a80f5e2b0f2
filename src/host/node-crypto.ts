/** Signatures by libsodium or node:crypto, hashes by node:crypto where it is faster; the answers are the portable ones. */
import { hash } from "node:crypto";
import { sha256 } from "../base/sha256.ts";
import type { Crypto, SchemeName, SignatureScheme } from "../chain/crypto.ts";
import { portablePohKernel } from "../chain/poh-kernel.ts";
import { createCheckedSignatures } from "../validator/checked-signatures.ts";
import { nodeEd25519 } from "./node-ed25519.ts";
import { nodeSecp256k1 } from "./node-secp256k1.ts";
import { sodiumEd25519 } from "./sodium-ed25519.ts";

export const nodeSignatures: Readonly<Record<SchemeName, SignatureScheme>> = {
  ed25519: sodiumEd25519 ?? nodeEd25519,
  secp256k1: nodeSecp256k1,
};

/** A call into OpenSSL costs as much as some five hundred bytes by the portable code. */
const nativeBytesMin = 512;

export function nodeSha256(bytes: Uint8Array): Uint8Array {
  return bytes.length < nativeBytesMin ? sha256(bytes) : new Uint8Array(hash("sha256", bytes, "buffer"));
}

/** Chains of hashes are faster in one portable loop than one by one in OpenSSL; long bytes are not. */
export const nodeHashes: Omit<Crypto, "signatures"> = { poh: portablePohKernel, sha256: nodeSha256 };

/**
 * The cryptography of one process. A signature that was found genuine is remembered, so that many validators check it once.
 *
 * @param scheme of accounts and validators; a chain's is `params.signatureScheme`
 */
export function createNodeCrypto(scheme: SchemeName = "ed25519"): Crypto {
  return { signatures: createCheckedSignatures(nodeSignatures[scheme]), ...nodeHashes };
}
