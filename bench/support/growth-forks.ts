/**
 * Costs that grow with the forks that are open: forks of eight blocks each on one root, and a hundred validators that vote
 * here and there.
 *
 *     root ┬─ 1 ─ … ─ 8         addMs       a block more, at the end of a fork
 *          ├─ 1 ─ … ─ 8         voteUs      a vote that moves from one fork's end to another's
 *          └─ …                 decideUs    the heaviest fork and what to vote, after such votes
 */

import { createRandom } from "../../src/base/random.ts";
import type { Bank } from "../../src/chain/bank.ts";
import { createGenesisBank } from "../../src/chain/bank.ts";
import type { Block } from "../../src/chain/block.ts";
import { createChain } from "../../src/chain/chain.ts";
import { type Hash, hashOf, slotOf } from "../../src/chain/ids.ts";
import { addNode, type BlockNode, createBlockTree } from "../../src/consensus/block-tree.ts";
import { emptyTower, recordVote } from "../../src/consensus/tower.ts";
import { createTowerBft } from "../../src/consensus/tower-bft.ts";
import type { Vote } from "../../src/consensus/vote.ts";
import { createNodeCrypto } from "../../src/host/node-crypto.ts";
import { createNetwork, standardStakes } from "../../src/sim/network.ts";
import { type Costs, planOf } from "./growth-validators.ts";
import { medianOf } from "./timing.ts";

const depth = 8;
const validators = 100;
const decisions = 200;

export function measureForks(forks: number): Costs {
  const crypto = createNodeCrypto();
  const plan = planOf({ validators: standardStakes(validators).map((stake) => ({ stake })) });
  const network = createNetwork(plan, crypto.signatures);
  if (!network.ok) throw new Error(network.code);
  const chain = createChain(network.value.genesis, crypto);
  const root = createGenesisBank(chain);
  const tree = createBlockTree(root);
  const consensus = createTowerBft(tree);
  const random = createRandom("growth", "forks");
  // A bank that differs from its parent in its place alone: fork choice looks at nothing else.
  const childOf = (parent: Bank, slot: number): Bank => ({
    ...parent,
    slot: slotOf(slot),
    parentSlot: parent.slot,
    parentId: parent.blockId,
    blockId: hashOf(random.bytes(32)),
    height: parent.height + 1,
    leader: network.value.validators[slot % validators]!.identity.address,
    results: [],
  });
  let slot = 0;
  const grow = (parent: BlockNode): BlockNode => {
    const node = addNode(tree, childOf(parent.bank, ++slot), {} as Block);
    consensus.addBlock(node);
    return node;
  };
  const tips = Array.from({ length: forks }, () => {
    let at = grow(tree.root);
    for (let height = 1; height < depth; height++) at = grow(at);
    return at;
  });
  const voters = network.value.validators;
  const voteFor = (index: number, { slot: voted, blockId }: BlockNode): Vote => ({
    voteAccount: voters[index]!.voteAccount,
    identity: voters[index]!.identity.address,
    authorizedVoter: voters[index]!.identity.address,
    slot: voted,
    blockId,
    tower: { root: null, votes: [{ slot: voted, confirmationCount: 1 }] },
    transaction: {} as Vote["transaction"],
  });
  const own = recordVote(emptyTower, tips[0]!.slot, tips[0]!.blockId as Hash);
  const addMs: number[] = [];
  const voteMs: number[] = [];
  const decideMs: number[] = [];
  for (let round = 0; round < decisions; round++) {
    const begun = performance.now();
    // Always at the end of a fork, in a slot after all others.
    const place = random.below(tips.length);
    const tip = grow(tips[place]!);
    tips[place] = tip;
    const grown = performance.now();
    const cast = Array.from({ length: 10 }, () => voteFor(random.below(validators), tip));
    const made = performance.now();
    for (const vote of cast) consensus.addVote(vote);
    const voted = performance.now();
    consensus.decide(own);
    decideMs.push(performance.now() - voted);
    voteMs.push((voted - made) / cast.length);
    addMs.push(grown - begun);
  }
  return {
    addUs: 1000 * medianOf(addMs),
    voteUs: 1000 * medianOf(voteMs),
    decideUs: 1000 * medianOf(decideMs),
    rssMb: process.memoryUsage().rss / 2 ** 20,
  };
}
