/**
 * `escapement explain reward <stake account>`: the arithmetic, line by line.
 *
 *     Pot       8% x 1000 SOL x 256 / 315569259.936 = 64899 lamports
 *     Epoch 7   stake 500 lamports x 240 credits = 120000 points
 *     Share     120000 x 64899 / 480000 = 16224 lamports
 *     Staker    16224 x 9500 / 10000 = 15412 lamports
 */
import * as v from "valibot";
import type { OutputFormat } from "../arguments.ts";
import { oncePaid, pendingNote } from "../epoch-rewards.ts";
import { formatFields, formatSol } from "../format.ts";
import { print, printJson, say } from "../output.ts";
import { count, createRpcClient } from "../rpc-client.ts";
import { readAddress } from "../signers.ts";

export type ExplainRewardOptions = { readonly epoch?: number; readonly url: string; readonly output: OutputFormat };

const explanationSchema = v.object({
  stakeAccount: v.string(),
  epoch: count,
  capitalization: v.string(),
  inflationYear: v.number(),
  totalRate: v.number(),
  foundationRate: v.number(),
  validatorRate: v.number(),
  slotsInEpoch: count,
  slotsPerYear: v.number(),
  pot: v.string(),
  totalPoints: v.string(),
  paidToAll: v.string(),
  boundarySlot: count,
  partitions: count,
  voteAccount: v.nullable(v.string()),
  earned: v.array(v.object({ epoch: count, effectiveStake: v.string(), credits: v.string(), points: v.string() })),
  points: v.string(),
  share: v.string(),
  commissionBps: v.nullable(count),
  voter: v.string(),
  staker: v.string(),
  creditsObserved: v.nullable(v.string()),
  partition: v.nullable(count),
  effectiveSlot: v.nullable(count),
  postBalance: v.nullable(v.string()),
  verdict: v.string(),
  reason: v.nullable(v.string()),
  because: v.nullable(v.string()),
});

/** The devnet's word for a reward that a coming block pays. */
const waiting = "waits for its partition to be paid";

export type RewardExplanation = v.InferOutput<typeof explanationSchema>;

export async function runExplainReward(stakeText: string, options: ExplainRewardOptions): Promise<void> {
  const params = [readAddress(stakeText, "stake account"), options.epoch ?? null, { commitment: "confirmed" }];
  const client = createRpcClient(options.url);
  const ask = () => client.call("escapement_explainReward", params, explanationSchema);
  const explanation = await oncePaid(client, ask, ({ verdict }) => verdict === waiting);
  if (explanation.verdict === waiting) say(pendingNote(explanation.epoch));
  if (options.output === "json") printJson(explanation);
  else print(formatExplanation(explanation));
}

type Line = readonly [name: string, value: string | number];

export function formatExplanation(e: RewardExplanation): string {
  const { capitalization, totalRate, foundationRate, validatorRate, slotsInEpoch, slotsPerYear } = e;
  const pot: Line[] = [
    ["Stake account", e.stakeAccount],
    ["Epoch", e.epoch],
    ["Capitalization", `${capitalization} lamports, before the epoch was paid`],
    ["Rate", `${totalRate} a year, in year ${e.inflationYear} of the inflation`],
    ["Validators' rate", `${totalRate} - ${foundationRate} = ${validatorRate}`],
    ["Pot", `${validatorRate} x ${capitalization} x (${slotsInEpoch} / ${slotsPerYear}) = ${e.pot} lamports`],
  ];
  const verdict = e.because === null ? e.verdict : `${e.verdict}: ${e.because}`;
  return formatFields([...pot, ...shareLines(e), ["Verdict", verdict]]);
}

function shareLines(e: RewardExplanation): Line[] {
  if (e.voteAccount === null || e.commissionBps === null) return [];
  const lines: Line[] = [["Vote account", e.voteAccount]];
  for (const { epoch, effectiveStake, credits, points } of e.earned) {
    lines.push([`Points of epoch ${epoch}`, `${effectiveStake} lamports x ${credits} credits = ${points}`]);
  }
  lines.push(["Points", `${e.points} of ${e.totalPoints}`]);
  lines.push(["Share", `${e.points} x ${e.pot} / ${e.totalPoints} = ${e.share} lamports`]);
  lines.push(["Commission", `${e.share} x ${e.commissionBps} / 10000 = ${e.voter} lamports, the validator's`]);
  const rest = 10_000 - e.commissionBps;
  lines.push(["Reward", `${e.share} x ${rest} / 10000 = ${e.staker} lamports (${formatSol(BigInt(e.staker))} SOL)`]);
  if (e.creditsObserved !== null) lines.push(["Credits observed", e.creditsObserved]);
  if (e.partition !== null)
    lines.push(["Partition", `${e.partition} of ${e.partitions}, paid after slot ${e.boundarySlot}`]);
  if (e.effectiveSlot !== null) lines.push(["Paid in slot", e.effectiveSlot]);
  if (e.postBalance !== null) lines.push(["New balance", `${formatSol(BigInt(e.postBalance))} SOL`]);
  return lines;
}
