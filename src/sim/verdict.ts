/**
 * How a run ended, as its checkers judge it.
 *
 *     pass        every invariant held, and the chain lived on after the faults
 *     diverged    an invariant of safety was broken: two roots in conflict, a vote against a lockout, a coin too many …
 *     stalled     no new root in time after the faults had ended
 *     crashed     an assertion failed: our own mistake
 */
import type { Facts } from "../base/refusal.ts";

export type VerdictType = "pass" | "diverged" | "stalled" | "crashed";

/** The first thing that was wrong; null facts for a pass. */
export type Verdict =
  | { readonly type: "pass" }
  | {
      readonly type: Exclude<VerdictType, "pass">;
      /** Which checker, or "assertion". */
      readonly checker: string;
      readonly slot: number;
      /** The validator it was seen at, where it is one's. */
      readonly validator: number | null;
      /** One sentence. */
      readonly message: string;
      readonly facts: Facts;
    };
