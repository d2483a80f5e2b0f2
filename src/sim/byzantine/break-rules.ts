/**
 * Blocks that break exactly one rule each, and are right in everything else: what every check of a block is there for.
 *
 *     slot of somebody else's   its own block there, under its own name; or under the leader's, with its own signature
 *     slot of its own           instead of its own block, one with a hash too few a tick; or with fewer than it says
 *
 * Where one of them were adopted, replay would find nothing wrong with it.
 */
import type { Block } from "../../chain/block.ts";
import type { Chain } from "../../chain/chain.ts";
import type { PohKernel } from "../../chain/crypto.ts";
import type { Address, Hash, Slot } from "../../chain/ids.ts";
import { leaderAfter } from "../../chain/leaders.ts";
import { produceBlock } from "../../chain/produce-block.ts";
import { nodeAt } from "../../consensus/block-tree.ts";
import type { Validator } from "../../validator/validator.ts";
import type { Deed, Strategy, StrategyContext } from "./strategy.ts";

export const breakRules: Strategy = {
  createMemory: () => null,
  act(context, _memory, input, effects) {
    const deeds = effects.flatMap((effect): readonly Deed[] =>
      effect.type === "broadcast-block" ? toAll(context, spoil(context, effect.block)) : [effect],
    );
    return input.type === "slot" ? [...deeds, ...usurp(context, input.slot)] : deeds;
  },
};

function toAll({ validator, others }: StrategyContext, block: Block | null): readonly Deed[] {
  if (block === null) return [];
  return [{ type: "send", to: others, message: { type: "block", block, from: validator.identity.address } }];
}

/** A block in a slot that is another's. */
function usurp(context: StrategyContext, slot: Slot): readonly Deed[] {
  const { validator, random } = context;
  const head = validator.consensus.head();
  const inItsName = random.chance(1, 2);
  if (head.slot >= slot) return [];
  const leader = leaderAfter(validator.chain, head.bank, slot).identity;
  if (leader === validator.identity.address) return [];
  return toAll(
    context,
    build(validator, validator.chain, { parentId: head.blockId, slot, name: inItsName ? leader : null }),
  );
}

/** Its own block, empty, by a clock that runs wrong. */
function spoil({ validator, random }: StrategyContext, block: Block): Block | null {
  const { chain } = validator;
  const { hashesPerTick } = chain.params;
  const isShort = random.chance(1, 2);
  if (hashesPerTick < 3) return null;
  const wrong: Chain = isShort
    ? { ...chain, params: { ...chain.params, hashesPerTick: hashesPerTick - 1 } }
    : { ...chain, crypto: { ...chain.crypto, poh: lazily(chain.crypto.poh) } };
  return build(validator, wrong, { parentId: block.parentId, slot: block.slot, name: null });
}

/** Hashes one less than it is asked for. */
function lazily(poh: PohKernel): PohKernel {
  return { ...poh, hashChain: (start, count) => poh.hashChain(start, Math.max(0, count - 1)) };
}

/** An empty block, by the rules of `chain`; in another's name when one is given, though never with that one's signature. */
function build(
  { identity, tree }: Validator,
  chain: Chain,
  { parentId, slot, name }: { readonly parentId: Hash; readonly slot: Slot; readonly name: Address | null },
): Block | null {
  const parent = nodeAt(tree, parentId);
  if (parent === null) return null;
  const signer = name === null ? identity : { ...identity, address: name };
  return produceBlock(chain, parent.bank, slot, signer, []).block;
}
