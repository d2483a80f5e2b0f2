/**
 * What a validator was convicted of and what it cost, as arithmetic that anyone can recompute.
 *
 *     Base          500 bps for duplicate-block
 *     Correlation   3 x 60000000000 x 10000 / 1000000000000 = 1800 bps
 *     Share         500 + 1800 = 2300 bps
 *     Taken         9200000000 lamports from 2 stake accounts
 *     Reporter      9200000000 x 500 / 10000 = 460000000 lamports
 *     Burned        9200000000 - 460000000 = 8740000000 lamports
 *
 * The numbers are the record's own, and the chain's parameters; where they do not agree, a line says so.
 */
import type { ChainParams } from "../chain/params.ts";
import { fullBps } from "../chain/slashing/penalty.ts";
import type { Conviction, SlashingRecord } from "../chain/slashing/record.ts";
import { formatFields, formatSol } from "./format.ts";

/** What one stake account lost when an epoch began. */
export type TakenFrom = { readonly stakeAccount: string; readonly lamports: bigint; readonly postBalance: bigint };

export type SlashView = {
  readonly voteAccountPubkey: string;
  readonly identityPubkey: string;
  readonly status: "free" | "jailed" | "tombstoned";
  readonly jailedUntilEpoch: bigint | null;
  readonly convictionsTotal: number;
  readonly takenTotal: string;
  readonly convictions: readonly ConvictionView[];
};

export type ConvictionView = ReturnType<typeof viewConviction>;

type SlashParams = Pick<ChainParams, "slashCorrelationMultiplier" | "slashReporterBps">;

export function viewConviction(conviction: Conviction, params: SlashParams, takenFrom: readonly TakenFrom[]) {
  const { settlement } = conviction;
  return {
    kind: conviction.kind,
    offenceSlot: conviction.offenceSlot,
    offenceEpoch: conviction.offenceEpoch,
    convictedSlot: conviction.convictedSlot,
    convictedEpoch: conviction.convictedEpoch,
    reporter: conviction.reporter,
    stakeAtRisk: String(conviction.stakeAtRisk),
    totalStake: String(conviction.totalStake),
    baseBps: conviction.baseBps,
    correlationMultiplier: params.slashCorrelationMultiplier,
    reporterBps: params.slashReporterBps,
    settlement:
      settlement === null
        ? null
        : {
            epoch: settlement.epoch,
            correlatedStake: String(settlement.correlatedStake),
            correlationBps: settlement.correlationBps,
            shareBps: settlement.shareBps,
            stakeAccounts: settlement.stakeAccounts,
            taken: String(settlement.taken),
            reporterReward: String(settlement.reporterReward),
            burned: String(settlement.taken - settlement.reporterReward),
            takenFrom: takenFrom.map(({ stakeAccount, lamports, postBalance }) => ({
              stakeAccount,
              lamports: String(lamports),
              postBalance: String(postBalance),
            })),
          },
  };
}

/** `epoch`: the present one. */
export function viewSlash(record: SlashingRecord, epoch: bigint, convictions: readonly ConvictionView[]): SlashView {
  const isJailed = record.tombstoned || epoch < record.jailedUntilEpoch;
  return {
    voteAccountPubkey: record.voteAccount,
    identityPubkey: record.identity,
    status: record.tombstoned ? "tombstoned" : isJailed ? "jailed" : "free",
    jailedUntilEpoch: record.tombstoned || record.jailedUntilEpoch === 0n ? null : record.jailedUntilEpoch,
    convictionsTotal: record.convictionsTotal,
    takenTotal: String(record.takenTotal),
    convictions,
  };
}

type Line = readonly [name: string, value: string | number];

export function formatSlash(view: SlashView): string {
  const until = view.jailedUntilEpoch === null ? "" : ` (until epoch ${view.jailedUntilEpoch})`;
  const head = formatFields([
    ["Vote account", view.voteAccountPubkey],
    ["Identity", view.identityPubkey],
    ["Status", view.status === "tombstoned" ? "tombstoned: never back" : `${view.status}${until}`],
    ["Convictions", view.convictionsTotal],
    ["Taken in all", `${view.takenTotal} lamports (${formatSol(BigInt(view.takenTotal))} SOL)`],
  ]);
  const untold = view.convictionsTotal - view.convictions.length;
  const rest = untold === 0 ? [] : [`\n${untold} older, or from before this chain began: no longer told.`];
  return [
    head,
    ...view.convictions.map((each, index) => `\n${formatConviction(each, untold + index + 1)}`),
    ...rest,
  ].join("\n");
}

function formatConviction(conviction: ConvictionView, number: number): string {
  const { kind, baseBps, stakeAtRisk, totalStake, settlement } = conviction;
  const what = kind === "duplicate-block" ? "two blocks signed for one slot" : "votes that break its lockout";
  const lines: Line[] = [
    ["Conviction", `#${number}: ${kind}, ${what}`],
    ["Offence", `slot ${conviction.offenceSlot}, epoch ${conviction.offenceEpoch}`],
    [
      "Convicted",
      `slot ${conviction.convictedSlot}, epoch ${conviction.convictedEpoch}, on evidence of ${conviction.reporter}`,
    ],
    ["At risk", `${stakeAtRisk} of ${totalStake} lamports of stake, in the offence's epoch`],
    ["Base", `${baseBps} bps for ${kind}`],
  ];
  if (settlement === null) {
    lines.push(["Pending", `taken as epoch ${conviction.convictedEpoch + 1} begins`]);
    return formatFields(lines);
  }
  return formatFields([...lines, ...settlementLines(conviction, settlement)]);
}

function settlementLines(conviction: ConvictionView, settlement: NonNullable<ConvictionView["settlement"]>): Line[] {
  const { baseBps, totalStake, correlationMultiplier, reporterBps } = conviction;
  const { correlatedStake, correlationBps, shareBps, taken, reporterReward, burned, takenFrom } = settlement;
  // More stake than there was counts as all of it.
  const counted = BigInt(correlatedStake) < BigInt(totalStake) ? BigInt(correlatedStake) : BigInt(totalStake);
  const correlation =
    BigInt(totalStake) === 0n ? 0n : (BigInt(correlationMultiplier) * counted * BigInt(fullBps)) / BigInt(totalStake);
  const capped = baseBps + correlationBps > fullBps ? ` at most ${fullBps}:` : "";
  const reward = (BigInt(taken) * BigInt(reporterBps)) / BigInt(fullBps);
  const lines: Line[] = [
    ["Settled", `as epoch ${settlement.epoch} began`],
    [
      "Correlation",
      `${correlationMultiplier} x ${counted} x ${fullBps} / ${totalStake} = ${correlation} bps${differs(correlation, BigInt(correlationBps))}`,
    ],
    ["Share", `${baseBps} + ${correlationBps} =${capped} ${shareBps} bps of each stake that counted`],
    ...takenFrom.map(
      ({ stakeAccount, lamports, postBalance }): Line => [
        `  ${stakeAccount}`,
        `-${lamports} lamports, new balance ${postBalance}`,
      ],
    ),
    [
      "Taken",
      `${taken} lamports from ${settlement.stakeAccounts} stake account${settlement.stakeAccounts === 1 ? "" : "s"} (${formatSol(BigInt(taken))} SOL)`,
    ],
    [
      "Reporter",
      `${taken} x ${reporterBps} / ${fullBps} = ${reward} lamports${differs(reward, BigInt(reporterReward))}`,
    ],
    ["Burned", `${taken} - ${reporterReward} = ${burned} lamports`],
  ];
  return lines;
}

function differs(computed: bigint, recorded: bigint): string {
  return computed === recorded ? "" : `; the record says ${recorded}`;
}
