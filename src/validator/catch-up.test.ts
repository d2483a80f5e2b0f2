import { describe, expect, it } from "vitest";
import { canonicalChain, createTestCluster, testCrypto } from "../../test/support/clusters.ts";
import type { Block } from "../chain/block.ts";
import { createChain } from "../chain/chain.ts";
import { type Address, hashOf, slotOf } from "../chain/ids.ts";
import { catchUpLimits } from "./catch-up.ts";
import type { Effect, Input } from "./contract.ts";
import { createSharedWork } from "./shared-work.ts";
import { step } from "./step.ts";
import { createValidator, type Validator } from "./validator.ts";

/** Seventy blocks, one a slot. */
const test = createTestCluster({ stakes: [3n, 2n, 2n] });
for (let slot = 1; slot <= 70; slot++) test.cluster.advanceSlot();
const blocks = canonicalChain(test);
const chain = createChain(test.network.genesis, testCrypto);
const work = createSharedWork(chain);
const stranger = testCrypto.signatures.createKeypair(new Uint8Array(32).fill(9)).address;
const blockAt = (slot: number) => blocks[slot - 1]!;
const range = (first: number, last: number) => blocks.slice(first - 1, last);
const slotInput = (slot: number): Input => ({ type: "slot", slot: slotOf(slot) });
const blockInput = (block: Block): Input => ({ type: "block", block, from: block.leader });

/** One that knows the blocks up to a slot; its clock shows slot 70. */
function observerAt(slot: number): Validator {
  const validator = createValidator({ chain, identity: test.network.observer, voteAccount: null, work });
  step(validator, slotInput(70));
  for (const block of range(1, slot)) step(validator, blockInput(block));
  return validator;
}

function requestsOf(effects: readonly Effect[]) {
  return effects.flatMap((effect) => (effect.type === "request-blocks" ? [effect] : []));
}

const asksFor = (effects: readonly Effect[], { blockId }: Block) =>
  requestsOf(effects).filter((request) => request.blockId === blockId);

/** Whoever was asked answers with these. */
function answer(validator: Validator, asked: Effect[] | readonly Effect[], given: readonly Block[], from?: Address) {
  const request = requestsOf(asked).at(-1)!;
  return step(validator, { type: "blocks", blockId: request.blockId, blocks: given, from: from ?? request.to });
}

describe("catching up", () => {
  it("asks for a block that was lost from a few slots below it, and goes on as soon as it comes", () => {
    const validator = observerAt(40);
    const asked = step(validator, blockInput(blockAt(42)));
    const above = 40 - catchUpLimits.slotsBelow;
    expect(requestsOf(asked)).toEqual([
      { type: "request-blocks", to: blockAt(42).leader, blockId: blockAt(41).blockId, above },
    ]);
    answer(validator, asked, range(above + 1, 41));
    expect(validator.consensus.head().slot).toBe(42);
    expect(validator.catchUp.wants.size).toBe(0);
  });

  it("goes on from where it got to, in the next slot too, without a root to begin from", () => {
    const validator = observerAt(0);
    const first = step(validator, blockInput(blockAt(70)));
    expect(requestsOf(first)).toMatchObject([{ blockId: blockAt(69).blockId, above: 0 }]);
    const second = answer(validator, first, range(1, 32));
    expect(requestsOf(second)).toMatchObject([{ blockId: blockAt(69).blockId, above: 32 }]);
    // No answer to that: another is asked for the same.
    const third = step(validator, slotInput(71));
    expect(requestsOf(third)).toMatchObject([{ blockId: blockAt(69).blockId, above: 32 }]);
    expect(requestsOf(third)[0]!.to).not.toBe(requestsOf(second)[0]!.to);
    const fourth = answer(validator, third, range(33, 64));
    answer(validator, fourth, range(65, 69));
    expect([validator.consensus.head().slot, validator.tree.root.slot]).toEqual([70, 0]);
  });

  it("begins at the root when an answer hangs in the air, once; and again in the next slot when somebody lied", () => {
    const validator = observerAt(40);
    const first = step(validator, blockInput(blockAt(70)));
    const second = answer(validator, first, range(50, 55));
    expect(asksFor(second, blockAt(69))).toMatchObject([{ above: 0 }]);
    // A liar says that it had got as far as 40, and sends what does not follow.
    const third = answer(validator, second, [blockAt(40)]);
    expect(asksFor(third, blockAt(69))).toMatchObject([{ above: 40 }]);
    expect(asksFor(answer(validator, third, range(60, 62)), blockAt(69))).toEqual([]);
    expect(asksFor(step(validator, slotInput(71)), blockAt(69))).toMatchObject([{ above: 0 }]);
  });

  it("heeds nobody that it did not ask", () => {
    const validator = observerAt(40);
    const asked = step(validator, blockInput(blockAt(70)));
    expect(answer(validator, asked, range(33, 45), stranger).filter(({ type }) => type === "request-blocks")).toEqual(
      [],
    );
    // The blocks were good all the same, and the one that was asked goes on from them.
    expect(validator.consensus.head().slot).toBe(45);
    expect(requestsOf(answer(validator, asked, range(33, 64)))).toMatchObject([{ above: 64 }]);
  });

  it("asks on for what was answered only: blocks that never were take none of its requests", () => {
    const validator = observerAt(0);
    const junk = hashOf(new Uint8Array(32).fill(7));
    const { identity } = test.network.validators[0]!;
    const want = { slotMax: slotOf(60), from: identity.address, by: identity.address };
    validator.catchUp.wants.set(junk, {
      ...want,
      above: slotOf(0),
      isGuess: true,
      isAdrift: false,
      to: blockAt(70).leader,
      askedIn: slotOf(70),
      asked: 3,
    });
    const first = step(validator, blockInput(blockAt(70)));
    const second = requestsOf(answer(validator, first, range(1, 32)));
    expect(second.map(({ blockId }) => blockId)).toEqual([blockAt(69).blockId]);
    // In a new slot, what was asked for in vain more often comes last.
    const again = requestsOf(step(validator, slotInput(71)));
    expect(again.map(({ blockId }) => blockId)).toEqual([blockAt(69).blockId, junk]);
  });
});
