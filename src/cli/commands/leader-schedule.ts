/** `escapement leader-schedule`: a running devnet's, or one computed from a file of stakes. */
import * as v from "valibot";
import { computeLeaderSchedule } from "../../chain/compute-leader-schedule.ts";
import type { OutputFormat } from "../arguments.ts";
import { CommandFailure, UsageError } from "../failure.ts";
import { type OfflineLeaderOptions, readLeaderInputs, refuseOfflineFlags } from "../leader-inputs.ts";
import { print, printJson } from "../output.ts";
import { count, createRpcClient } from "../rpc-client.ts";
import { epochInfoSchema } from "./epoch-info.ts";

export type LeaderScheduleOptions = OfflineLeaderOptions & { readonly url: string; readonly output: OutputFormat };

export async function runLeaderSchedule(options: LeaderScheduleOptions): Promise<void> {
  const { stakes } = options;
  if (stakes !== undefined) printComputed({ ...options, stakes });
  else await printOnline(options);
}

function printComputed(options: LeaderScheduleOptions & { readonly stakes: string }): void {
  const { policy, epoch, slots, slotsPerRotation, firstSlot, stakes, seed } = readLeaderInputs(options);
  const input = { policy, epoch, stakes, slotsPerEpoch: slots, slotsPerRotation };
  const { rotations } = computeOrRefuse(() => computeLeaderSchedule(seed === undefined ? input : { ...input, seed }));
  if (options.output === "json") {
    printJson({ policy, epoch, slotsPerRotation, rotations });
    return;
  }
  const lines: string[] = [];
  for (const [rotation, voteAccount] of rotations.entries()) {
    const end = Math.min(slots, (rotation + 1) * slotsPerRotation);
    for (let slot = rotation * slotsPerRotation; slot < end; slot++) {
      lines.push(`  ${String(firstSlot + slot).padEnd(15)} ${voteAccount}`);
    }
  }
  print(lines.join("\n"));
}

/** The library says what is wrong with its input by throwing a TypeError or RangeError of one sentence. */
export function computeOrRefuse<T>(compute: () => T): T {
  try {
    return compute();
  } catch (error) {
    if (error instanceof TypeError || error instanceof RangeError) throw new UsageError(error.message);
    throw error;
  }
}

const epochScheduleSchema = v.object({
  slotsPerEpoch: count,
  warmup: v.boolean(),
  firstNormalEpoch: count,
  firstNormalSlot: count,
});
const scheduleSchema = v.nullable(v.record(v.string(), v.array(count)));

async function printOnline(options: LeaderScheduleOptions): Promise<void> {
  refuseOfflineFlags(options, ["policy", "slots", "slotsPerRotation", "seed"]);
  const client = createRpcClient(options.url);
  const now = await client.call("getEpochInfo", [{ commitment: "confirmed" }], epochInfoSchema);
  const schedule = await client.call("getEpochSchedule", [], epochScheduleSchema);
  const epoch = options.epoch ?? now.epoch;
  const firstSlot = firstSlotOfEpoch(schedule, epoch);
  const leaders = await client.call("getLeaderSchedule", [firstSlot, { commitment: "confirmed" }], scheduleSchema);
  if (leaders === null)
    throw new CommandFailure(`the leaders of epoch ${epoch} are not known; the chain is in epoch ${now.epoch}`);
  const leaderScheduleEntries = Object.entries(leaders)
    .flatMap(([leader, slots]) => slots.map((slot) => ({ slot: firstSlot + slot, leader })))
    .sort((a, b) => a.slot - b.slot);
  if (options.output === "json") printJson({ epoch, leaderScheduleEntries });
  else print(leaderScheduleEntries.map(({ slot, leader }) => `  ${String(slot).padEnd(15)} ${leader}`).join("\n"));
}

function firstSlotOfEpoch(schedule: v.InferOutput<typeof epochScheduleSchema>, epoch: number): number {
  const { slotsPerEpoch, firstNormalEpoch, firstNormalSlot } = schedule;
  // The short epochs of a warm-up have 32, 64, … slots.
  if (epoch < firstNormalEpoch) return 32 * (2 ** epoch - 1);
  const slot = firstNormalSlot + (epoch - firstNormalEpoch) * slotsPerEpoch;
  if (!Number.isSafeInteger(slot)) throw new UsageError(`epoch ${epoch} is beyond all slots that can be numbered`);
  return slot;
}
