/**
 * The randomised campaign at length: 10,000 seeds over all cores. `ESCAPEMENT_SEEDS` names another number, or a range
 * ("20000..30000"); `ESCAPEMENT_SHARD` a part of it ("1/4"), for several machines.
 */
import { availableParallelism } from "node:os";
import { describe, expect, it } from "vitest";
import type { CampaignResult } from "../../src/sim/campaign.ts";
import { describeFailure, playSeeds } from "../support/campaign-bundle.ts";

const [from, to] = rangeOf(process.env.ESCAPEMENT_SEEDS ?? "10000");
const shard = process.env.ESCAPEMENT_SHARD ?? "1/1";

function rangeOf(text: string): readonly [number, number] {
  const [first, last] = text.split("..").map(Number);
  return last === undefined ? [0, first!] : [first!, last];
}

describe(`the campaign of seeds ${from} to ${to}, shard ${shard}`, () => {
  it("neither diverges, nor stalls after the heal, nor crashes", { timeout: 6 * 3_600_000 }, async () => {
    const started = Date.now();
    const failures: CampaignResult[] = [];
    let count = 0;
    let slowest = 0;
    await playSeeds({ from, to, shard, processes: availableParallelism() }, (result) => {
      count++;
      slowest = Math.max(slowest, result.recoverySlots ?? 0);
      if (result.verdict.type !== "pass") {
        failures.push(result);
        process.stderr.write(`${describeFailure(result)}\n`);
      }
      if (count % 100 === 0) {
        const rate = Math.round(count / ((Date.now() - started) / 60_000));
        process.stderr.write(`${count} seeds, ${failures.length} failed, ${rate} a minute, slowest ${slowest} slots\n`);
      }
    });
    expect(failures.map(describeFailure)).toEqual([]);
    expect(count).toBeGreaterThan(0);
  });
});
