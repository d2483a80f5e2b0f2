/**
 * I11: after the faults have ended, the chain lives on. From a slot on that the run names, within a number of slots that it
 * states, every honest validator roots a block that was built after that slot.
 *
 *     heal at 60, bound 200:   roots at 118    0: 70   1: 70   2: 64     recovered at 118
 *                              at slot 260     0: 55                     stalled
 */
import type { Hash } from "../../chain/ids.ts";
import type { Checker, CheckerContext } from "./checker.ts";

const checker = "liveness";

export type Expectation = {
  /** The slot in which the last fault ended. */
  readonly from: number;
  /** So many slots later all must have recovered. */
  readonly within: number;
  /** Transactions, by the hash of their message, that must be on the rooted chain by then. */
  readonly transactions?: readonly Hash[];
};

export type LivenessChecker = Checker & {
  /** From now on recovery is expected. */
  expect(expectation: Expectation): void;
  /** The slot in which everybody had recovered; null: not yet. */
  recoveredAt(): number | null;
};

export function createLivenessChecker({ cluster, chronicle, accuse }: CheckerContext): LivenessChecker {
  let expectation: Expectation | null = null;
  let recoveredAt: number | null = null;
  const missing = new Set<Hash>();

  /** The honest validators that run and have no root yet from after the faults. */
  function behind(from: number): number[] {
    return [...cluster.nodes.entries()]
      .filter(([node, { online, validator }]) => {
        return online && !chronicle.misbehaved.has(node) && validator.tree.root.slot <= from;
      })
      .map(([node]) => node);
  }

  return {
    name: checker,
    expect(next) {
      expectation = next;
      recoveredAt = null;
      missing.clear();
      for (const hash of next.transactions ?? []) missing.add(hash);
    },
    recoveredAt: () => recoveredAt,
    onRooted({ bank }) {
      for (const { transaction } of bank.results) missing.delete(transaction.messageHash);
    },
    onSlot(slot) {
      if (expectation === null || recoveredAt !== null || slot <= expectation.from) return;
      const { from, within } = expectation;
      const late = behind(from);
      if (late.length === 0 && missing.size === 0) {
        recoveredAt = slot;
        return;
      }
      if (slot < from + within) return;
      expectation = null;
      const [validator = null] = late;
      const facts = {
        from,
        within,
        behind: late.join(" "),
        roots: cluster.nodes.map(({ validator: { tree } }) => tree.root.slot).join(" "),
        heads: cluster.nodes.map((node) => node.validator.consensus.head().slot).join(" "),
        transactionsMissing: missing.size,
      };
      const message = late.length > 0 ? "no new root in time after the faults had ended" : "a transaction never landed";
      accuse({ type: "stalled", checker, validator, message, facts });
    },
  };
}
