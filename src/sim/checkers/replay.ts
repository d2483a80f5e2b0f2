/**
 * I9: any two honest validators that hold a block hold the same state; and whoever starts again from its parent gets it too.
 *
 *     validator 0: block 8 -> state f3…     validator 4: block 8 -> state f3…     decoded from bytes, replayed: f3…
 *
 * Where validators share their work the first is true by itself; so some blocks are replayed once more, from their bytes, on
 * a chain object of the checker's own that remembers nothing.
 */
import { equalBytes } from "../../base/bytes.ts";
import { accountsHash } from "../../chain/accounts-tree.ts";
import { applyBlock } from "../../chain/apply-block.ts";
import { decodeBlock, encodeBlock } from "../../chain/block.ts";
import { createChain } from "../../chain/chain.ts";
import { hashBytes } from "../../chain/ids.ts";
import type { Checker, CheckerContext } from "./checker.ts";
import { parentOf, type SeenBlock } from "./chronicle.ts";

const checker = "replay";

/** @param sampleEvery of so many blocks one is replayed, chosen by its id; and the first blocks of epochs all are */
export function createReplayChecker({ cluster, chronicle, accuse }: CheckerContext, sampleEvery: number): Checker {
  const own = createChain(cluster.chain.genesis, cluster.chain.crypto);

  function problemOf(seen: SeenBlock, parent: SeenBlock): string | null {
    if (seen.block === null) return null;
    const decoded = decodeBlock(encodeBlock(seen.block), own.params, own.genesisHash);
    if (!decoded.ok) return `its bytes are refused: ${decoded.code}`;
    if (decoded.value.blockId !== seen.blockId) return `its bytes are block ${decoded.value.blockId}`;
    const applied = applyBlock(own, parent.bank, decoded.value);
    if (!applied.ok) return `refused: ${applied.code}`;
    const { accounts, stateHash } = applied.value;
    if (stateHash !== seen.bank.stateHash) return `state ${stateHash} instead of ${seen.bank.stateHash}`;
    return equalBytes(accountsHash(accounts), accountsHash(seen.bank.accounts)) ? null : "other accounts";
  }

  return {
    name: checker,
    onBlock(seen) {
      const parent = parentOf(chronicle, seen);
      if (parent === null) return;
      const isSampled = hashBytes(seen.blockId)[0]! % sampleEvery === 0 || seen.bank.epoch > parent.bank.epoch;
      const problem = isSampled ? problemOf(seen, parent) : null;
      if (problem === null) return;
      const { slot, blockId } = seen;
      const facts = { slot, blockId, problem };
      accuse({ checker, slot, validator: null, message: "an adopted block does not replay to the same state", facts });
    },
    onAdopted(node, seen, { bank, block }) {
      if (bank.stateHash === seen.bank.stateHash && block.stateHash === bank.stateHash) return;
      const facts = { slot: seen.slot, blockId: seen.blockId, state: bank.stateHash, others: seen.bank.stateHash };
      accuse({
        checker,
        slot: seen.slot,
        validator: node,
        message: "it holds another state for the same block",
        facts,
      });
    },
  };
}
