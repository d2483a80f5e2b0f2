/** The signature schemes by name, in their portable form: what runs where no host hands in a faster one. */
import type { SchemeName, SignatureScheme } from "./crypto.ts";
import { portableEd25519 } from "./ed25519.ts";
import { portableSecp256k1 } from "./secp256k1.ts";

export const portableSignatures: Readonly<Record<SchemeName, SignatureScheme>> = {
  ed25519: portableEd25519,
  secp256k1: portableSecp256k1,
};
