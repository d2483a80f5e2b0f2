/**
 * What a Byzantine validator is: the correct core, and a strategy between it and the world.
 *
 *     input ──hear──> step(core, input) ──effects──> act ──deeds──> network
 *
 * The core stays as honest as any: it replays, votes and builds by the shipping code. The strategy decides what it hears
 * and what the others get of what it says: nothing, something else, something signed with the same key for each of them,
 * or later. It draws from the stream it is handed and remembers in plain data, so that its run replays and rewinds.
 */
import type { Random } from "../../base/random.ts";
import type { Effect, Input } from "../../validator/contract.ts";
import type { Validator } from "../../validator/validator.ts";
import type { Message } from "../message.ts";

/** What it really does. */
export type Deed =
  | Effect
  /** A message to some members only, by their places in the cluster. */
  | { readonly type: "send"; readonly to: readonly number[]; readonly message: Message }
  | { readonly type: "later"; readonly afterMs: number; readonly deeds: readonly Deed[] };

export type StrategyContext = {
  /** The core, to look at. */
  readonly validator: Validator;
  /** Places of all other members of the cluster, the observer's among them. */
  readonly others: readonly number[];
  readonly random: Random;
  readonly nowMs: number;
  /** When its present slot ends. */
  readonly slotEndMs: number;
};

export type Strategy<Memory = unknown> = {
  createMemory(): Memory;
  /** What the core is told of an input; null: nothing. All of it when left out. */
  hear?(context: StrategyContext, memory: Memory, input: Input): Input | null;
  act(context: StrategyContext, memory: Memory, input: Input, effects: readonly Effect[]): readonly Deed[];
};
