/**
 * Who may sign votes, and from when on somebody else may.
 *
 *     changed in epoch 4:   | 3: alice | 4: alice | 5 | 6: bob |      bob signs from epoch 6 on
 *     again in epoch 4:     refused, 6 has its voter (TooSoonToReauthorize); in epoch 5 it is 7's turn
 *
 * The epoch after the next is the first whose leader schedule is not drawn yet: whoever reads the stakes of an epoch
 * knows from its beginning who signs in it. Source: Solana's vote program, `set_new_authorized_voter`; SIMD-0185.
 */
import { type Address, type Epoch, epochOf } from "./ids.ts";
import type { AuthorizedVoter, VoteState } from "./vote-state.ts";

/**
 * The first epoch of a voter who is named in `epoch`: one after that whose leader schedule is being prepared, which is
 * the next on this chain (Solana's Clock calls it `leader_schedule_epoch`).
 */
export function firstEpochOfNewVoter(epoch: Epoch): Epoch {
  const leaderScheduleEpoch = epoch + 1;
  return epochOf(leaderScheduleEpoch + 1);
}

/** The state with `voter` from that epoch on; null when the epoch has its voter already. */
export function setAuthorizedVoter(state: VoteState, voter: Address, currentEpoch: Epoch): VoteState | null {
  const epoch = firstEpochOfNewVoter(currentEpoch);
  if (state.authorizedVoters.some((entry) => entry.epoch === epoch)) return null;
  const isBefore = (entry: AuthorizedVoter) => entry.epoch < epoch;
  const { authorizedVoters } = state;
  const place = authorizedVoters.filter(isBefore).length;
  return { ...state, authorizedVoters: authorizedVoters.toSpliced(place, 0, { epoch, voter }) };
}
