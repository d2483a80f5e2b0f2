/**
 * The package's public face: the names promised to callers, and that whatever its functions take and give can be named
 * from outside (`npm run types` fails where a type is missing).
 */
import { expect, it } from "vitest";
import * as escapement from "../src/index.ts";

/** What each signature mentions. */
type NamedTypes = {
  createDevnet: [escapement.DevnetOptions, escapement.Devnet];
  listen: escapement.ListenOptions;
  events: [escapement.DevnetEvents, escapement.SlotSummary];
  members: [
    escapement.Chain,
    escapement.Genesis,
    escapement.Keypair,
    escapement.NetworkValidator,
    escapement.NodeView,
    escapement.Rpc,
    escapement.Subscriptions,
  ];
  computeLeaderSchedule: [escapement.LeaderScheduleInput, escapement.LeaderScheduleResult];
  computeTutorialLeaders: escapement.TutorialStake;
  verifyEntries: [escapement.VerifyEntriesInput, escapement.VerifyEntriesResult, escapement.VerifyEntriesCode];
  verifyChain: [escapement.VerifyChainResult, escapement.ChainRefusal, escapement.ChainVerification, escapement.Crypto];
  outcomes: [escapement.Outcome<escapement.Bank>, escapement.Accepted<escapement.Block>, escapement.Facts];
  fairness: [escapement.Fairness, escapement.StakeOfValidator, escapement.ChiSquareTest, escapement.Range];
  computeStakeActivation: [escapement.StakeActivationInput, escapement.StakeHistoryEntry, escapement.StakeActivation];
  computeInflation: [escapement.InflationParams, escapement.InflationRates];
  computeRewards: [
    escapement.RewardsInput,
    escapement.RewardsResult,
    escapement.StakeRewardResult,
    escapement.VoteReward,
  ];
  slashing: [escapement.Evidence, escapement.VoteAndBlock, escapement.SlashingRecord, escapement.Settlement];
  genesisFile: [escapement.GenesisFile, escapement.GenesisFilePlan, escapement.StakePlan, escapement.AccountPlan];
  world: [escapement.Fault, escapement.TimedFault, escapement.SnapshotSummary, escapement.ScenarioFile];
  runScenario: [
    escapement.ScenarioPlan,
    escapement.ScenarioOptions,
    escapement.ScenarioResult,
    escapement.ScenarioFigures,
    escapement.ScenarioEvent,
    escapement.Promised,
    escapement.Verdict,
  ];
  statistics: [
    escapement.RunStatistics,
    escapement.ValidatorStatistics,
    escapement.Distribution,
    escapement.Concentration,
    escapement.Rate,
  ];
  draws: [escapement.DrawExplanation, escapement.StakesFile, escapement.StakeEntry];
};

it("keeps the names that callers rely on", () => {
  const promised = [
    "computeConcentration",
    "computeInflation",
    "computeLeaderSchedule",
    "computeRewards",
    "computeStakeActivation",
    "computeTutorialLeaders",
    "createDevnet",
    "createNodeCrypto",
    "formatScenario",
    "parseScenario",
    "runScenario",
    "verifyChain",
    "verifyEntries",
  ];
  const named: Partial<NamedTypes> = {};
  expect(named).toEqual({});
  expect(Object.keys(escapement)).toEqual(expect.arrayContaining(promised));
});
