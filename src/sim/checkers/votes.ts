/**
 * I2: an honest validator's votes never contradict one another, over all its lives; and none is sent before the tower that
 * stands behind it is saved.
 *
 *     sent   2, 3, 4 (locked 2 until 10, 3 until 7, 4 until 6)
 *     next   5 on 3's fork, where 4 is no ancestor       diverged: 4 binds until 6
 *     next   9 on 2's fork                               fine: 3 and 4 have expired, 2 is an ancestor
 *
 * The stack of lockouts is reckoned here once more from the votes alone, in the words of the rule: every vote that has v
 * votes above it, itself among them, stands until its slot + 2^v, as long as nothing expired in between.
 */
import type { Hash } from "../../chain/ids.ts";
import type { Tower } from "../../consensus/tower.ts";
import type { Vote } from "../../consensus/vote.ts";
import type { Checker, CheckerContext } from "./checker.ts";
import { ancestryOf } from "./chronicle.ts";

const checker = "votes";

type Standing = { readonly slot: number; readonly confirmations: number };
type Stack = { readonly root: number | null; readonly votes: readonly Standing[] };

/** A block that a sent vote binds its voter to. */
type Lock = { readonly blockId: Hash; readonly slot: number; until: number };

/** What one key has said, and what its disk holds. */
type Record = {
  lastSent: { readonly slot: number; readonly blockId: Hash } | null;
  readonly locks: Map<Hash, Lock>;
  /** The newest tower that it wrote whole: what it starts from after a crash. */
  saved: Tower | null;
  /** The stack that its next vote stands on; null: its disk was lost, and it may start from anywhere. */
  base: Stack | null;
};

const historyMax = 31;

/** The stack after a vote on `slot`, by the rule of the vote program. */
export function stackAfter({ root, votes }: Stack, slot: number): Stack {
  const standing = [...votes];
  for (let top = standing.at(-1); top !== undefined && top.slot + 2 ** top.confirmations < slot; top = standing.at(-1))
    standing.pop();
  const rooted = standing.length === historyMax ? standing.shift() : undefined;
  standing.push({ slot, confirmations: 1 });
  const grown = standing.map(({ slot: at, confirmations }, index) => {
    const onTop = standing.length - index;
    return { slot: at, confirmations: onTop > confirmations ? confirmations + 1 : confirmations };
  });
  grown[grown.length - 1] = { slot, confirmations: 1 };
  return { root: rooted?.slot ?? root, votes: grown };
}

function stackOf(tower: {
  readonly root: number | null;
  readonly votes: Tower["votes"] | Vote["tower"]["votes"];
}): Stack {
  return {
    root: tower.root,
    votes: tower.votes.map(({ slot, confirmationCount }) => ({ slot, confirmations: confirmationCount })),
  };
}

/** `3:2 4:1 root 1` */
function formatStack({ root, votes }: Stack): string {
  const list = votes.map(({ slot, confirmations }) => `${slot}:${confirmations}`);
  return [...list, `root ${root ?? "none"}`].join(" ");
}

const empty: Stack = { root: null, votes: [] };

export function createVotesChecker({ cluster, chronicle, accuse }: CheckerContext): Checker {
  const records = new Map<number, Record>();

  function recordOf(node: number): Record {
    let record = records.get(node);
    if (record === undefined) {
      record = { lastSent: null, locks: new Map(), saved: null, base: empty };
      records.set(node, record);
    }
    return record;
  }

  function onVote(node: number, vote: Vote): void {
    const record = recordOf(node);
    const { slot, blockId } = vote;
    const told = formatStack(stackOf(vote.tower));
    checkSaved(node, vote, record.saved);
    // The same vote once more, with a younger blockhash, says nothing new.
    if (record.lastSent?.slot === slot && record.lastSent.blockId === blockId) return;
    if (record.lastSent !== null && slot <= record.lastSent.slot) {
      const { slot: lastSlot, blockId: lastBlockId } = record.lastSent;
      const facts = { slot, blockId, lastSlot, lastBlockId };
      accuse({ checker, validator: node, message: "it voted for a slot that is not newer than its last", facts });
    }
    // After a crash between writing and speaking, the vote that was written is spoken now.
    const isWritten = record.base?.votes.at(-1)?.slot === slot;
    const expected = record.base === null ? told : formatStack(isWritten ? record.base : stackAfter(record.base, slot));
    if (expected !== told) {
      const facts = { slot, told, expected };
      accuse({ checker, validator: node, message: "its lockouts are not those that its votes make", facts });
    }
    checkLocks(node, record, vote);
    record.base = stackOf(vote.tower);
    record.lastSent = { slot, blockId };
  }

  function checkSaved(node: number, vote: Vote, saved: Tower | null): void {
    const last = saved?.votes.at(-1);
    const isSaved =
      saved !== null &&
      last?.blockId === vote.blockId &&
      formatStack(stackOf(saved)) === formatStack(stackOf(vote.tower));
    if (isSaved) return;
    const facts = {
      slot: vote.slot,
      sent: formatStack(stackOf(vote.tower)),
      saved: saved === null ? null : formatStack(stackOf(saved)),
    };
    accuse({ checker, validator: node, message: "it sent a vote before the tower behind it was saved", facts });
  }

  /** Whatever it promised to stand by until this slot must be an ancestor of what it votes for. */
  function checkLocks(node: number, record: Record, vote: Vote): void {
    const { locks } = record;
    const seen = chronicle.blocks.get(vote.blockId);
    if (seen === undefined) {
      const facts = { slot: vote.slot, blockId: vote.blockId };
      accuse({ checker, validator: node, message: "it voted for a block that it never adopted", facts });
      return;
    }
    const ancestorAt = ancestryOf(chronicle, seen);
    // What descends from the newest root descends from all that is settled. Conflicts of roots are another checker's.
    const { newestRoot, rooted } = chronicle;
    const isOnRoot = rooted.has(vote.blockId) || ancestorAt(newestRoot.slot) === newestRoot;
    for (const [id, lock] of locks) {
      if (lock.until < vote.slot) {
        locks.delete(id);
        continue;
      }
      if (isOnRoot && lock.slot < newestRoot.slot && rooted.has(id)) continue;
      if (ancestorAt(lock.slot)?.blockId === id) continue;
      const facts = {
        slot: vote.slot,
        blockId: vote.blockId,
        lockedSlot: lock.slot,
        lockedBlockId: id,
        lockedUntil: lock.until,
      };
      accuse({ checker, validator: node, message: "it voted against its own lockout", facts });
    }
    for (const { slot, confirmationCount } of vote.tower.votes) {
      const ancestor = ancestorAt(slot);
      if (ancestor === null) continue;
      const until = slot + 2 ** confirmationCount;
      const lock = locks.get(ancestor.blockId);
      if (lock === undefined) locks.set(ancestor.blockId, { blockId: ancestor.blockId, slot, until });
      else if (lock.until < until) lock.until = until;
    }
  }

  return {
    name: checker,
    onEffect(node, effect) {
      if (cluster.nodes[node]?.validator.voteAccount == null) return;
      if (effect.type === "save-tower") {
        recordOf(node).saved = effect.tower;
      } else if (effect.type === "broadcast-vote") onVote(node, effect.vote);
    },
    onFault(fault) {
      if (fault.type === "kill" && fault.disk === "lost") {
        // Its promises are gone with its disk: the bound of a run counts it among the faulty.
        records.set(fault.validator, { lastSent: null, locks: new Map(), saved: null, base: null });
      } else if (fault.type === "restart") {
        const record = recordOf(fault.validator);
        if (record.saved !== null) record.base = stackOf(record.saved);
        else if (record.base !== null) record.base = empty;
      }
    },
  };
}
