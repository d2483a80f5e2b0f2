/**
 * What an entry mixes into the Proof of History: one hash that commits to all signatures of its transactions, in order.
 *
 *     signatures   s0    s1    s2                 three leaves: the odd node is paired with itself
 *     leaves       l0    l1    l2                 l = sha256(0x00 || signature)
 *     nodes          n01       n22                n = sha256(0x01 || left || right)
 *     root                r
 *
 * Every signature counts, not one a transaction; messages are not hashed, for a signature commits to its message.
 * Rule: `solana-foundation/specs` core/merkle-tree.md, as in Agave's `entry` crate.
 */
import { assert } from "../base/assert.ts";
import { sha256 } from "../base/hash.ts";

export const signatureLength = 64;

const leafPrefix = 0;
const nodePrefix = 1;

/** The Merkle root (32 bytes) over all signatures (64 bytes each) of an entry's transactions; 32 zeros for none. */
export function computeMixin(signatures: readonly Uint8Array[]): Uint8Array {
  let level = signatures.map(computeLeaf);
  if (level.length === 0) return new Uint8Array(32);
  while (level.length > 1) {
    const above: Uint8Array[] = [];
    for (let i = 0; i < level.length; i += 2) above.push(computeNode(level[i]!, level[i + 1] ?? level[i]!));
    level = above;
  }
  return level[0]!;
}

// Scratch space for what is hashed, leaf or node; nothing in it outlives a call.
const scratch = new Uint8Array(1 + signatureLength);

function computeLeaf(signature: Uint8Array): Uint8Array {
  if (signature.length !== signatureLength) assert(false, `a signature has 64 bytes, not ${signature.length}`);
  scratch[0] = leafPrefix;
  scratch.set(signature, 1);
  return sha256(scratch);
}

function computeNode(left: Uint8Array, right: Uint8Array): Uint8Array {
  scratch[0] = nodePrefix;
  scratch.set(left, 1);
  scratch.set(right, 33);
  return sha256(scratch);
}
