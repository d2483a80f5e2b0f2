/**
 * What an honest validator may vote for, beyond its own lockouts: Tower BFT's two promises to the others.
 *
 *  - Threshold: it does not go deeper into a fork than the others follow. With nine votes in its stack, the lowest of the
 *    upper nine must have more than 2/3 of the stake above it, unless its lockout does not grow.
 *  - Switch: it leaves the fork of its last vote only when more than 38 % of the stake voted for others.
 *
 *     stack 1 2 3 4 5 6 7 8 9      1 is eight deep: 2/3 must have voted for 1 or above
 *     last vote 9, next 10 on a fork from 7: 38 % must have voted for what is neither below nor above 9
 *
 * The stake is counted from above, from every vote that anybody has sent by now: what not even all of them together give,
 * no validator can have seen.
 */
import type { Hash } from "../../chain/ids.ts";
import type { Vote } from "../../consensus/vote.ts";
import { addBallot, type Ballots, createBallots, stakeAtMost, stakesOf } from "./ballots.ts";
import type { Checker, CheckerContext } from "./checker.ts";
import { ancestorAtSlot, type SeenBlock } from "./chronicle.ts";

const checker = "forks";
const thresholdDepth = 8;
const switchPercent = 38n;

type Sent = { readonly vote: Vote; readonly seen: SeenBlock };

export function createForksChecker(context: CheckerContext): Checker {
  const { chronicle, accuse } = context;
  const ballots: Ballots = createBallots();
  /** By validator, what it voted for since the newest root, oldest first. */
  const sent = new Map<number, Sent[]>();

  function checkThreshold(node: number, vote: Vote, seen: SeenBlock, before: Vote | null): void {
    const { votes } = vote.tower;
    const deep = votes.at(-1 - thresholdDepth);
    if (deep === undefined) return;
    const isOld = before?.tower.votes.some(
      ({ slot, confirmationCount }) => slot === deep.slot && confirmationCount === deep.confirmationCount,
    );
    const ancestor = ancestorAtSlot(chronicle, seen, deep.slot);
    if (isOld || ancestor === null) return;
    const table = stakesOf(seen);
    if (table === null) return;
    const above = ballots.above.get(ancestor.blockId);
    const stake = stakeAtMost(context, table, (each) => above?.has(each) ?? false);
    if (stake * 3n > table.total * 2n) return;
    const facts = { slot: vote.slot, deepSlot: deep.slot, deepBlockId: ancestor.blockId, stake, total: table.total };
    accuse({ checker, validator: node, message: "it went deeper into a fork than two thirds followed", facts });
  }

  function checkSwitch(node: number, vote: Vote, seen: SeenBlock, last: Sent): void {
    if (isAncestor(last.seen, seen)) return;
    const table = stakesOf(seen);
    if (table === null) return;
    const stake = stakeAtMost(context, table, (each) => each !== node && votedElsewhere(each, last.seen));
    if (stake * 100n > table.total * switchPercent) return;
    const facts = {
      slot: vote.slot,
      blockId: vote.blockId,
      lastSlot: last.seen.slot,
      lastBlockId: last.seen.blockId,
      stake,
      total: table.total,
    };
    accuse({ checker, validator: node, message: "it left its fork, and too few had voted for others", facts });
  }

  function votedElsewhere(node: number, last: SeenBlock): boolean {
    return (sent.get(node) ?? []).some(({ seen }) => !isAncestor(seen, last) && !isAncestor(last, seen));
  }

  function isAncestor(ancestor: SeenBlock, of: SeenBlock): boolean {
    return ancestorAtSlot(chronicle, of, ancestor.slot) === ancestor;
  }

  return {
    name: checker,
    onEffect(node, effect) {
      if (effect.type !== "broadcast-vote") return;
      const { vote } = effect;
      const seen = chronicle.blocks.get(vote.blockId);
      if (seen === undefined) return;
      addBallot(ballots, chronicle, node, vote);
      const own = sent.get(node) ?? [];
      sent.set(node, own);
      const last = own.at(-1) ?? null;
      if (last?.vote.slot === vote.slot && last.vote.blockId === vote.blockId) return;
      if (!chronicle.forgetful.has(node)) {
        checkThreshold(node, vote, seen, last?.vote ?? null);
        if (last !== null) checkSwitch(node, vote, seen, last);
      }
      own.push({ vote, seen });
    },
    /** What lies below the newest root is settled; only the last vote still matters. */
    onSlot() {
      const { newestRoot } = chronicle;
      for (const [node, own] of sent) {
        const first = own.findIndex(({ seen }) => seen.slot > newestRoot.slot);
        const from = first === -1 ? own.length - 1 : first;
        if (from > 64) sent.set(node, own.slice(from));
      }
      forget(ballots, (blockId) => (chronicle.blocks.get(blockId)?.slot ?? 0) < newestRoot.slot);
    },
  };
}

const ballotsKept = 1024;

function forget({ above, direct }: Ballots, isOld: (blockId: Hash) => boolean): void {
  for (const sets of [above, direct]) {
    if (sets.size < ballotsKept) continue;
    for (const blockId of sets.keys()) if (isOld(blockId)) sets.delete(blockId);
  }
}
