/**
 * I10: the Proof of History only ever goes on. Each block continues its parent's last hash, hashes as often as its slots
 * ask for, and every entry is what that many hashes give.
 *
 *     parent at slot 7, block at slot 9, 2 ticks of 4 hashes a slot:  16 hashes, 4 ticks, the last entry a tick
 *
 * Counted and hashed here one by one, from the block's own entries.
 */
import { equalBytes } from "../../base/bytes.ts";
import { sha256 } from "../../base/sha256.ts";
import { type Hash, hashBytes, hashOf } from "../../chain/ids.ts";
import { computeMixin } from "../../chain/mixin.ts";
import type { Checker, CheckerContext } from "./checker.ts";
import { parentOf, type SeenBlock } from "./chronicle.ts";

const checker = "poh";

/** Above so many hashes a block they are counted only: `replay` hashes them now and then. */
const hashesMax = 1024;

export function createPohChecker({ cluster, chronicle, accuse }: CheckerContext): Checker {
  const { ticksPerSlot, hashesPerTick } = cluster.chain.params;

  function problemOf(seen: SeenBlock, parentSlot: number, parentBlockhash: Hash): string | null {
    const { block } = seen;
    if (block === null) return null;
    const ticksExpected = (seen.slot - parentSlot) * ticksPerSlot;
    if (ticksExpected <= 0) return `its slot does not follow its parent's, ${parentSlot}`;
    let [ticks, hashes] = [0, 0];
    for (const { numHashes, transactions } of block.entries) {
      hashes += numHashes;
      if (transactions.length === 0) ticks++;
    }
    if (ticks !== ticksExpected) return `${ticks} ticks instead of ${ticksExpected}`;
    if (hashesPerTick === 0) return null;
    if (hashes !== ticks * hashesPerTick) return `${hashes} hashes instead of ${ticks * hashesPerTick}`;
    if (hashes > hashesMax) return null;
    let hash = hashBytes(parentBlockhash);
    for (const [index, entry] of block.entries.entries()) {
      const signatures = entry.transactions.flatMap((transaction) => transaction.signatures);
      for (let i = 1; i < entry.numHashes; i++) hash = sha256(hash);
      hash = signatures.length === 0 ? sha256(hash) : sha256(joined(hash, computeMixin(signatures)));
      if (!equalBytes(hash, entry.hash)) return `entry ${index} is not what its hashes give`;
    }
    return hashOf(hash) === seen.bank.blockhash ? null : "its blockhash is not its last entry's hash";
  }

  return {
    name: checker,
    onBlock(seen) {
      const parent = parentOf(chronicle, seen);
      if (parent === null) return;
      const problem = problemOf(seen, parent.slot, parent.bank.blockhash);
      if (problem === null) return;
      const { slot, blockId } = seen;
      const facts = { slot, blockId, parentSlot: parent.slot, problem };
      accuse({
        checker,
        slot,
        validator: null,
        message: "a block's Proof of History does not go on as it must",
        facts,
      });
    },
  };
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(a.length + b.length);
  bytes.set(a);
  bytes.set(b, a.length);
  return bytes;
}
