/** What a scenario promises beside what was found. Without a verdict of its own it promises a pass. */
import type { ScenarioFigures } from "./run-scenario.ts";
import type { PlannedExpectation, ScenarioPlan } from "./scenario-plan.ts";
import type { Verdict } from "./verdict.ts";

export type Promised = {
  /** As a sentence. */
  readonly text: string;
  readonly kept: boolean;
  readonly found: string;
};

export type Found = {
  readonly verdict: Verdict;
  readonly figures: ScenarioFigures;
  readonly finalizedBySlot: readonly number[];
};

export function judgePromises({ expectations, network }: ScenarioPlan, found: Found): readonly Promised[] {
  const nameOf = (index: number) => network.validators[index]?.name ?? `#${index}`;
  const stated = expectations.map((expectation) => judge(expectation, found, nameOf));
  const saysVerdict = expectations.some(({ verdict }) => verdict !== undefined);
  return saysVerdict ? stated : [judge({ verdict: "pass" }, found, nameOf), ...stated];
}

function judge(expectation: PlannedExpectation, found: Found, nameOf: (index: number) => string): Promised {
  const { verdict, figures, finalizedBySlot } = found;
  if (expectation.verdict !== undefined) {
    return promised(
      `the verdict is ${expectation.verdict}`,
      verdict.type === expectation.verdict,
      describeVerdict(verdict),
    );
  }
  if (expectation.recovers !== undefined) {
    const { from, within } = expectation.recovers;
    const text = `every honest validator has a new root within ${within} slots of slot ${from}`;
    return promised(text, verdict.type !== "stalled" && figures.slots >= from, describeVerdict(verdict));
  }
  if (expectation.finalized !== undefined) {
    const { by, ...bounds } = expectation.finalized;
    const value = by === undefined ? figures.finalizedSlot : (finalizedBySlot[by - 1] ?? null);
    return within(`the newest final slot${by === undefined ? "" : ` by slot ${by}`}`, bounds, value);
  }
  if (expectation.convicted !== undefined) {
    const names = (indices: readonly number[]) => (indices.length === 0 ? "nobody" : indices.map(nameOf).join(", "));
    const wanted = expectation.convicted.toSorted((a, b) => a - b);
    const kept = wanted.join() === figures.convicted.join();
    return promised(`convicted: ${names(wanted)}`, kept, names(figures.convicted));
  }
  if (expectation.skippedPercent !== undefined) {
    const percent = Math.round((100 * figures.skippedSlots) / Math.max(1, figures.slots));
    return within("percent of slots without a block", expectation.skippedPercent, percent);
  }
  if (expectation.finalityLag !== undefined) {
    return within("slots from a block to its finality, at the most", expectation.finalityLag, figures.finalityLagMax);
  }
  if (expectation.orphanedBlocks !== undefined) {
    return within("blocks on no fork that won", expectation.orphanedBlocks, figures.orphanedBlocks);
  }
  return within(
    "blocks that the observer left at once, at the most",
    expectation.reorgDepth ?? {},
    figures.reorgDepthMax,
  );
}

function promised(text: string, kept: boolean, found: string): Promised {
  return { text, kept, found };
}

type Bounds = { readonly atLeast?: number | undefined; readonly atMost?: number | undefined };

function within(what: string, { atLeast, atMost }: Bounds, value: number | null): Promised {
  const limits = [atLeast === undefined ? "" : `at least ${atLeast}`, atMost === undefined ? "" : `at most ${atMost}`];
  const text = `${what}: ${limits.filter((limit) => limit !== "").join(", ") || "anything"}`;
  const kept = value !== null && value >= (atLeast ?? value) && value <= (atMost ?? value);
  return promised(text, kept, value === null ? "none" : String(value));
}

export function describeVerdict(verdict: Verdict): string {
  if (verdict.type === "pass") return "pass";
  const where = verdict.validator === null ? "" : `, validator ${verdict.validator}`;
  return `${verdict.type} in slot ${verdict.slot}${where}: ${verdict.checker}: ${verdict.message}`;
}
