/**
 * Deliberate mistakes in the protocol, as data: a piece of one source file and what stands there instead, which checker
 * must notice, and within how many seeds of the campaign (seeds 0, 1, 2 …).
 *
 *     lockouts.ts   confirmationCount + 1  ->  confirmationCount          votes: within 1 seed
 *
 * docs/simulator.md shows the table; a test holds the two together.
 */
import type { Patch } from "./campaign-bundle.ts";

export type PlantedBug = {
  readonly name: string;
  /** What it does wrong, in a few words. */
  readonly what: string;
  readonly patches: readonly Patch[];
  /** The checker that notices it first. */
  readonly caughtBy: string;
  /** So many seeds, from 0 on, are enough. */
  readonly seeds: number;
  /** Runs in `npm test`, not only in the long tests. */
  readonly isFast: boolean;
};

const chain = (file: string) => `src/chain/${file}`;
const consensus = (file: string) => `src/consensus/${file}`;

export const plantedBugs: readonly PlantedBug[] = [
  {
    name: "lockout-not-doubled",
    what: "a vote's lockout does not grow as votes are put on top",
    patches: [
      {
        file: chain("lockouts.ts"),
        find: "if (index === depth - 1 || depth > index + vote.confirmationCount) {",
        replace: "if (index === depth - 1) {",
      },
    ],
    caughtBy: "votes",
    seeds: 1,
    isFast: true,
  },
  {
    name: "root-too-early",
    what: "the oldest of 30 votes becomes the root",
    patches: [
      {
        file: chain("lockouts.ts"),
        find: "const isFull = standing === lockoutHistoryMax;",
        replace: "const isFull = standing === lockoutHistoryMax - 1;",
      },
    ],
    caughtBy: "votes",
    seeds: 1,
    isFast: true,
  },
  {
    name: "threshold-two-thirds-to-half",
    what: "a lockout deepens where half of the stake stands, not two thirds",
    patches: [
      {
        file: consensus("threshold.ts"),
        find: "{ depth: thresholdDepth, numerator: 2n, denominator: 3n }",
        replace: "{ depth: thresholdDepth, numerator: 1n, denominator: 2n }",
      },
    ],
    caughtBy: "forks",
    seeds: 20,
    isFast: false,
  },
  {
    name: "threshold-depth-off-by-one",
    what: "the threshold is checked 9 votes deep",
    patches: [
      {
        file: consensus("threshold.ts"),
        find: "after[after.length - 1 - depth]",
        replace: "after[after.length - 2 - depth]",
      },
    ],
    caughtBy: "forks",
    seeds: 20,
    isFast: false,
  },
  {
    name: "threshold-missing",
    what: "no threshold check at all",
    patches: [
      {
        file: consensus("threshold.ts"),
        find: "if (stakeSeen * denominator > total * numerator) return",
        replace: "if (stakeSeen >= 0n) return",
      },
    ],
    caughtBy: "forks",
    seeds: 20,
    isFast: true,
  },
  {
    name: "switch-check-missing",
    what: "a validator leaves its fork for any heavier one",
    patches: [
      {
        file: consensus("switch-threshold.ts"),
        find: "const type = stakeSeen * 100n > total * switchThresholdPercent ?",
        replace: "const type = stakeSeen >= 0n ?",
      },
    ],
    caughtBy: "forks",
    seeds: 20,
    isFast: true,
  },
  {
    name: "switch-own-fork-counted",
    what: "votes on the own fork count as votes for others",
    patches: [
      {
        file: consensus("switch-threshold.ts"),
        find: "if (isAncestorOf(lastVoted, candidate) || isAncestorOf(candidate, lastVoted)) return false;",
        replace: "",
      },
    ],
    caughtBy: "forks",
    seeds: 40,
    isFast: false,
  },
  {
    name: "lockout-ignored",
    what: "a vote is allowed against a lockout that stands",
    patches: [
      {
        file: consensus("tower-bft.ts"),
        find: 'if (lockout !== null) return { type: "hold"',
        replace: 'if (lockout !== null && slot <= lastVoted) return { type: "hold"',
      },
    ],
    caughtBy: "votes",
    seeds: 20,
    isFast: true,
  },
  {
    name: "confirmed-by-half",
    what: "a block is confirmed by half of the stake",
    patches: [
      {
        file: consensus("tower-bft.ts"),
        find: "if (node.support > stakes.supermajority && node.slot > memory.confirmed.slot) {",
        replace: "if (node.support * 2n > stakes.total && node.slot > memory.confirmed.slot) {",
      },
    ],
    caughtBy: "commitments",
    seeds: 20,
    isFast: true,
  },
  {
    name: "finalized-by-half",
    what: "a block is final under the roots of half of the stake",
    patches: [
      {
        file: consensus("tower-bft.ts"),
        find: "if (stake > stakes.supermajority) return entry.slot;",
        replace: "if (stake * 2n > stakes.total) return entry.slot;",
      },
    ],
    caughtBy: "commitments",
    seeds: 20,
    isFast: false,
  },
  {
    name: "tie-by-arrival",
    what: "of two children of one weight the one that came first is followed",
    patches: [
      {
        file: consensus("block-tree.ts"),
        find: "parent.children.sort((a, b) => a.slot - b.slot || compareHashes(a.blockId, b.blockId));",
        replace: "",
      },
    ],
    caughtBy: "liveness",
    seeds: 40,
    isFast: false,
  },
  {
    name: "latest-vote-counted-twice",
    what: "a vote's stake stays on the fork that its voter left",
    patches: [{ file: consensus("fork-choice.ts"), find: "left.weight -= stakeBefore;", replace: "" }],
    caughtBy: "liveness",
    seeds: 40,
    isFast: false,
  },
  {
    name: "vote-before-durable",
    what: "a vote is sent before its tower is saved",
    patches: [
      {
        file: "src/validator/voting.ts",
        find: '{ type: "save-tower", tower: validator.tower },\n    { type: "broadcast-vote", vote },',
        replace: '{ type: "broadcast-vote", vote },\n    { type: "save-tower", tower: validator.tower },',
      },
    ],
    caughtBy: "votes",
    seeds: 1,
    isFast: true,
  },
  {
    name: "supply-leak",
    what: "one lamport of every block's fees is neither burned nor paid",
    patches: [
      {
        file: chain("bank.ts"),
        find: "const burned = postBalance === null ? fees : burnedShare;",
        replace: "const burned = postBalance === null ? fees : burnedShare + 1n;",
      },
      {
        file: chain("bank.ts"),
        find: "const postBalance = depositRevenue(overlay, into, fees - burnedShare, chain.params);",
        replace: "const postBalance = depositRevenue(overlay, into, fees - burnedShare - 1n, chain.params);",
      },
    ],
    caughtBy: "supply",
    seeds: 1,
    isFast: true,
  },
  {
    name: "reward-rounded-up",
    what: "every share of an epoch's pot is rounded up",
    patches: [
      {
        file: chain("rewards.ts"),
        find: "staker: (rewards * (full - bps)) / full, isSplit",
        replace: "staker: (rewards * (full - bps) + full - 1n) / full, isSplit",
      },
    ],
    caughtBy: "supply",
    seeds: 1,
    isFast: true,
  },
  {
    name: "status-cache-off-by-one",
    what: "what landed in the block after the blockhash's is forgotten, and may land again",
    patches: [
      {
        file: chain("bank.ts"),
        find: "bank.recentBlocks[i]!.height > since; i--",
        replace: "bank.recentBlocks[i]!.height > since + 1; i--",
      },
    ],
    caughtBy: "transactions",
    seeds: 1,
    isFast: false,
  },
  {
    name: "stake-table-stale",
    what: "an epoch goes on with the stakes of the one before",
    patches: [
      {
        file: chain("epoch-boundary.ts"),
        find: "const table = counted.entries.length > 0 ? counted : newestOf(stakeTables);",
        replace: "const table = counted.entries.length === 0 ? counted : newestOf(stakeTables);",
      },
    ],
    caughtBy: "stakes",
    seeds: 1,
    isFast: false,
  },
  {
    name: "commission-forgotten",
    what: "commissions are paid and not counted as minted",
    patches: [{ file: chain("reckon-rewards.ts"), find: "opening.minted += lamports;", replace: "" }],
    caughtBy: "assertion",
    seeds: 1,
    isFast: false,
  },
  {
    name: "leads-next-slot",
    what: "a validator builds in the slot before its own",
    patches: [
      {
        file: "src/validator/slots.ts",
        find: "const leader = leaderAfter(validator.chain, parent, slot);",
        replace: "const leader = leaderAfter(validator.chain, parent, slotOf(slot + 1));",
      },
      {
        file: "src/validator/slots.ts",
        find: "import type { Slot }",
        replace: "import { slotOf, type Slot }",
      },
    ],
    caughtBy: "assertion",
    seeds: 1,
    isFast: false,
  },
];

/** The table as docs/simulator.md shows it. */
export function formatPlantedBugs(): string {
  const lines = plantedBugs.map(
    ({ name, what, caughtBy, seeds }) => `| \`${name}\` | ${what} | ${caughtBy} | ${seeds} |`,
  );
  return ["| bug | what it does wrong | caught by | seeds |", "|---|---|---|---|", ...lines].join("\n");
}
