/**
 * Deliberate mistakes in the protocol, as data: a piece of one source file and what stands there instead, which checker
 * must notice, and within how many seeds of the campaign (seeds 0, 1, 2 …).
 *
 *     lockouts.ts   confirmationCount + 1  ->  confirmationCount          votes: within 1 seed
 *
 * docs/simulator.md shows the table; a test holds the two together.
 */
import { type CampaignRun, drawCampaignRun } from "../../src/sim/campaign-draw.ts";
import type { StrategyName, TimedFault } from "../../src/sim/faults.ts";
import type { Patch } from "./campaign-bundle.ts";

export type PlantedBug = {
  readonly name: string;
  /** What it does wrong, in a few words. */
  readonly what: string;
  readonly patches: readonly Patch[];
  /** The checker that notices it first. */
  readonly caughtBy: string;
  /** So many seeds, from 0 on, are enough; or this one run, where faults drawn at random seldom ask the question. */
  readonly play: number | CampaignRun;
  /** Runs in `npm test`, not only in the long tests. */
  readonly isFast: boolean;
};

const chain = (file: string) => `src/chain/${file}`;
const consensus = (file: string) => `src/consensus/${file}`;

function directed(name: string, faults: readonly TimedFault[], stakes: readonly number[]): CampaignRun {
  return {
    seed: name,
    stakes,
    conditions: { latencyMs: [5, 20] },
    faults: [...faults, { slot: 40, fault: { type: "heal" } }],
    healSlot: 40,
    recoverWithin: 400,
    transactionsPercent: 40,
  };
}

/** Ten of 1000, and one that acts by a strategy from slot 4 to the end. */
function underAttackBy(strategy: StrategyName, stake: number): CampaignRun {
  const faults = [{ slot: 4, fault: { type: "misbehave", validator: 10, strategy } }] as const;
  return directed(`under attack by ${strategy}`, faults, [...Array(10).fill(1000), stake]);
}

/**
 * Four of eleven (36 %) stay away from slot 6 to 40; the others are parted for three slots into 36 % and 27 %. When they
 * meet again neither side has seen 38 % elsewhere, so that neither may leave its fork until the four are back.
 */
const tooFewToSwitch = directed(
  "too few to switch",
  [
    ...[0, 1, 2, 3].map((validator): TimedFault => ({ slot: 6, fault: { type: "kill", validator } })),
    {
      slot: 6,
      fault: {
        type: "partition",
        groups: [
          [4, 5, 6, 7],
          [8, 9, 10],
        ],
      },
    },
    { slot: 12, fault: { type: "heal" } },
    ...[0, 1, 2, 3].map((validator): TimedFault => ({ slot: 40, fault: { type: "restart", validator } })),
  ],
  Array(11).fill(1000),
);

/** Each of ten dies in the midst of writing, three times, and starts again two slots later. */
const tornWrites = directed(
  "torn writes",
  [0, 1, 2].flatMap((round) =>
    Array.from({ length: 10 }, (_, validator): TimedFault[] => {
      const slot = 5 + 11 * round + validator;
      return [
        { slot, fault: { type: "kill", validator, disk: "torn" } },
        { slot: slot + 2, fault: { type: "restart", validator } },
      ];
    })
      .flat()
      .sort((a, b) => a.slot - b.slot),
  ),
  Array(10).fill(1000),
);

/** One is away for 34 slots, and asks for all it missed when it is back. */
const longAway = directed(
  "long away",
  [
    { slot: 5, fault: { type: "kill", validator: 0 } },
    { slot: 39, fault: { type: "restart", validator: 0 } },
  ],
  Array(7).fill(1000),
);

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
    caughtBy: "round-trips",
    play: 1,
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
    play: 1,
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
    play: 10,
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
    play: 10,
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
    play: 10,
    isFast: false,
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
    play: tooFewToSwitch,
    isFast: true,
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
    play: 10,
    isFast: false,
  },
  {
    name: "confirmed-by-half",
    what: "a block is confirmed by half of the stake",
    patches: [
      {
        file: consensus("tower-bft.ts"),
        find: "compareStakes(node.support, this.#places.supermajorityOf(stakes)) > 0",
        replace: "stakeIn(node.support) * 2n > stakes.total",
      },
    ],
    caughtBy: "commitments",
    play: 10,
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
    play: 10,
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
    caughtBy: "fork-choice",
    play: 10,
    isFast: false,
  },
  {
    name: "latest-vote-counted-twice",
    what: "a vote's stake stays on the fork that its voter left",
    patches: [
      {
        file: consensus("fork-choice.ts"),
        find: "if (stakeBefore !== null) subtractStake(left.weight, stakeBefore);",
        replace: "",
      },
    ],
    caughtBy: "fork-choice",
    play: 10,
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
    play: 1,
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
    play: 1,
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
    play: 1,
    isFast: false,
  },
  {
    name: "status-cache-off-by-one",
    what: "what landed in the block after the blockhash's is forgotten, and may land again",
    patches: [
      {
        file: chain("landings.ts"),
        find: "landedAt > since && landedAt <= bank.height",
        replace: "landedAt > since + 1 && landedAt <= bank.height",
      },
    ],
    caughtBy: "transactions",
    play: 1,
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
    play: 1,
    isFast: false,
  },
  {
    name: "leader-not-checked",
    what: "whoever signs a block for a slot may have built it",
    patches: [
      {
        file: chain("apply-block.ts"),
        find: "if (leader !== expected) return refuse(",
        replace: "if (leader === null) return refuse(",
      },
    ],
    caughtBy: "leaders",
    play: underAttackBy("break-rules", 1500),
    isFast: false,
  },
  {
    name: "signature-not-checked",
    what: "a block counts for its leader whoever signed it",
    patches: [
      {
        file: chain("apply-block.ts"),
        find: "if (!chain.crypto.signatures.verify(signature, blockSignatureMessage(blockId), addressBytes(leader))) {",
        replace: "if (signature.length === 0) {",
      },
    ],
    caughtBy: "leaders",
    play: underAttackBy("break-rules", 1500),
    isFast: false,
  },
  {
    name: "poh-count-not-checked",
    what: "a tick may have any number of hashes",
    patches: [
      {
        file: chain("entry.ts"),
        find: "return block.hashesPerTick === 0 ? null : checkHashesPerTick(block);",
        replace: "return block.hashesPerTick >= 0 ? null : checkHashesPerTick(block);",
      },
    ],
    caughtBy: "poh",
    play: underAttackBy("break-rules", 1500),
    isFast: false,
  },
  {
    name: "poh-hash-not-checked",
    what: "entries are believed, not hashed again",
    patches: [
      {
        file: chain("apply-block.ts"),
        find: 'if (!verified.ok) return refuse("poh-hash-wrong"',
        replace: 'if (!verified.ok && slot < 0) return refuse("poh-hash-wrong"',
      },
    ],
    caughtBy: "poh",
    play: underAttackBy("break-rules", 1500),
    isFast: false,
  },
  {
    name: "punished-twice",
    what: "an offence convicts again and again",
    patches: [
      {
        file: "src/chain/programs/slashing.ts",
        find: "if (coveredTo !== null && offence.firstSlot <= coveredTo) {",
        replace: "if (coveredTo !== null && offence.firstSlot < 0) {",
      },
      {
        file: "src/validator/offences.ts",
        find: "return covered !== null && covered >= slot;",
        replace: "return covered !== null && slot < 0;",
      },
    ],
    caughtBy: "slashing",
    play: underAttackBy("equivocate", 1000),
    isFast: false,
  },
  {
    name: "punished-though-innocent",
    what: "a lockout is thought to bind one slot longer, and honest voters are convicted",
    patches: [
      {
        file: chain("slashing/lockout-violation.ts"),
        find: "const until = lastLockedOutSlot(vote);",
        replace: "const until = lastLockedOutSlot(vote) + 1;",
      },
    ],
    caughtBy: "slashing",
    play: 10,
    isFast: false,
  },
  {
    name: "convicted-not-jailed",
    what: "the stake of the convicted goes on to count",
    patches: [
      {
        file: chain("epoch-boundary.ts"),
        find: "if (vote !== undefined && !jailed.has(voteAccount))",
        replace: "if (vote !== undefined && jailed.size >= 0)",
      },
    ],
    caughtBy: "stakes",
    play: underAttackBy("equivocate", 1000),
    isFast: false,
  },
  {
    name: "duplicates-not-treated",
    what: "both blocks of an equivocating leader may be followed",
    patches: [
      {
        file: consensus("duplicates.ts"),
        find: 'for (const node of marked) node.duplicate = "unconfirmed";',
        replace: "marked.length = 0;",
      },
    ],
    caughtBy: "fork-choice",
    play: underAttackBy("equivocate", 1000),
    isFast: false,
  },
  {
    name: "duplicates-not-told",
    what: "who sees two blocks of a leader keeps it to himself",
    patches: [
      {
        file: "src/validator/relay.ts",
        find: "if (voteAccount === null || others.length > 1) return [];",
        replace: "if (voteAccount !== others) return [];",
      },
      { file: "src/validator/relay.ts", find: "const slotsToldMax = 4;", replace: "const slotsToldMax = 0;" },
    ],
    caughtBy: "liveness",
    // Half of the stake follows a block whose second version it never sees.
    play: drawCampaignRun("2421"),
    isFast: false,
  },
  {
    name: "answers-without-limit",
    what: "a peer that asks is sent all the blocks there are",
    patches: [
      {
        file: "src/validator/catch-up.ts",
        find: "block !== undefined && blocks.length < catchUpLimits.blocksPerAnswerMax;",
        replace: "block !== undefined;",
      },
    ],
    caughtBy: "bounds",
    play: longAway,
    isFast: false,
  },
  {
    name: "torn-tower-believed",
    what: "a tower whose record was cut is taken for whole",
    patches: [
      {
        file: "src/sim/disk.ts",
        find: "if (!equalBytes(reader.bytes(checksumLength), sha256(written).subarray(0, checksumLength))) return null;",
        replace:
          "if (reader.bytes(checksumLength).length !== sha256(written).subarray(0, checksumLength).length) return null;",
      },
    ],
    caughtBy: "votes",
    play: tornWrites,
    isFast: false,
  },
  {
    name: "tower-forgotten",
    what: "a validator starts again with an empty tower",
    patches: [
      {
        file: "src/sim/disk.ts",
        find: "return newer(records[0]!, records[1]!)?.tower ?? null;",
        replace: "return records.length === 0 ? (newer(records[0]!, records[1]!)?.tower ?? null) : null;",
      },
    ],
    caughtBy: "votes",
    play: 10,
    isFast: true,
  },
  {
    name: "commission-forgotten",
    what: "commissions are paid and not counted as minted",
    patches: [{ file: chain("reckon-rewards.ts"), find: "opening.minted += lamports;", replace: "" }],
    caughtBy: "assertion",
    play: 1,
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
    caughtBy: "leaders",
    play: 1,
    isFast: false,
  },
];

/** The runs of their own that these bugs are caught in, each once. */
export function directedRunsOf(bugs: readonly PlantedBug[]): readonly CampaignRun[] {
  const runs = bugs.flatMap(({ play }) => (typeof play === "number" ? [] : [[play.seed, play] as const]));
  return [...new Map(runs).values()];
}

/** Directed runs are named by what they are about, drawn ones by a number. */
const describeRun = ({ seed }: CampaignRun) => (/^\d+$/.test(seed) ? `seed ${seed}` : seed);

/** The table as docs/simulator.md shows it. */
export function formatPlantedBugs(): string {
  const lines = plantedBugs.map(
    ({ name, what, caughtBy, play }) =>
      `| \`${name}\` | ${what} | ${caughtBy} | ${typeof play === "number" ? play : `one run: ${describeRun(play)}`} |`,
  );
  return ["| bug | what it does wrong | caught by | seeds |", "|---|---|---|---|", ...lines].join("\n");
}
