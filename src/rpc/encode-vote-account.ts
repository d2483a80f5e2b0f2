/**
 * A vote account taken apart for `jsonParsed`, with the fields of version 4 and those of version 3 that clients still
 * read (the whole percent of commission; former voters, of which there are none).
 *
 * Source: agave, account-decoder parse_vote.
 */
import { encodeHex } from "../base/bytes.ts";
import type { Address } from "../chain/ids.ts";
import { commissionPercentOf, decodeVoteState, type VoteState } from "../chain/vote-state.ts";

/** Null for bytes that hold no vote state. */
export function encodeParsedVoteAccount(address: Address, data: Uint8Array): unknown {
  const state = decodeVoteState(data, address);
  if (state === null) return null;
  return { type: "vote", info: encodeVoteInfo(state) };
}

function encodeVoteInfo(state: VoteState) {
  return {
    nodePubkey: state.node,
    authorizedWithdrawer: state.authorizedWithdrawer,
    commission: commissionPercentOf(state.inflationRewardsCommissionBps),
    inflationRewardsCommissionBps: state.inflationRewardsCommissionBps,
    inflationRewardsCollector: state.inflationRewardsCollector,
    blockRevenueCollector: state.blockRevenueCollector,
    blockRevenueCommissionBps: state.blockRevenueCommissionBps,
    pendingDelegatorRewards: state.pendingDelegatorRewards.toString(),
    blsPubkeyCompressed: state.blsPubkey === null ? null : encodeHex(state.blsPubkey),
    votes: state.votes.map(({ latency, slot, confirmationCount }) => ({ latency, slot, confirmationCount })),
    rootSlot: state.rootSlot,
    authorizedVoters: state.authorizedVoters.map(({ epoch, voter }) => ({ epoch, authorizedVoter: voter })),
    priorVoters: [],
    epochCredits: state.epochCredits.map(({ epoch, credits, previousCredits }) => ({
      epoch,
      credits: String(credits),
      previousCredits: String(previousCredits),
    })),
    lastTimestamp: { slot: state.lastTimestamp.slot, timestamp: state.lastTimestamp.timestamp },
  };
}
