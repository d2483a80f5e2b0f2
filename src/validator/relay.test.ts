import { describe, expect, it } from "vitest";
import { canonicalChain, createTestCluster, testCrypto } from "../../test/support/clusters.ts";
import { createRandom } from "../base/random.ts";
import type { Block } from "../chain/block.ts";
import { createChain } from "../chain/chain.ts";
import { slotOf } from "../chain/ids.ts";
import { leaderAfter } from "../chain/leaders.ts";
import { forgeSecondBlock } from "../sim/byzantine/forge.ts";
import type { Effect, Input } from "./contract.ts";
import { createSharedWork } from "./shared-work.ts";
import { step } from "./step.ts";
import { createValidator, type Validator } from "./validator.ts";

/** Twenty blocks, one a slot; beside each of the newest six another one of its leader. */
const test = createTestCluster({ stakes: [3n, 2n, 2n] });
for (let slot = 1; slot <= 20; slot++) test.cluster.advanceSlot();
const blocks = canonicalChain(test);
const chain = createChain(test.network.genesis, testCrypto);
const work = createSharedWork(chain);
const slotInput = (slot: number): Input => ({ type: "slot", slot: slotOf(slot) });
const blockInput = (block: Block): Input => ({ type: "block", block, from: block.leader });

/** The validator of this number, or the observer, that knows the blocks; its clock shows slot 20. */
function validatorAt(index: number | null): Validator {
  const { identity, voteAccount } =
    index === null ? { identity: test.network.observer, voteAccount: null } : test.network.validators[index]!;
  const validator = createValidator({ chain, identity, voteAccount, work });
  step(validator, slotInput(20));
  for (const block of blocks) step(validator, blockInput(block));
  return validator;
}

function secondOf(block: Block, random = "second"): Block {
  const node = test.cluster.nodes.find(({ validator }) => validator.identity.address === block.leader)!;
  return forgeSecondBlock(node.validator, block, createRandom(random, "second"))!;
}

const relayed = (effects: readonly Effect[]) =>
  effects.flatMap((effect) => (effect.type === "relay-block" ? [effect.block.blockId] : []));
const idsOf = (...pairs: readonly Block[]) => pairs.map(({ blockId }) => blockId);

describe("a leader's second block for a slot", () => {
  /** The newest, which no other votes for here. */
  const first = blocks[19]!;
  const second = secondOf(first);

  it("is passed on, with the first one, by who sees both; a third is not, nor either of them again", () => {
    const validator = validatorAt(1);
    expect(relayed(step(validator, blockInput(second)))).toEqual(idsOf(first, second));
    expect(relayed(step(validator, blockInput(secondOf(first, "third"))))).toEqual([]);
    expect(relayed(step(validator, blockInput(second)))).toEqual([]);
  });

  it("is kept by the observer to itself", () => {
    expect(relayed(step(validatorAt(null), blockInput(second)))).toEqual([]);
  });

  /** The next slot that the validator leads on its head, which begins. */
  function leadNext(validator: Validator): { slot: number; effects: readonly Effect[] } {
    let slot = validator.slot + 1;
    const { bank } = validator.consensus.head();
    while (leaderAfter(chain, bank, slotOf(slot)).identity !== validator.identity.address) slot++;
    return { slot, effects: step(validator, slotInput(slot)) };
  }

  it("is told of again by who leads, with its own block, until enough stake stands on one of the two", () => {
    const validator = validatorAt(1);
    expect(relayed(leadNext(validator).effects)).toEqual([]);
    step(validator, blockInput(second));
    const { effects } = leadNext(validator);
    expect(effects.filter(({ type }) => type === "broadcast-block")).toHaveLength(1);
    expect(relayed(effects)).toEqual(idsOf(first, second));
    for (const node of validator.tree.slots.get(first.slot)!) {
      if (node.blockId === first.blockId) node.duplicate = "confirmed";
    }
    expect(relayed(leadNext(validator).effects)).toEqual([]);
  });

  it("of many slots, is told of four at a time, and in the next slot of others", () => {
    const validator = validatorAt(2);
    const firsts = blocks.slice(13, 19);
    for (const block of firsts) step(validator, blockInput(secondOf(block)));
    // As if nobody had voted for them yet.
    for (const { slot } of firsts) for (const node of validator.tree.slots.get(slot)!) node.duplicate = "unconfirmed";
    const told = new Set<string>();
    for (let turn = 0; turn < 6; turn++) {
      const ids = relayed(leadNext(validator).effects);
      expect(ids).toHaveLength(8);
      for (const blockId of ids) told.add(blockId);
    }
    expect(told).toEqual(new Set(firsts.flatMap((block) => idsOf(block, secondOf(block)))));
  });
});
