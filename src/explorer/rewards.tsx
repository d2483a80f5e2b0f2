/** What each epoch issued, paid in fees, burned and slashed; and how the shares of the stake moved. */
import { memo } from "preact/compat";
import type { WatchHeader, WatchTable } from "../sim/watch-frame.ts";
import { canvasColorOf } from "./colors.ts";
import type { Row } from "./download.ts";
import { formatSol, solOf } from "./format.ts";
import { Plot, useDark } from "./plot.tsx";

/** Curves of more would not be told apart. */
const curvesMax = 8;

export function rewardRows(header: WatchHeader, table: WatchTable | null): Row[] {
  const each = (what: string, amounts: readonly string[]) =>
    Object.fromEntries(header.validators.map(({ name }, index) => [`${what} ${name}`, amounts[index] ?? "0"]));
  // All in lamports.
  return (table?.rewards ?? []).map(({ epoch, paid, fees, burned, slashed, shares, stakes }) => ({
    epoch,
    paid,
    fees,
    burned,
    slashed,
    ...each("earned", shares),
    ...each("stake", stakes),
  }));
}

function sharesOf(stakes: readonly string[]): number[] {
  const amounts = stakes.map(Number);
  const total = amounts.reduce((sum, amount) => sum + amount, 0);
  return amounts.map((amount) => (total === 0 ? 0 : amount / total));
}

export type RewardsProps = {
  readonly header: WatchHeader;
  readonly table: WatchTable | null;
};

export const Rewards = memo(function Rewards({ header, table }: RewardsProps) {
  const isDark = useDark();
  if (table === null) return <p class="soft">Waiting for the first table…</p>;
  const { rewards, supply } = table;
  const epochs = rewards.map(({ epoch }) => epoch);
  const shares = rewards.map(({ stakes }) => sharesOf(stakes));
  const last = shares.at(-1) ?? [];
  const largest = [...last.keys()].sort((a, b) => last[b]! - last[a]! || a - b).slice(0, curvesMax);
  return (
    <div class="plots">
      <p class="wide soft">
        {formatSol(supply.total)} SOL in all; {formatSol(supply.minted)} issued and {formatSol(supply.burned)} burned
        since genesis.
      </p>
      <figure>
        <figcaption>
          {epochs.length === 0
            ? "No epoch has ended yet: step one"
            : "SOL of each epoch: issued for it, and moved by its blocks"}
        </figcaption>
        <Plot
          label="SOL issued, paid in fees, burned and slashed by epoch"
          x="epoch"
          xs={epochs}
          isWhole
          formatY={(sol) => (sol !== 0 && Math.abs(sol) < 0.01 ? sol.toExponential(0) : String(Number(sol.toFixed(3))))}
          series={[
            { label: "issued", kind: "bars", ys: rewards.map(({ paid }) => solOf(paid)) },
            { label: "fees", color: "good", kind: "points", ys: rewards.map(({ fees }) => solOf(fees) || null) },
            { label: "burned", color: "warn", kind: "points", ys: rewards.map(({ burned }) => solOf(burned) || null) },
            {
              label: "slashed",
              color: "bad",
              kind: "points",
              ys: rewards.map(({ slashed }) => solOf(slashed) || null),
            },
          ]}
        />
      </figure>
      <figure>
        <figcaption>Share of the stake{last.length > curvesMax && `, the ${curvesMax} largest`}</figcaption>
        <Plot
          label="share of the stake over time"
          x="epoch"
          xs={epochs}
          isWhole
          formatY={(share) => `${(100 * share).toFixed(1)}%`}
          series={largest.map((index) => ({
            label: header.validators[index]!.name,
            color: canvasColorOf(index, isDark),
            ys: shares.map((each) => each[index] ?? null),
          }))}
        />
      </figure>
    </div>
  );
});
