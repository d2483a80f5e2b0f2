/** `escapement validators`. */
import * as v from "valibot";
import type { OutputFormat } from "../arguments.ts";
import { formatPercent, formatSol, formatTable, shareOf } from "../format.ts";
import { colors, print, printJson } from "../output.ts";
import { amount, count, createRpcClient, type RpcClient } from "../rpc-client.ts";
import { blockProductionSchema } from "./block-production.ts";

export type ValidatorsOptions = { readonly url: string; readonly output: OutputFormat };

const voteAccountSchema = v.object({
  votePubkey: v.string(),
  nodePubkey: v.string(),
  activatedStake: amount,
  commission: count,
  lastVote: count,
  rootSlot: v.nullable(count),
  epochCredits: v.array(v.tuple([count, count, count])),
});
const voteAccountsSchema = v.object({ current: v.array(voteAccountSchema), delinquent: v.array(voteAccountSchema) });
const versionSchema = v.object({ "solana-core": v.string() });

async function readValidators(client: RpcClient) {
  const config = { commitment: "confirmed" };
  const voteAccounts = await client.call("getVoteAccounts", [config], voteAccountsSchema);
  const { byIdentity } = await client.call("getBlockProduction", [config], blockProductionSchema);
  const { "solana-core": version } = await client.call("getVersion", [], versionSchema);
  const describe = (delinquent: boolean) => (account: v.InferOutput<typeof voteAccountSchema>) => {
    const [leaderSlots, blocks] = byIdentity[account.nodePubkey] ?? [0, 0];
    const [, credits = 0, before = 0] = account.epochCredits.at(-1) ?? [];
    return {
      identityPubkey: account.nodePubkey,
      voteAccountPubkey: account.votePubkey,
      commission: account.commission,
      lastVote: account.lastVote,
      rootSlot: account.rootSlot ?? 0,
      credits,
      epochCredits: credits - before,
      activatedStake: account.activatedStake,
      version,
      delinquent,
      skipRate: leaderSlots === 0 ? null : (100 * (leaderSlots - blocks)) / leaderSlots,
    };
  };
  return [...voteAccounts.current.map(describe(false)), ...voteAccounts.delinquent.map(describe(true))].sort((a, b) =>
    a.activatedStake === b.activatedStake
      ? Number(a.voteAccountPubkey > b.voteAccountPubkey) - Number(a.voteAccountPubkey < b.voteAccountPubkey)
      : a.activatedStake > b.activatedStake
        ? -1
        : 1,
  );
}

export async function runValidators({ url, output }: ValidatorsOptions): Promise<void> {
  const validators = await readValidators(createRpcClient(url));
  const sum = (list: typeof validators) => list.reduce((total, { activatedStake }) => total + activatedStake, 0n);
  const totalActiveStake = sum(validators);
  const totalDelinquentStake = sum(validators.filter(({ delinquent }) => delinquent));
  const totalCurrentStake = totalActiveStake - totalDelinquentStake;
  if (output === "json") {
    printJson({ totalActiveStake, totalCurrentStake, totalDelinquentStake, validators });
    return;
  }
  const titles = [
    "",
    "Identity",
    "Vote Account",
    "Commission",
    "Last Vote",
    "Root Slot",
    "Skip Rate",
    "Credits",
    "Active Stake",
  ];
  const rows = validators.map((validator) => [
    validator.delinquent ? colors.red("!") : "",
    validator.identityPubkey,
    validator.voteAccountPubkey,
    `${validator.commission}%`,
    validator.lastVote,
    validator.rootSlot,
    validator.skipRate === null ? "-" : `${validator.skipRate.toFixed(2)}%`,
    validator.credits,
    `${formatSol(validator.activatedStake)} SOL (${formatPercent(shareOf(validator.activatedStake, totalActiveStake))})`,
  ]);
  print(
    formatTable(
      titles.map((title, i) => ({ title, align: i < 3 ? "left" : "right" })),
      rows,
    ),
  );
  const delinquent = formatPercent(shareOf(totalDelinquentStake, totalActiveStake));
  print(`\nActive stake:     ${formatSol(totalActiveStake)} SOL`);
  print(`Delinquent stake: ${formatSol(totalDelinquentStake)} SOL (${delinquent})`);
}
