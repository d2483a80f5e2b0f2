/**
 * The least that still fails: a run's faults, made fewer as long as the same thing goes wrong.
 *
 *     12 faults ──> halves, quarters … without which it still fails are left away ──> 2 faults
 *
 * Delta debugging: parts of the list are taken out, larger ones first, until no single fault can go. Then faults come as
 * late as they can do without, which is left to people. Deterministic, and bounded in tries.
 *
 * Source: Zeller and Hildebrandt, "Simplifying and Isolating Failure-Inducing Input" (ddmin).
 */
import type { Crypto } from "../chain/crypto.ts";
import type { TimedFault } from "./faults.ts";
import { faultsOf, runScenario, type ScenarioResult } from "./run-scenario.ts";
import type { ScenarioFile } from "./scenario.ts";
import { type ScenarioPlan, timelineEntryOf } from "./scenario-plan.ts";

export type ShrinkOptions = {
  readonly crypto: Crypto;
  readonly triesMax?: number;
  /** Told of each try: faults left, and whether it still fails. */
  readonly onTry?: (tries: number, faults: number, fails: boolean) => void;
};

export type Shrunk =
  | { readonly type: "passes"; readonly result: ScenarioResult }
  | {
      readonly type: "shrunk";
      /** A scenario with these faults alone, which still fails under the seed. */
      readonly file: ScenarioFile;
      readonly before: number;
      readonly after: number;
      readonly tries: number;
      readonly result: ScenarioResult;
    };

const triesStandard = 400;

export function shrinkScenario(plan: ScenarioPlan, seed: string, options: ShrinkOptions): Shrunk {
  const { crypto, triesMax = triesStandard, onTry = () => {} } = options;
  const all = faultsOf(plan, seed);
  const first = runScenario(plan, seed, { crypto, faults: all });
  if (first.ok) return { type: "passes", result: first };
  const wanted = failureOf(first);
  let tries = 0;
  let best = { faults: all, result: first };
  const fails = (faults: readonly TimedFault[]): boolean => {
    if (tries >= triesMax) return false;
    tries++;
    const result = runScenario(plan, seed, { crypto, faults });
    const isSame = failureOf(result) === wanted;
    if (isSame) best = { faults, result };
    onTry(tries, faults.length, isSame);
    return isSame;
  };
  if (!(all.length > 0 && fails([]))) reduce(all, fails);
  const { faults, result } = best;
  return {
    type: "shrunk",
    file: fileOf(plan, faults, result),
    before: all.length,
    after: faults.length,
    tries,
    result,
  };
}

/** What went wrong, so that another failure is not taken for it: the checker, or the first promise broken. */
function failureOf({ ok, verdict, promises }: ScenarioResult): string | null {
  if (ok) return null;
  if (verdict.type !== "pass") return `${verdict.type} ${verdict.checker}`;
  return promises.find(({ kept }) => !kept)?.text ?? null;
}

/** Leaves out part after part, of the list's length first and smaller ones then, as long as it still fails. */
function reduce(faults: readonly TimedFault[], fails: (faults: readonly TimedFault[]) => boolean): void {
  let left = faults;
  let parts = 2;
  while (left.length >= 2) {
    const length = Math.ceil(left.length / parts);
    let hasShrunk = false;
    for (let start = 0; start < left.length; start += length) {
      const without = [...left.slice(0, start), ...left.slice(start + length)];
      if (!fails(without)) continue;
      left = without;
      parts = Math.max(2, parts - 1);
      hasShrunk = true;
      break;
    }
    if (hasShrunk) continue;
    if (length === 1) return;
    parts = Math.min(left.length, 2 * parts);
  }
}

function fileOf(plan: ScenarioPlan, faults: readonly TimedFault[], result: ScenarioResult): ScenarioFile {
  const nameOf = (index: number) => plan.network.validators[index]?.name ?? index;
  const { random: _random, timeline: _timeline, ...file } = plan.file;
  const timeline = faults.map((fault) => timelineEntryOf(fault, nameOf));
  // What ended the run early needs no more slots; promises about later ones have nothing to say.
  const isEarly = result.verdict.type !== "pass" && result.figures.slots < plan.slots;
  const slots = isEarly ? result.figures.slots : plan.slots;
  const expectations = (file.expect ?? []).filter(({ recovers, finalized }) => {
    const by = recovers === undefined ? (finalized?.by ?? 1) : recovers.from + recovers.within;
    return by <= slots;
  });
  return { ...file, slots, timeline, expect: expectations } as ScenarioFile;
}
