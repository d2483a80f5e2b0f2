/** Every method there is, by its name on the wire. What is not here answers -32601. */
import type { RpcMethod } from "../params.ts";
import { getAccountInfo, getBalance, getMinimumBalanceForRentExemption, getMultipleAccounts } from "./accounts.ts";
import { getSignaturesForAddress } from "./address-history.ts";
import { getFeeForMessage, getLatestBlockhash, isBlockhashValid } from "./blockhashes.ts";
import { getBlock, getBlocks, getBlocksWithLimit, getBlockTime } from "./blocks.ts";
import { escapementExplainLeader, escapementGetBlocks } from "./chain-export.ts";
import { escapementExplainReward } from "./explain-reward.ts";
import { getInflationGovernor, getInflationRate, getInflationReward } from "./inflation.ts";
import { getBlockProduction, getLeaderSchedule, getSlotLeader, getSlotLeaders } from "./leaders.ts";
import {
  escapementGetGenesis,
  getAgGenesisCert,
  getClusterNodes,
  getFirstAvailableBlock,
  getGenesisHash,
  getHealth,
  getIdentity,
  getVersion,
  minimumLedgerSlot,
} from "./node.ts";
import { getRecentPerformanceSamples, getRecentPrioritizationFees } from "./performance.ts";
import { getLargestAccounts, getProgramAccounts } from "./program-accounts.ts";
import { getBlockHeight, getEpochInfo, getEpochSchedule, getSlot, getSupply, getTransactionCount } from "./slots.ts";
import { getBlockCommitment, getStakeMinimumDelegation } from "./stake.ts";
import { escapementGetStakeActivation } from "./stake-activation.ts";
import { requestAirdrop, sendTransaction, simulateTransaction } from "./submission.ts";
import { getSignatureStatuses, getTransaction } from "./transactions.ts";
import { getVoteAccounts } from "./vote-accounts.ts";

export const methods: ReadonlyMap<string, RpcMethod> = new Map(
  Object.entries({
    getAccountInfo,
    getAgGenesisCert,
    getBalance,
    getBlock,
    getBlockCommitment,
    getBlockHeight,
    getBlockProduction,
    getBlocks,
    getBlocksWithLimit,
    getBlockTime,
    getClusterNodes,
    getEpochInfo,
    getEpochSchedule,
    getFeeForMessage,
    getFirstAvailableBlock,
    getGenesisHash,
    getHealth,
    getIdentity,
    getInflationGovernor,
    getInflationRate,
    getInflationReward,
    getLargestAccounts,
    getLatestBlockhash,
    getLeaderSchedule,
    getMinimumBalanceForRentExemption,
    getMultipleAccounts,
    getProgramAccounts,
    getRecentPerformanceSamples,
    getRecentPrioritizationFees,
    getSignaturesForAddress,
    getSignatureStatuses,
    getSlot,
    getSlotLeader,
    getSlotLeaders,
    getStakeMinimumDelegation,
    getSupply,
    getTransaction,
    getTransactionCount,
    getVersion,
    getVoteAccounts,
    isBlockhashValid,
    minimumLedgerSlot,
    requestAirdrop,
    sendTransaction,
    simulateTransaction,
    escapement_explainLeader: escapementExplainLeader,
    escapement_explainReward: escapementExplainReward,
    escapement_getBlocks: escapementGetBlocks,
    escapement_getGenesis: escapementGetGenesis,
    escapement_getStakeActivation: escapementGetStakeActivation,
  }),
);
