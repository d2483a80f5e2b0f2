/** `escapement inflation`: the rates, and `inflation rewards`: who was paid what. */
import * as v from "valibot";
import type { Address } from "../../chain/ids.ts";
import type { OutputFormat } from "../arguments.ts";
import { type EpochReward, oncePaid, pendingNote, readEpochRewards } from "../epoch-rewards.ts";
import { formatFields, formatPercent, formatSol, formatTable } from "../format.ts";
import { colors, print, printJson, say } from "../output.ts";
import { amount, count, createRpcClient } from "../rpc-client.ts";
import { readAddress } from "../signers.ts";
import { createWait, paymentWait } from "../waiting.ts";

export type InflationOptions = { readonly url: string; readonly output: OutputFormat };

const governorSchema = v.object({
  initial: v.number(),
  terminal: v.number(),
  taper: v.number(),
  foundation: v.number(),
  foundationTerm: v.number(),
});
const rateSchema = v.object({ total: v.number(), validator: v.number(), foundation: v.number(), epoch: count });

export async function runInflation({ url, output }: InflationOptions): Promise<void> {
  const client = createRpcClient(url);
  const governor = await client.call("getInflationGovernor", [{ commitment: "confirmed" }], governorSchema);
  const currentRate = await client.call("getInflationRate", [], rateSchema);
  if (output === "json") {
    printJson({ governor, currentRate });
    return;
  }
  const foundation = `${formatPercent(governor.foundation)} for ${governor.foundationTerm} years`;
  const rules = formatFields([
    ["Initial rate", formatPercent(governor.initial)],
    ["Terminal rate", formatPercent(governor.terminal)],
    ["Rate reduction per year", formatPercent(governor.taper)],
    ["Foundation's part", governor.foundation === 0 ? "none" : foundation],
  ]);
  const rates = formatFields([
    ["Total rate", formatPercent(currentRate.total, 4)],
    ["Staking rate", formatPercent(currentRate.validator, 4)],
    ["Foundation rate", formatPercent(currentRate.foundation, 4)],
  ]);
  print(`${colors.bold("Inflation Governor")}\n${rules}\n`);
  print(`${colors.bold(`Inflation for Epoch ${currentRate.epoch}`)}\n${rates}`);
}

export type InflationRewardsOptions = InflationOptions & { readonly rewardsEpoch?: number };

const rewardsSchema = v.array(v.nullable(v.object({ amount, epoch: count })));
const epochSchema = v.object({ epoch: count });

/** `pending`: what there is comes with the next blocks. */
type AccountReward = { readonly address: Address; readonly reward: EpochReward | null; readonly pending?: boolean };

export async function runInflationRewards(
  texts: readonly string[],
  { url, output, rewardsEpoch }: InflationRewardsOptions,
): Promise<void> {
  const addresses = texts.map((text) => readAddress(text, "stake or vote account"));
  const client = createRpcClient(url);
  const commitment = "confirmed";
  const now = await client.call("getEpochInfo", [{ commitment }], epochSchema);
  const epoch = rewardsEpoch ?? Math.max(0, now.epoch - 1);
  // Of nobody, as that tells why there is nothing to tell.
  await oncePaid(client, () => client.call("getInflationReward", [[], { epoch, commitment }], rewardsSchema));
  const rewards: AccountReward[] = [];
  const wait = createWait(client, paymentWait);
  const epochs = { startingEpoch: epoch, count: 1 };
  for (const address of addresses) {
    const { rewards: read, pending } = await readEpochRewards(client, address, epochs, wait);
    rewards.push({ address, reward: read[0] ?? null, ...(pending === null ? {} : { pending: true }) });
  }
  if (rewards.some(({ pending }) => pending)) say(pendingNote(epoch));
  const first = rewards.find(({ reward }) => reward !== null)?.reward;
  if (output === "json") {
    const metadata = first ? { epoch, effectiveSlot: first.effectiveSlot, blockTime: first.blockTime } : {};
    printJson({ ...metadata, rewards });
    return;
  }
  const titles = ["Address", "Slot", "Amount", "New Balance", "Percent Change", "APR", "Commission"];
  const rows = rewards.map((each) => [each.address, ...describe(each)]);
  const columns = titles.map((title, i) => ({ title, align: i === 0 ? ("left" as const) : ("right" as const) }));
  print(`Epoch: ${epoch}\n\n${formatTable(columns, rows)}`);
}

function describe({ reward, pending }: AccountReward): (string | number)[] {
  if (reward === null) return ["-", pending ? "being paid" : "-", "-", "-", "-", "-"];
  return [
    reward.effectiveSlot,
    `${formatSol(reward.amount)} SOL`,
    `${formatSol(reward.postBalance)} SOL`,
    `${reward.percentChange.toFixed(9)}%`,
    reward.apr === null ? "-" : `${reward.apr.toFixed(2)}%`,
    reward.commission === null ? "-" : `${reward.commission}%`,
  ];
}
