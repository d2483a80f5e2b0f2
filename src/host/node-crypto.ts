/** The signature schemes by name, by node:crypto where it is faster, portable where it is not; the answers are the same. */
import type { SchemeName, SignatureScheme } from "../chain/crypto.ts";
import { nodeEd25519 } from "./node-ed25519.ts";
import { nodeSecp256k1 } from "./node-secp256k1.ts";

export const nodeSignatures: Readonly<Record<SchemeName, SignatureScheme>> = {
  ed25519: nodeEd25519,
  secp256k1: nodeSecp256k1,
};
