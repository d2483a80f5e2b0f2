/** The public face of the package: these names are stable. */

export type { Refusal } from "./base/refusal.ts";
export { formatRefusal } from "./base/refusal.ts";
export type { Block } from "./chain/block.ts";
export { decodeBlock, encodeBlock } from "./chain/block.ts";
export { computeLeaderSchedule } from "./chain/compute-leader-schedule.ts";
export type { Genesis } from "./chain/genesis.ts";
export { formatGenesis, parseGenesis } from "./chain/genesis-text.ts";
export type { Address, Epoch, Hash, Lamports, Signature, Slot } from "./chain/ids.ts";
export { explainDraw } from "./chain/leader-schedule.ts";
export type { ChainParams, LeaderPolicy, ProfileName } from "./chain/params.ts";
export { createParams, profiles } from "./chain/params.ts";
export { computeTutorialLeaders } from "./chain/tutorial-leaders.ts";
export type { ChainVerification, VerifyChainResult } from "./chain/verify-chain.ts";
export { ChainVerifier, verifyChain } from "./chain/verify-chain.ts";
export { verifyEntries } from "./chain/verify-entries.ts";
export type { DevnetEvents, DevnetOptions, SlotSummary } from "./host/devnet.ts";
export { createDevnet, Devnet, DevnetError } from "./host/devnet.ts";
export { computeFairness } from "./sim/fairness.ts";
export type { ValidatorPlan } from "./sim/network.ts";
export { parseStakesFile } from "./sim/stakes-file.ts";
export { chiSquareTest, wilsonInterval } from "./sim/statistics.ts";
