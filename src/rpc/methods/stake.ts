/** What stake says: how much of it stands behind a block, and how much is needed to delegate. */
import { accountAt } from "../../chain/accounts-tree.ts";
import type { Slot } from "../../chain/ids.ts";
import { lockoutHistoryMax } from "../../chain/lockouts.ts";
import { decodeVoteState } from "../../chain/vote-state.ts";
import { answered } from "../errors.ts";
import { answerInContext, bankFor, contextConfig, method, required, slotSchema } from "../params.ts";

export const getStakeMinimumDelegation = method([contextConfig], ([config], view) => {
  const bank = bankFor(view, config);
  return bank.ok ? answerInContext(view, bank.value, view.chain.params.stakeMinimumDelegation) : bank;
});

/**
 * Stake by the depth of the votes for a block, as the newest bank knows them: how much has voted for it or a descendant
 * with the lockout of one confirmation, of two, … and at the end how much has rooted it. Null for a block that is not, or
 * no longer, on the newest fork's record, and for one without votes.
 */
export const getBlockCommitment = method([required("slot", slotSchema)], ([slot], view) => {
  const bank = view.bank("processed");
  const table = bank.stakeTables.get(bank.epoch);
  const totalStake = table?.total ?? 0n;
  if (!bank.recentBlocks.some((block) => block.slot === slot)) return answered({ commitment: null, totalStake });
  const commitment: bigint[] = Array(lockoutHistoryMax + 1).fill(0n);
  for (const { voteAccount, stake } of table?.entries ?? []) {
    const account = accountAt(bank.accounts, voteAccount);
    const depth = account === null ? null : depthOf(slot, account.data);
    if (depth !== null) commitment[depth] = (commitment[depth] ?? 0n) + stake;
  }
  return answered({ commitment: commitment.some((stake) => stake > 0n) ? commitment : null, totalStake });
});

/** Of the oldest vote that covers the slot; null when none does. All recent blocks stand on the votes' own fork. */
function depthOf(slot: Slot, data: Uint8Array): number | null {
  const state = decodeVoteState(data);
  if (state === null) return null;
  if (state.rootSlot !== null && slot <= state.rootSlot) return lockoutHistoryMax;
  const vote = state.votes.find((landed) => landed.slot >= slot);
  return vote === undefined ? null : vote.confirmationCount - 1;
}
