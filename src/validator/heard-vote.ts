/**
 * A vote is heard: weighed, held against what its voter said before, and perhaps the one that confirms a block. The most
 * frequent of all inputs: N validators hear N votes each slot.
 *
 *     genuine?  ──>  consensus: fork choice, support  ──>  against the vote before: an offence?  ──>  report, if now confirmed
 */
import type { Chain } from "../chain/chain.ts";
import type { Vote } from "../consensus/vote.ts";
import { VoteRun } from "../consensus/vote-run.ts";
import type { WeighedVote } from "../consensus/weighed-vote.ts";
import { reportCommitments } from "./commitments.ts";
import { type Effect, noEffects } from "./contract.ts";
import { isOffence, noteVote } from "./offences.ts";
import type { Validator } from "./validator.ts";

/** A vote, and what is the same for all who hear it. */
export interface HeardVote {
  readonly weighed: WeighedVote;
  /** Its transaction is signed by its identity and says what the vote claims. */
  readonly isGenuine: boolean;
  /** Whether no tower can have cast this vote and the one before of its account. */
  breaksPromise(before: Vote): boolean;
}

/** Votes that come one after another to validators who share their work. */
export type HeardRun = { readonly heard: readonly HeardVote[]; readonly run: VoteRun | null };

export function createHeardRun(heard: readonly HeardVote[], chain: Chain): HeardRun {
  if (!heard.every(({ isGenuine }) => isGenuine)) return { heard, run: null };
  const weighed = heard.map((each) => each.weighed);
  const isPlain = (index: number, before: Vote) => !isOffence(chain, before, weighed[index]!.vote, heard[index]!);
  return { heard, run: new VoteRun(weighed, isPlain) };
}

export function hearVote(validator: Validator, heard: HeardVote): readonly Effect[] {
  if (!heard.isGenuine) return noEffects;
  const { consensus } = validator;
  const before = consensus.addWeighed(heard.weighed);
  noteVote(validator, before, heard.weighed.vote, heard);
  return consensus.confirmed().blockId === validator.confirmed ? noEffects : reportCommitments(validator);
}

/** What comes of a run for one validator, with the place of the vote in the run. */
export type RunOutcome = {
  asks(index: number, effects: readonly Effect[]): void;
  /** A mistake of ours: it heard nothing after that. */
  fails(index: number, error: unknown): void;
};

/**
 * All of a run but for the vote at `except` (-1: all), as if each had come by itself. In a run in which nobody does anything
 * unusual, all who know the same are done together.
 */
export function hearVotes(validator: Validator, { heard, run }: HeardRun, except: number, outcome: RunOutcome): void {
  const { consensus } = validator;
  let index = except === 0 ? 1 : 0;
  try {
    const isTold = consensus.confirmed().blockId === validator.confirmed;
    const confirmedBy = run === null || !isTold ? null : consensus.addRun(run, except);
    if (confirmedBy === -1) return;
    if (confirmedBy !== null) {
      outcome.asks(confirmedBy, reportCommitments(validator));
      return;
    }
    for (; index < heard.length; index++) {
      if (index === except) continue;
      const effects = hearVote(validator, heard[index]!);
      if (effects.length > 0) outcome.asks(index, effects);
    }
  } catch (error) {
    outcome.fails(index, error);
  }
}
