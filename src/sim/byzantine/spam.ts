/**
 * Each slot, beside all that is honest, rubbish: what every limit and every check of the others is there for.
 *
 *     blocks         its own signature under an invented state, in a slot of somebody else's or with a parent that is none
 *     votes          old ones of its own, once more
 *     requests       for blocks it has, and for blocks that never were
 *     transactions   by payers who have nothing
 */

import { createTransaction } from "../../chain/create-transaction.ts";
import { type Hash, hashOf, slotOf } from "../../chain/ids.ts";
import { createTransferInstruction } from "../../chain/transfer-instruction.ts";
import type { Vote } from "../../consensus/vote.ts";
import { signBlock } from "./forge.ts";
import type { Deed, Strategy, StrategyContext } from "./strategy.ts";

const votesKeptMax = 16;
/** Of each kind, each slot. */
const piecesPerSlot = 4;

type Memory = { readonly votes: Vote[] };

export const spam: Strategy<Memory> = {
  createMemory: () => ({ votes: [] }),
  act(context, memory, input, effects) {
    for (const effect of effects) if (effect.type === "broadcast-vote") memory.votes.push(effect.vote);
    memory.votes.splice(0, memory.votes.length - votesKeptMax);
    if (input.type !== "slot") return effects;
    const rubbish: Deed[] = [];
    for (let piece = 0; piece < piecesPerSlot; piece++) {
      rubbish.push(...junkBlock(context), junkRequest(context), junkTransaction(context));
      if (memory.votes.length > 0) rubbish.push({ type: "broadcast-vote", vote: context.random.pick(memory.votes) });
    }
    return [...effects, ...rubbish];
  },
};

function drawHash({ random }: StrategyContext): Hash {
  return hashOf(random.bytes(32));
}

function junkBlock(context: StrategyContext): readonly Deed[] {
  const { validator, random, others } = context;
  const { block } = validator.consensus.head();
  if (block === null) return [];
  const isOrphan = random.chance(1, 2);
  const content = {
    ...block,
    slot: slotOf(block.slot + random.below(4)),
    ...(isOrphan ? { parentId: drawHash(context) } : {}),
    leader: validator.identity.address,
    stateHash: drawHash(context),
  };
  const forged = signBlock(validator, content, block.blockhash);
  return [{ type: "send", to: others, message: { type: "block", block: forged, from: validator.identity.address } }];
}

function junkRequest(context: StrategyContext): Deed {
  const { validator, random, others } = context;
  const blockId = random.chance(1, 2) ? validator.head : drawHash(context);
  const message = { type: "block-request", blockId, above: slotOf(0), from: validator.identity.address } as const;
  return { type: "send", to: [random.pick(others)], message };
}

function junkTransaction({ validator, random, others }: StrategyContext): Deed {
  const { signatures } = validator.chain.crypto;
  const payer = signatures.createKeypair(random.bytes(32));
  const transaction = createTransaction({
    scheme: signatures,
    feePayer: payer,
    recentBlockhash: validator.consensus.head().bank.blockhash,
    instructions: [createTransferInstruction(payer.address, validator.identity.address, 1n)],
  });
  return { type: "send", to: [random.pick(others)], message: { type: "transactions", transactions: [transaction] } };
}
