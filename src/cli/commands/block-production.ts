/** `escapement block-production`. */
import * as v from "valibot";
import type { OutputFormat } from "../arguments.ts";
import { formatPercent, formatTable } from "../format.ts";
import { print, printJson } from "../output.ts";
import { contextOf, count, createRpcClient } from "../rpc-client.ts";
import { epochInfoSchema } from "./epoch-info.ts";

export type BlockProductionOptions = { readonly url: string; readonly output: OutputFormat };

export const blockProductionSchema = contextOf(
  v.object({
    byIdentity: v.record(v.string(), v.tuple([count, count])),
    range: v.object({ firstSlot: count, lastSlot: count }),
  }),
);

export async function runBlockProduction({ url, output }: BlockProductionOptions): Promise<void> {
  const client = createRpcClient(url);
  const { epoch } = await client.call("getEpochInfo", [{ commitment: "confirmed" }], epochInfoSchema);
  const { byIdentity, range } = await client.call(
    "getBlockProduction",
    [{ commitment: "confirmed" }],
    blockProductionSchema,
  );
  const leaders = Object.entries(byIdentity)
    .map(([identityPubkey, [leaderSlots, blocksProduced]]) => ({
      identityPubkey,
      leaderSlots,
      blocksProduced,
      skippedSlots: leaderSlots - blocksProduced,
    }))
    .sort((a, b) => (a.identityPubkey < b.identityPubkey ? -1 : 1));
  const totalSlots = leaders.reduce((sum, leader) => sum + leader.leaderSlots, 0);
  const totalBlocksProduced = leaders.reduce((sum, leader) => sum + leader.blocksProduced, 0);
  const totalSlotsSkipped = totalSlots - totalBlocksProduced;
  const { firstSlot: startSlot, lastSlot: endSlot } = range;
  if (output === "json") {
    printJson({ epoch, startSlot, endSlot, totalSlots, totalBlocksProduced, totalSlotsSkipped, leaders });
    return;
  }
  const titles = ["Identity", "Leader Slots", "Blocks Produced", "Skipped Slots", "Skipped Slot Percentage"];
  const rate = (skipped: number, slots: number) => formatPercent(slots === 0 ? 0 : skipped / slots);
  const table = formatTable(
    titles.map((title, i) => ({ title, align: i === 0 ? "left" : "right" })),
    [
      ...leaders.map(({ identityPubkey, leaderSlots, blocksProduced, skippedSlots }) => [
        identityPubkey,
        leaderSlots,
        blocksProduced,
        skippedSlots,
        rate(skippedSlots, leaderSlots),
      ]),
      ["total", totalSlots, totalBlocksProduced, totalSlotsSkipped, rate(totalSlotsSkipped, totalSlots)],
    ],
  );
  print(`${table}\n\nEpoch ${epoch}, slots ${startSlot} to ${endSlot}`);
}
