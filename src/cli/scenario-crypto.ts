/** The cryptography of simulated runs: native signatures, each checked once a process. */
import type { Crypto } from "../chain/crypto.ts";
import { nodeHashes, nodeSignatures } from "../host/node-crypto.ts";
import { createCheckedSignatures } from "../validator/checked-signatures.ts";

export function createCrypto(): Crypto {
  return { signatures: createCheckedSignatures(nodeSignatures.ed25519), ...nodeHashes };
}
