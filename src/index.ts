/** The public face of the package: these names are stable. */

export type { Accepted, Facts, Outcome, Refusal } from "./base/refusal.ts";
export { formatRefusal } from "./base/refusal.ts";
export type { Bank, Supply } from "./chain/bank.ts";
export type { Block } from "./chain/block.ts";
export { decodeBlock, encodeBlock } from "./chain/block.ts";
export type { Chain } from "./chain/chain.ts";
export type { LeaderScheduleInput, LeaderScheduleResult } from "./chain/compute-leader-schedule.ts";
export { computeLeaderSchedule } from "./chain/compute-leader-schedule.ts";
export type { RewardsInput, RewardsVoteInput } from "./chain/compute-rewards.ts";
export { computeRewards } from "./chain/compute-rewards.ts";
export type { StakeActivationInput } from "./chain/compute-stake-activation.ts";
export { computeStakeActivation } from "./chain/compute-stake-activation.ts";
export type { Crypto, Keypair, PohKernel, SignatureScheme } from "./chain/crypto.ts";
export type { Genesis } from "./chain/genesis.ts";
export { formatGenesis, parseGenesis } from "./chain/genesis-text.ts";
export type { Address, Epoch, Hash, Lamports, Signature, Slot } from "./chain/ids.ts";
export type { InflationParams, InflationRates } from "./chain/inflation.ts";
export { computeInflation } from "./chain/inflation.ts";
export type { DrawExplanation } from "./chain/leader-schedule.ts";
export { explainDraw } from "./chain/leader-schedule.ts";
export type { ChainParams, LeaderPolicy, ProfileName } from "./chain/params.ts";
export { createParams, profiles } from "./chain/params.ts";
export type { RewardsResult, StakeRewardResult, VoteReward } from "./chain/rewards.ts";
export type { VoteAndBlock } from "./chain/slashing/create-evidence.ts";
export {
  createDuplicateBlockEvidence,
  createSubmitEvidenceInstruction,
  createVoteEvidence,
} from "./chain/slashing/create-evidence.ts";
export type { DuplicateBlockEvidence, Evidence, LockoutEvidence } from "./chain/slashing/evidence.ts";
export type { Conviction, Settlement, SlashingRecord } from "./chain/slashing/record.ts";
export { decodeSlashingRecord, slashingRecordAddress } from "./chain/slashing/record.ts";
export type { StakeActivation, StakeHistoryEntry } from "./chain/stake-activation.ts";
export type { StakeEntry } from "./chain/stake-table.ts";
export type { TutorialStake } from "./chain/tutorial-leaders.ts";
export { computeTutorialLeaders } from "./chain/tutorial-leaders.ts";
export type { ChainRefusal, ChainVerification, VerifyChainResult } from "./chain/verify-chain.ts";
export { ChainVerifier, verifyChain } from "./chain/verify-chain.ts";
export type { VerifyEntriesCode, VerifyEntriesInput, VerifyEntriesResult } from "./chain/verify-entries.ts";
export { verifyEntries } from "./chain/verify-entries.ts";
export type {
  AdvanceOptions,
  AdvanceUntilOptions,
  ClockPosition,
  DevnetEvents,
  DevnetOptions,
  ListenOptions,
  SlotSummary,
} from "./host/devnet.ts";
export { createDevnet, Devnet, DevnetError } from "./host/devnet.ts";
export type { SnapshotSummary } from "./host/devnet-snapshots.ts";
export { createNodeCrypto } from "./host/node-crypto.ts";
export type { StakingActions } from "./host/staking-actions.ts";
export type { Rpc } from "./rpc/dispatch.ts";
export type { NodeView } from "./rpc/node-view.ts";
export type { Subscriptions } from "./rpc/subscriptions.ts";
export type { Concentration } from "./sim/concentration.ts";
export { computeConcentration } from "./sim/concentration.ts";
export type { Distribution } from "./sim/distribution.ts";
export type { Fairness, StakeOfValidator, ValidatorFairness } from "./sim/fairness.ts";
export { computeFairness } from "./sim/fairness.ts";
export type { Fault, TimedFault } from "./sim/faults.ts";
export type { GenesisFile, GenesisFilePlan } from "./sim/genesis-file.ts";
export { parseGenesisFile } from "./sim/genesis-file.ts";
export type {
  AccountPlan,
  NetworkValidator,
  OwnerPlan,
  StakePlan,
  ValidatorPlan,
  ValidatorStatus,
} from "./sim/network.ts";
export type { ScenarioFigures, ScenarioOptions, ScenarioResult } from "./sim/run-scenario.ts";
export { runScenario } from "./sim/run-scenario.ts";
export type { Rate, RunStatistics, ValidatorStatistics } from "./sim/run-statistics.ts";
export type { ScenarioFile } from "./sim/scenario.ts";
export type { ScenarioEvent } from "./sim/scenario-events.ts";
export type { ScenarioPlan } from "./sim/scenario-plan.ts";
export { formatScenario, parseScenario, planScenario } from "./sim/scenario-plan.ts";
export type { Promised } from "./sim/scenario-promises.ts";
export type { StakesFile } from "./sim/stakes-file.ts";
export { parseStakesFile } from "./sim/stakes-file.ts";
export type { ChiSquareTest, Range } from "./sim/statistics.ts";
export { chiSquareTest, wilsonInterval } from "./sim/statistics.ts";
export type { Verdict } from "./sim/verdict.ts";
