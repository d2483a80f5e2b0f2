/**
 * All checkers together, outside the protocol's code and always on: they listen to a cluster and give its verdict.
 *
 *     const checkers = createCheckers(cluster);
 *     cluster.listen(checkers.listener);
 *     … faults …
 *     checkers.expectRecovery({ from: healSlot, within: 400 });
 *     while (checkers.recoveredAt() === null && checkers.violations.length === 0) cluster.advanceSlot();
 *     checkers.verdict()          pass, or the first thing that was wrong
 *
 *     roots I1 I3 · votes, proposals I2 · forks, fork-choice, commitments: what Tower BFT promises to others · leaders I4 · supply I5 · stakes I6 · transactions I7 · slashing I8 · replay I9
 *     poh I10 · liveness I11 · bounds I12 · round-trips I13
 */
import { createGenesisBank } from "../../chain/bank.ts";
import type { Report } from "../../validator/contract.ts";
import type { Verdict } from "../verdict.ts";
import { createBoundsChecker } from "./bounds.ts";
import type { Accusation, Checker, CheckerContext, ClusterListener, Violation, WatchedCluster } from "./checker.ts";
import { addSeen, type Chronicle, createChronicle } from "./chronicle.ts";
import { createCommitmentsChecker } from "./commitments.ts";
import { createForkChoiceChecker } from "./fork-choice.ts";
import { createForksChecker } from "./forks.ts";
import { createLeadersChecker } from "./leaders.ts";
import { createLivenessChecker, type Expectation } from "./liveness.ts";
import { createPohChecker } from "./poh.ts";
import { createProposalsChecker } from "./proposals.ts";
import { createReplayChecker } from "./replay.ts";
import { createRootsChecker } from "./roots.ts";
import { createRoundTripsChecker } from "./round-trips.ts";
import { createSlashingChecker } from "./slashing.ts";
import { createStakesChecker } from "./stakes.ts";
import { createSupplyChecker } from "./supply.ts";
import { createTransactionsChecker } from "./transactions.ts";
import { createVotesChecker } from "./votes.ts";

export type CheckersOptions = {
  /** Of so many blocks and messages one is replayed or decoded again; 16 when left out, 1 for all. */
  readonly sampleEvery?: number;
};

export type Checkers = {
  /** To be given to the cluster. */
  readonly listener: Required<ClusterListener>;
  readonly chronicle: Chronicle;
  /** In the order in which they were seen; the first so many. */
  readonly violations: readonly Violation[];
  /** From now on the cluster must come back. */
  expectRecovery(expectation: Expectation): void;
  /** The slot in which it had; null: not yet. */
  recoveredAt(): number | null;
  /** Pass, or the first violation. */
  verdict(): Verdict;
};

const violationsMax = 100;

export function createCheckers(cluster: WatchedCluster, { sampleEvery = 16 }: CheckersOptions = {}): Checkers {
  const chronicle = createChronicle(createGenesisBank(cluster.chain));
  const violations: Violation[] = [];
  const accuse = ({ type = "diverged", slot = cluster.slot, ...rest }: Accusation): void => {
    if (violations.length < violationsMax) violations.push({ type, slot, ...rest });
  };
  const voteAccounts = cluster.nodes.map(({ validator }) => validator.voteAccount);
  const context: CheckerContext = { cluster, chronicle, voteAccounts, accuse };
  const liveness = createLivenessChecker(context);
  const all: readonly Checker[] = [
    createRootsChecker(context, (seen) => {
      for (const checker of all) checker.onRooted?.(seen);
    }),
    createVotesChecker(context),
    createProposalsChecker(context),
    createForksChecker(context),
    createForkChoiceChecker(context),
    createCommitmentsChecker(context),
    createLeadersChecker(context),
    createSupplyChecker(context),
    createStakesChecker(context),
    createTransactionsChecker(context),
    createSlashingChecker(context),
    createReplayChecker(context, sampleEvery),
    createPohChecker(context),
    createBoundsChecker(context),
    createRoundTripsChecker(context, sampleEvery),
    liveness,
  ];
  return {
    listener: createListener(context, all),
    chronicle,
    violations,
    expectRecovery: (expectation) => liveness.expect(expectation),
    recoveredAt: () => liveness.recoveredAt(),
    verdict: () => violations[0] ?? { type: "pass" },
  };
}

function createListener(
  { cluster, chronicle, accuse }: CheckerContext,
  all: readonly Checker[],
): Required<ClusterListener> {
  const isHonest = (node: number) => {
    if (!chronicle.misbehaved.has(node) && cluster.nodes[node]?.honest === false) chronicle.misbehaved.add(node);
    return !chronicle.misbehaved.has(node);
  };
  const onAdopted = (node: number, report: Extract<Report, { type: "block-added" }>) => {
    const { seen, isNew } = addSeen(chronicle, report.bank, report.block);
    if (isNew) for (const checker of all) checker.onBlock?.(seen);
    for (const checker of all) checker.onAdopted?.(node, seen, report);
  };
  return {
    onEffect(node, effect) {
      if (!isHonest(node)) return;
      if (effect.type === "report" && effect.report.type === "block-added") onAdopted(node, effect.report);
      for (const checker of all) checker.onEffect?.(node, effect);
    },
    /** Reports are effects, and seen as such. */
    onReport() {},
    onSlot(slot) {
      for (const checker of all) checker.onSlot?.(slot);
    },
    onFault(fault) {
      if (fault.type === "misbehave" && fault.strategy !== null) chronicle.misbehaved.add(fault.validator);
      if (fault.type === "kill" && fault.disk === "lost") chronicle.forgetful.add(fault.validator);
      for (const checker of all) checker.onFault?.(fault);
    },
    onCrash(node, error) {
      if (!isHonest(node)) return;
      const message = error instanceof Error ? error.message : String(error);
      accuse({ type: "crashed", checker: "assertion", validator: node, message, facts: { slot: cluster.slot } });
    },
  };
}
