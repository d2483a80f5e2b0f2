/**
 * What only the holder of a key can make: second blocks for a slot, votes for forks its own tower forbids.
 *
 *     block 7 of the core   parent 6, votes                block 7'   parent 6, one transfer to itself
 *     tower of the core     1 2 3 5 6                      tower for the fork 1 2 4: just 1 2 4
 *
 * All of it is well formed and truly signed: others can tell only by comparing.
 */
import type { Random } from "../../base/random.ts";
import { type Block, type BlockContent, blockSignatureMessage, computeBlockId, lastHash } from "../../chain/block.ts";
import { createTransaction } from "../../chain/create-transaction.ts";
import { transactionCost } from "../../chain/fees.ts";
import type { Hash } from "../../chain/ids.ts";
import { type Candidate, produceBlock } from "../../chain/produce-block.ts";
import type { Transaction, Verified } from "../../chain/transaction.ts";
import { createTransferInstruction } from "../../chain/transfer-instruction.ts";
import { type BlockNode, nodeAt } from "../../consensus/block-tree.ts";
import { recordVote, type Tower } from "../../consensus/tower.ts";
import { createVote, type Vote } from "../../consensus/vote.ts";
import type { Validator } from "../../validator/validator.ts";

/** Another block of the same slot, parent and leader; null when it cannot be made to differ. */
export function forgeSecondBlock(validator: Validator, block: Block, random: Random): Block | null {
  const { chain, identity, tree } = validator;
  const parent = nodeAt(tree, block.parentId);
  if (parent === null) return null;
  const lamports = BigInt(1 + random.below(1_000_000));
  const transaction = createTransaction({
    scheme: chain.crypto.signatures,
    feePayer: identity,
    recentBlockhash: parent.bank.blockhash,
    instructions: [createTransferInstruction(identity.address, identity.address, lamports)],
  });
  const second = produceBlock(chain, parent.bank, block.slot, identity, candidatesOf(validator, transaction)).block;
  return second.blockId === block.blockId ? null : second;
}

function candidatesOf({ chain }: Validator, transaction: Verified<Transaction>): readonly Candidate[] {
  const cost = transactionCost(transaction, chain.params);
  return cost.type === "refused" ? [] : [{ transaction, computeUnitLimit: cost.computeUnitLimit }];
}

/** Whatever content it is given, under its true id and the validator's signature. */
export function signBlock({ chain, identity }: Validator, content: BlockContent, startHash: Hash): Block {
  const blockId = computeBlockId(content, chain.genesisHash);
  const signature = chain.crypto.signatures.sign(blockSignatureMessage(blockId), identity);
  return Object.freeze({ ...content, blockId, blockhash: lastHash(content.entries, startHash), signature });
}

/** A vote for the block by a tower that knows no other fork; null for an observer. */
export function forgeVote(validator: Validator, node: BlockNode): Vote | null {
  const { chain, identity, voteAccount } = validator;
  if (voteAccount === null || node.parent === null) return null;
  return createVote({
    scheme: chain.crypto.signatures,
    identity,
    voteAccount,
    tower: towerOf(node),
    blockId: node.blockId,
    recentBlockhash: node.bank.blockhash,
    timestamp: BigInt(node.bank.unixTimestamp),
  });
}

/** The tower of somebody who voted for each block on the way to this one, from the tree's root on. */
function towerOf(node: BlockNode): Tower {
  const path: BlockNode[] = [];
  let at = node;
  for (; at.parent !== null; at = at.parent) path.push(at);
  const start: Tower = { root: at.slot, rootBlockId: at.blockId, votes: [] };
  return path.reverse().reduce((tower, { slot, blockId }) => recordVote(tower, slot, blockId), start);
}
