/**
 * A vote account's data, written over what was there: a vote changes a fifth of the bytes, and those have their place.
 *
 *     before   head  votes 31  root 7  voters  credits 5:900 6:40   time  zeros
 *     vote             ~~~        ~                          ~~     ~~             written; the rest is copied
 *
 * Where anything else differs, or the data was not written here, all of it is written anew.
 */
import { createBytePieces } from "../base/byte-pieces.ts";
import {
  encodedVotesOf,
  encodeVoteState,
  isSameHead,
  voteStateSizes as sizes,
  type VoteState,
  voteAccountBytes,
  writtenStates,
} from "./vote-state.ts";
import { VoteStateCursor } from "./vote-state-cursor.ts";

/** Encodes a state that is about to be read again, over the account's `data`; the bytes must not be changed by anybody. */
export function encodeSharedVoteState(state: VoteState, data: Uint8Array): Uint8Array {
  const before = writtenStates.get(data);
  const bytes =
    before !== undefined && isSameButForVotes(before, state) ? encodeOver(data, state) : encodeVoteState(state);
  writtenStates.set(bytes, state);
  return bytes;
}

/** Whether what differs has its place already: nearly always, as each vote roots one and adds one. */
function isSameButForVotes(before: VoteState, state: VoteState): boolean {
  const { votes, rootSlot, authorizedVoters, epochCredits } = state;
  if (before.votes.length !== votes.length || before.epochCredits.length !== epochCredits.length) return false;
  if ((before.rootSlot === null) !== (rootSlot === null) || before.authorizedVoters !== authorizedVoters) return false;
  for (let i = 0; i < epochCredits.length - 1; i++) if (before.epochCredits[i] !== epochCredits[i]) return false;
  return isSameHead(before, state);
}

/** Data of one slot's voters goes when they vote again; of one who falls silent it keeps a piece of eight. */
const accountPieces = createBytePieces(8 * voteAccountBytes);

function encodeOver(data: Uint8Array, state: VoteState): Uint8Array {
  const { votes, rootSlot, authorizedVoters, epochCredits, lastTimestamp } = state;
  const bytes = accountPieces.copy(data);
  accountPieces.keep();
  const cursor = new VoteStateCursor(bytes);
  cursor.skip(sizes.head + (state.blsPubkey === null ? 0 : sizes.blsPubkey) + sizes.count);
  cursor.writeBytes(encodedVotesOf(votes));
  cursor.skip(1);
  if (rootSlot !== null) cursor.writeCount(rootSlot);
  cursor.skip(sizes.count + sizes.voter * authorizedVoters.length + sizes.count);
  const credits = epochCredits.at(-1);
  if (credits !== undefined) {
    cursor.skip(sizes.credits * (epochCredits.length - 1));
    cursor.writeCount(credits.epoch);
    cursor.writeCount(credits.credits);
    cursor.writeCount(credits.previousCredits);
  }
  cursor.writeCount(lastTimestamp.slot);
  cursor.writeI64(lastTimestamp.timestamp);
  return bytes;
}
