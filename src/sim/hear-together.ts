/**
 * Votes that arrive one after another at the same instant, as they do after every block where links are alike: each validator
 * hears all of them before the next one hears any.
 *
 *     event by event           1: A B C D   2: A B C D   3: A B C D        N × N leaps from one validator's memory to another's
 *     validator by validator   A: 1 2 3     B: 1 2 3     C: 1 2 3          the same, and what follows is carried out as above
 *
 * Nothing that a validator does when it hears a vote reaches another one within the instant, so that the order between them
 * changes nothing: it asks for no more than reports, and these are told in the order of the events. What tells events
 * apart as they happen has them one by one: a listener to inputs, a slow or Byzantine node, one about to die, and a
 * cluster whose validators share no work.
 */
import { assert } from "../base/assert.ts";
import type { Vote } from "../consensus/vote.ts";
import type { Effect } from "../validator/contract.ts";
import { createHeardRun, hearVotes, type RunOutcome } from "../validator/heard-vote.ts";
import { carryOut } from "./carry-out.ts";
import { describeInput } from "./message.ts";
import { crash } from "./power.ts";
import { type ClusterEvent, type ClusterNode, record, type World } from "./world.ts";

/** A vote that reaches everybody but its sender at once. */
type VoteToAll = { readonly from: number; readonly vote: Vote };

/** What a node asks for, or how it fails, having heard the vote of an event. */
type Consequence = { readonly event: number; readonly node: number } & (
  | { readonly effects: readonly Effect[] }
  | { readonly error: unknown }
);

/** Does all that `first` begins, when it can be done so; else false, and nothing has happened. */
export function hearTogether(world: World, first: ClusterEvent): boolean {
  const { queue, state } = world;
  const vote = voteToAll(world, first);
  if (vote === null || !canHearTogether(world)) return false;
  const bySender = new Map([[vote.from, vote]]);
  for (let next = queue.peek(); next?.at === state.nowMs; next = queue.peek()) {
    const another = voteToAll(world, next.event);
    if (another === null || bySender.has(another.from)) break;
    bySender.set(another.from, another);
    queue.next(state.nowMs);
  }
  hear(world, [...bySender.values()]);
  return true;
}

function voteToAll({ others, indexOf }: World, event: ClusterEvent): VoteToAll | null {
  if (event.type !== "delivery" || event.input.type !== "vote") return null;
  const { vote } = event.input;
  const from = indexOf.get(vote.identity);
  return from === undefined || others[from] !== event.to ? null : { from, vote };
}

function canHearTogether({ work, listeners, state }: World): boolean {
  return work.isShared && listeners.every(({ onInput }) => onInput === undefined) && state.nodes.every(isPlain);
}

function isPlain({ strategy, delayMs, waiting, dying }: ClusterNode): boolean {
  return strategy === null && delayMs === 0 && waiting.length === 0 && dying === null;
}

function hear(world: World, votes: readonly VoteToAll[]): void {
  const { chain, work, others, state } = world;
  const ownVotes = new Map(votes.map(({ from }, event) => [from, event]));
  const run = createHeardRun(
    votes.map(({ vote }) => work.hear(vote)),
    chain,
  );
  const consequences: Consequence[] = [];
  // One for all who hear, who call it at once.
  let node = 0;
  const outcome: RunOutcome = {
    asks: (event, effects) => void consequences.push({ event, node, effects }),
    fails: (event, error) => void consequences.push({ event, node, error }),
  };
  for (; node < state.nodes.length; node++) {
    const { validator, online } = state.nodes[node]!;
    if (online) hearVotes(validator, run, ownVotes.get(node) ?? -1, outcome);
  }
  consequences.sort((a, b) => a.event - b.event || a.node - b.node);
  let next = 0;
  for (const [event, { from, vote }] of votes.entries()) {
    record(world, others[from]!, describeInput({ type: "vote", vote }));
    for (; consequences[next]?.event === event; next++) follow(world, consequences[next]!);
  }
}

function follow(world: World, consequence: Consequence): void {
  if ("error" in consequence) {
    crash(world, consequence.node, consequence.error);
    return;
  }
  // Else the others would have had to hear of it first.
  assert(
    consequence.effects.every(({ type }) => type === "report"),
    "a validator that hears a vote asks for nothing but reports",
  );
  carryOut(world, consequence.node, consequence.effects);
}
