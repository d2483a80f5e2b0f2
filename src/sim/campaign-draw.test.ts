import { describe, expect, it } from "vitest";
import { type CampaignRun, drawCampaignRun } from "./campaign-draw.ts";
import type { Fault, StrategyName } from "./faults.ts";

const runs = Array.from({ length: 400 }, (_, seed) => drawCampaignRun(String(seed)));

function shareOf({ stakes }: CampaignRun, validators: Iterable<number>): number {
  const total = stakes.reduce((sum, stake) => sum + stake, 0);
  return [...new Set(validators)].reduce((sum, validator) => sum + stakes[validator]!, 0) / total;
}

function misbehaving(run: CampaignRun, strategies: readonly StrategyName[] | null): number[] {
  return run.faults.flatMap(({ fault }) =>
    fault.type === "misbehave" && fault.strategy !== null && (strategies?.includes(fault.strategy) ?? true)
      ? [fault.validator]
      : [],
  );
}

const forgetful = (run: CampaignRun) =>
  run.faults.flatMap(({ fault }) => (fault.type === "kill" && fault.disk === "lost" ? [fault.validator] : []));

describe("a run of the campaign", () => {
  it("is the same for the same seed", () => {
    expect(drawCampaignRun("7")).toEqual(drawCampaignRun("7"));
    expect(drawCampaignRun("7")).not.toEqual({ ...drawCampaignRun("8"), seed: "7" });
  });

  it("stays within what Tower BFT tolerates: 4.66 % contradict themselves, 10 % equivocate, 20 % misbehave", () => {
    for (const run of runs) {
      const contradicting = [...misbehaving(run, ["vote-both-forks", "ignore-lockout"]), ...forgetful(run)];
      const equivocating = [...contradicting, ...misbehaving(run, ["equivocate"])];
      expect(shareOf(run, contradicting), run.seed).toBeLessThan(0.0466);
      expect(shareOf(run, equivocating), run.seed).toBeLessThan(0.1);
      expect(shareOf(run, [...equivocating, ...misbehaving(run, null)]), run.seed).toBeLessThan(0.2);
      expect(run.stakes.length).toBeGreaterThanOrEqual(7);
      expect(run.stakes.length).toBeLessThanOrEqual(13);
    }
  });

  it("has everybody back, and every clock right, by the heal", () => {
    for (const { faults, healSlot, seed } of runs) {
      const down = new Set<number>();
      const wrong = new Map<number, Fault>();
      for (const { slot, fault } of faults) {
        expect(slot, seed).toBeLessThanOrEqual(healSlot);
        if (fault.type === "kill") down.add(fault.validator);
        if (fault.type === "restart") down.delete(fault.validator);
        if (fault.type === "clock" || fault.type === "slow") wrong.set(fault.validator, fault);
      }
      expect([...down], seed).toEqual([]);
      for (const fault of wrong.values()) {
        if (fault.type === "clock") expect([fault.offsetMs, fault.driftPpm], seed).toEqual([0, 0]);
        if (fault.type === "slow") expect(fault.delayMs, seed).toBe(0);
      }
      expect(faults.filter(({ fault, slot }) => fault.type === "heal" && slot === healSlot).length).toBeGreaterThan(0);
      expect(faults.map(({ slot }) => slot)).toEqual(faults.map(({ slot }) => slot).sort((a, b) => a - b));
    }
  });

  it("draws every kind of fault, and every strategy, often enough", () => {
    const counts = new Map<string, number>();
    for (const { fault } of runs.flatMap(({ faults }) => faults)) {
      const kind =
        fault.type === "misbehave" ? `${fault.strategy}` : fault.type === "kill" ? `kill ${fault.disk}` : fault.type;
      counts.set(kind, (counts.get(kind) ?? 0) + 1);
    }
    const kinds = ["kill kept", "kill torn", "kill lost", "restart", "partition", "heal", "link", "slow", "clock"];
    const strategies = [
      "equivocate",
      "withhold",
      "censor",
      "delay",
      "vote-both-forks",
      "ignore-lockout",
      "spam",
      "break-rules",
    ];
    for (const kind of [...kinds, ...strategies]) expect(counts.get(kind) ?? 0, kind).toBeGreaterThan(15);
  });
});
