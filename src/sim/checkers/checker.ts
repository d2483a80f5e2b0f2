/**
 * What a checker is: it watches a cluster from outside and says what it saw that must not be.
 *
 *     cluster ──effects, blocks, faults, slots──> checker ──violation──> verdict
 *
 * A checker trusts nothing that the protocol computed: it reckons again by rules of its own, as slow and as plain as they
 * can be. It looks at what honest validators say and do; what a Byzantine one sends is only ever material.
 */
import type { Facts } from "../../base/refusal.ts";
import type { Chain } from "../../chain/chain.ts";
import type { Address, Slot } from "../../chain/ids.ts";
import type { Effect, Report } from "../../validator/contract.ts";
import type { Validator } from "../../validator/validator.ts";
import type { Fault } from "../faults.ts";
import type { Verdict } from "../verdict.ts";
import type { Chronicle, SeenBlock } from "./chronicle.ts";

export type Violation = Exclude<Verdict, { readonly type: "pass" }>;

export type WatchedNode = {
  readonly validator: Validator;
  readonly online: boolean;
  /** False while it acts by a Byzantine strategy. */
  readonly honest: boolean;
};

/** What happens in a cluster, to whoever listens. */
export type ClusterListener = {
  onEffect?(node: number, effect: Effect, nowMs: number): void;
  onReport?(node: number, report: Report): void;
  /** A slot is over. */
  onSlot?(slot: Slot): void;
  onFault?(fault: Fault): void;
  /** An assertion failed in a validator, and stopped it. */
  onCrash?(node: number, error: unknown): void;
};

/** As much of a cluster as checkers look at. */
export type WatchedCluster = {
  readonly chain: Chain;
  readonly nodes: readonly WatchedNode[];
  readonly observer: number;
  readonly slot: Slot;
};

export type CheckerContext = {
  readonly cluster: WatchedCluster;
  readonly chronicle: Chronicle;
  /** By node, as the run begins; null: an observer. A validator that rests after a loss has none for a while. */
  readonly voteAccounts: readonly (Address | null)[];
  /** Something is wrong: an invariant of safety is broken, unless said otherwise. */
  readonly accuse: (accusation: Accusation) => void;
};

export type Accusation = {
  readonly type?: Violation["type"];
  readonly checker: string;
  /** The slot it is about; the cluster's when left out. */
  readonly slot?: number;
  readonly validator: number | null;
  readonly message: string;
  readonly facts: Facts;
};

export interface Checker {
  readonly name: string;
  /** A block that an honest validator adopted, when the first one did. */
  onBlock?(seen: SeenBlock): void;
  /** Every honest validator that adopts a block, the first one too. */
  onAdopted?(node: number, seen: SeenBlock, report: Extract<Report, { type: "block-added" }>): void;
  /** A block became a root of some honest validator: each once, oldest first. */
  onRooted?(seen: SeenBlock): void;
  /** What an honest validator asks for, in the order in which it is carried out. */
  onEffect?(node: number, effect: Effect): void;
  onFault?(fault: Fault): void;
  onSlot?(slot: Slot): void;
  /** The run is over. */
  onEnd?(): void;
}
