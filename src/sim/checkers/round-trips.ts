/**
 * I13: what validators send survives its own bytes: decode(encode(x)) says what x said.
 *
 *     block -> bytes -> block      the same id, the same bytes again
 *     tower -> bytes -> tower      as the disk keeps it
 *     vote  -> its transaction's bytes -> vote      the same slot, block and tower
 */
import { equalBytes } from "../../base/bytes.ts";
import { type Block, decodeBlock, encodeBlock } from "../../chain/block.ts";
import { hashBytes } from "../../chain/ids.ts";
import { parseTransaction, verifyTransactionSignatures } from "../../chain/parse-transaction.ts";
import type { Tower } from "../../consensus/tower.ts";
import { decodeTower, encodeTower } from "../../consensus/tower-codec.ts";
import { parseVote, type Vote } from "../../consensus/vote.ts";
import type { Checker, CheckerContext } from "./checker.ts";

const checker = "round-trips";

/** @param sampleEvery of so many messages one is tried, chosen by its hash */
export function createRoundTripsChecker({ cluster, accuse }: CheckerContext, sampleEvery: number): Checker {
  const { params, genesisHash, crypto } = cluster.chain;

  function blockProblem(block: Block): string | null {
    const bytes = encodeBlock(block);
    const decoded = decodeBlock(bytes, params, genesisHash);
    if (!decoded.ok) return decoded.code;
    if (decoded.value.blockId !== block.blockId) return `it becomes block ${decoded.value.blockId}`;
    return equalBytes(encodeBlock(decoded.value), bytes) ? null : "its bytes change";
  }

  function voteProblem(vote: Vote): string | null {
    const parsed = parseTransaction(vote.transaction.bytes, params);
    if (!parsed.ok) return parsed.code;
    const verified = verifyTransactionSignatures(parsed.value, crypto.signatures);
    if (!verified.ok) return verified.code;
    const read = parseVote(verified.value);
    if (!read.ok) return read.code;
    return sayOf(read.value) === sayOf(vote) ? null : `it says ${sayOf(read.value)}, and said ${sayOf(vote)}`;
  }

  return {
    name: checker,
    onEffect(node, effect) {
      if (effect.type === "save-tower" && !isSameTower(effect.tower)) {
        const facts = { message: effect.type, slot: effect.tower.votes.at(-1)?.slot ?? null };
        accuse({ checker, validator: node, message: "a tower does not survive its own bytes", facts });
      }
      if (effect.type !== "broadcast-block" && effect.type !== "broadcast-vote") return;
      const hash = effect.type === "broadcast-block" ? effect.block.blockId : effect.vote.transaction.messageHash;
      if (hashBytes(hash)[1]! % sampleEvery !== 0) return;
      const problem = effect.type === "broadcast-block" ? blockProblem(effect.block) : voteProblem(effect.vote);
      if (problem === null) return;
      const facts = { message: effect.type, hash, problem };
      accuse({ checker, validator: node, message: "a message does not survive its own bytes", facts });
    },
  };
}

function isSameTower(tower: Tower): boolean {
  const bytes = encodeTower(tower);
  const decoded = decodeTower(bytes);
  return decoded.ok && equalBytes(encodeTower(decoded.value), bytes) && decoded.value.root === tower.root;
}

function sayOf({ voteAccount, identity, authorizedVoter, slot, blockId, tower }: Vote): string {
  const votes = tower.votes.map((vote) => `${vote.slot}:${vote.confirmationCount}`).join(" ");
  return `${voteAccount} ${identity} ${authorizedVoter} ${slot} ${blockId} root ${tower.root ?? "none"} ${votes}`;
}
