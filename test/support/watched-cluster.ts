/**
 * A cluster that only pretends to run, watched by all checkers: a test says what its validators adopt, vote and send.
 *
 *     const world = createWatchedCluster();
 *     const b1 = world.block(1);                 the slot's leader's block on genesis
 *     world.adopt(0, b1); world.vote(0, b1);     honest so far
 *     world.accusations()                        []
 */
import type { Bank } from "../../src/chain/bank.ts";
import type { Block } from "../../src/chain/block.ts";
import { slotOf } from "../../src/chain/ids.ts";
import type { ProducedBlock } from "../../src/chain/produce-block.ts";
import type { Transaction, Verified } from "../../src/chain/transaction.ts";
import { emptyTower, recordVote, type Tower } from "../../src/consensus/tower.ts";
import { createVote, type Vote } from "../../src/consensus/vote.ts";
import { createCheckers } from "../../src/sim/checkers/checkers.ts";
import { createSharedWork } from "../../src/validator/shared-work.ts";
import { createValidator, type Validator } from "../../src/validator/validator.ts";
import { createTestChain, produceAt, type TestChainPlan, testCrypto } from "./chain-builder.ts";

export type Produced = Pick<ProducedBlock, "block" | "bank">;

export function createWatchedCluster(plan: TestChainPlan = {}) {
  const built = createTestChain({ stakes: [300n, 300n, 200n, 200n], ...plan });
  const { chain, network, genesisBank } = built;
  const work = createSharedWork(chain);
  const members = [...network.validators, { identity: network.observer, voteAccount: null }];
  const nodes = members.map(({ identity, voteAccount }) => ({
    validator: createValidator({ chain, identity, voteAccount, work, genesisBank }) as Validator & {
      tree: { root: unknown };
    },
    online: true,
    honest: true,
  }));
  const cluster = { chain, nodes, observer: nodes.length - 1, slot: slotOf(0) };
  const checkers = createCheckers(cluster, { sampleEvery: 1 });
  const { listener } = checkers;
  const towers: Tower[] = nodes.map(() => emptyTower);

  function voteFor(node: number, { blockId, blockhash }: Bank, tower: Tower): Vote {
    const { identity, voteAccount } = network.validators[node]!;
    const scheme = testCrypto.signatures;
    return createVote({ scheme, identity, voteAccount, tower, blockId, recentBlockhash: blockhash, timestamp: null });
  }

  return {
    ...built,
    cluster,
    checkers,
    listener,
    nodes,
    towers,
    voteFor,
    /** The block of the slot's leader; its parent is genesis unless told. */
    block(slot: number, parent: Bank = genesisBank, transactions: readonly Verified<Transaction>[] = []): Produced {
      return produceAt(built, parent, slot, transactions);
    },
    adopt(node: number, { block, bank }: { block: Block; bank: Bank }): void {
      listener.onEffect(node, { type: "report", report: { type: "block-added", block, bank } }, 0);
    },
    /** As an honest validator votes: by its own tower, saved first. */
    vote(node: number, { bank }: Produced): void {
      const tower = recordVote(towers[node]!, bank.slot, bank.blockId);
      towers[node] = tower;
      listener.onEffect(node, { type: "save-tower", tower }, 0);
      listener.onEffect(node, { type: "broadcast-vote", vote: voteFor(node, bank, tower) }, 0);
    },
    /** A chain of blocks, one a slot, adopted by everybody. */
    chainOf(first: number, last: number, parent: Bank = genesisBank): Produced[] {
      const made: Produced[] = [];
      for (let slot = first, at = parent; slot <= last; slot++) {
        const produced = produceAt(built, at, slot);
        for (const node of nodes.keys()) this.adopt(node, produced);
        made.push(produced);
        at = produced.bank;
      }
      return made;
    },
    /** `checker: message`, of each violation. */
    accusations(): string[] {
      return checkers.violations.map(({ checker, message }) => `${checker}: ${message}`);
    },
  };
}
