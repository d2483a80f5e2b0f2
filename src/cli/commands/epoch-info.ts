/** `escapement epoch-info`. */
import * as v from "valibot";
import type { OutputFormat } from "../arguments.ts";
import { formatFields } from "../format.ts";
import { print, printJson } from "../output.ts";
import { count, createRpcClient } from "../rpc-client.ts";
import { readClock } from "../waiting.ts";

export type EpochInfoOptions = { readonly url: string; readonly output: OutputFormat };

export const epochInfoSchema = v.object({
  absoluteSlot: count,
  blockHeight: count,
  epoch: count,
  slotIndex: count,
  slotsInEpoch: count,
  transactionCount: v.nullable(count),
  /** Only where stake moves at once. */
  stakeWarmup: v.optional(v.literal("instant")),
});

export async function runEpochInfo({ url, output }: EpochInfoOptions): Promise<void> {
  const client = createRpcClient(url);
  const epoch = await client.call("getEpochInfo", [{ commitment: "confirmed" }], epochInfoSchema);
  const clock = await readClock(client);
  const { absoluteSlot, slotIndex, slotsInEpoch } = epoch;
  const epochCompletedPercent = (100 * slotIndex) / slotsInEpoch;
  if (output === "json") {
    printJson({ ...epoch, epochCompletedPercent, ...(clock === null ? {} : { clockRunning: clock.running }) });
    return;
  }
  const first = absoluteSlot - slotIndex;
  print(
    formatFields([
      ["Block height", epoch.blockHeight],
      ["Slot", absoluteSlot],
      ["Epoch", epoch.epoch],
      ["Transaction Count", epoch.transactionCount ?? "unknown"],
      ["Epoch Slot Range", `[${first}..${first + slotsInEpoch})`],
      ["Epoch Completed Percent", `${epochCompletedPercent.toFixed(3)}%`],
      ["Epoch Completed Slots", `${slotIndex}/${slotsInEpoch} (${slotsInEpoch - slotIndex} remaining)`],
      ...(clock === null || clock.running ? [] : [["Clock", "paused"] as const]),
      ...(epoch.stakeWarmup === undefined ? [] : [["Stake warmup", epoch.stakeWarmup] as const]),
    ]),
  );
}
