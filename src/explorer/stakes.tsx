/** Who holds the stake, and whether the lottery is fair to it. */
import { memo } from "preact/compat";
import { type Concentration, computeConcentration } from "../sim/concentration.ts";
import type { WatchHeader, WatchTable } from "../sim/watch-frame.ts";
import type { Row } from "./download.ts";
import { formatPercent } from "./format.ts";
import type { FairnessPoint, Model } from "./model.ts";
import { Plot } from "./plot.tsx";

const solOf = (lamports: string) => Number(BigInt(lamports) / 1_000_000n) / 1000;

/** Of validators by stake, the largest first. */
type Holder = { readonly index: number; readonly name: string; readonly stake: number; readonly cumulative: number };

export function holdersOf({ validators: named }: WatchHeader, { validators }: WatchTable): Holder[] {
  const stakes = validators.map(({ stake }) => solOf(stake));
  const total = stakes.reduce((sum, stake) => sum + stake, 0);
  const order = [...stakes.keys()].sort((a, b) => stakes[b]! - stakes[a]! || a - b);
  let sum = 0;
  return order.map((index) => {
    sum += stakes[index]!;
    return { index, name: named[index]!.name, stake: stakes[index]!, cumulative: total === 0 ? 0 : sum / total };
  });
}

/** How unequally stake, leadership and credits are held. */
function concentrations({ validators }: WatchTable): readonly (readonly [string, Concentration | null])[] {
  return [
    ["Stake", computeConcentration(validators.map(({ stake }) => BigInt(stake)))],
    ["Rotations led", computeConcentration(validators.map(({ rotations }) => BigInt(rotations)))],
    ["Vote credits", computeConcentration(validators.map(({ credits }) => BigInt(credits)))],
  ];
}

export function stakeRows({ header, table }: Model): Row[] {
  if (table === null) return [];
  return holdersOf(header, table).map(({ index, name, stake, cumulative }) => {
    const {
      rotations,
      expectedRotations,
      rotationsRange: [low, high],
    } = table.validators[index]!;
    return { name, stakeSol: stake, cumulativeShare: cumulative, rotations, expectedRotations, low, high };
  });
}

export type StakesProps = {
  readonly header: WatchHeader;
  readonly table: WatchTable | null;
  readonly fairness: readonly FairnessPoint[];
  /** Fairness grows in place. */
  readonly points: number;
};

export const Stakes = memo(function Stakes({ header, table, fairness }: StakesProps) {
  if (table === null) return <p class="soft">Waiting for the first table…</p>;
  const holders = holdersOf(header, table);
  const places = holders.map((_, place) => place);
  const nameAt = (place: number) => holders[place]?.name ?? "";
  const of = (place: number) => table.validators[holders[place]!.index]!;
  const lorenz = [{ people: 0, stake: 0 }, ...ascendingShares(holders)];
  const known = fairness.filter(({ pValue }) => pValue !== null);
  const { rotations, pValue, verdict } = table.fairness;
  return (
    <div class="plots">
      <figure>
        <figcaption>Stake, the largest first, and how much they have together</figcaption>
        <Plot
          label="stake by validator, with the cumulative share and marks at one and two thirds"
          x="validator"
          xs={places}
          formatX={nameAt}
          isWhole
          series={[
            { label: "SOL", kind: "bars", ys: holders.map(({ stake }) => stake) },
            { label: "together", color: "warn", isShare: true, ys: holders.map(({ cumulative }) => cumulative) },
            { label: "1/3", color: "soft", kind: "dashes", isShare: true, ys: places.map(() => 1 / 3) },
            { label: "2/3", color: "soft", kind: "dashes", isShare: true, ys: places.map(() => 2 / 3) },
          ]}
        />
      </figure>
      <figure>
        <figcaption>Lorenz curve: the poorest so many hold so much</figcaption>
        <Plot
          label="Lorenz curve of the stake"
          x="validators"
          xs={lorenz.map(({ people }) => people)}
          formatX={(share) => formatPercent(share, 0)}
          formatY={(share) => formatPercent(share, 0)}
          yMax={1}
          series={[
            { label: "stake", ys: lorenz.map(({ stake }) => stake) },
            { label: "if all held the same", color: "soft", kind: "dashes", ys: lorenz.map(({ people }) => people) },
          ]}
        />
      </figure>
      <figure>
        <figcaption>Rotations led, and the 95 % range of a fair lottery</figcaption>
        <Plot
          label="rotations led by validator, expected, and the range of a fair lottery"
          x="validator"
          xs={places}
          formatX={nameAt}
          isWhole
          band={[2, 3]}
          series={[
            { label: "led", kind: "points", ys: places.map((place) => of(place).rotations) },
            {
              label: "expected",
              color: "soft",
              kind: "dashes",
              ys: places.map((place) => of(place).expectedRotations),
            },
            { label: "at most", color: "line", ys: places.map((place) => of(place).rotationsRange[1]) },
            { label: "at least", color: "line", ys: places.map((place) => of(place).rotationsRange[0]) },
          ]}
          formatY={(count) => count.toFixed(count % 1 === 0 ? 0 : 1)}
        />
      </figure>
      <figure>
        <figcaption>
          p-value of the lottery: {pValue === null ? "too few rotations yet" : `${pValue.toFixed(3)}, ${verdict}`} after{" "}
          {rotations} rotations
        </figcaption>
        <Plot
          label="p-value of the chi-square test over time"
          x="slot"
          xs={known.map(({ slot }) => slot)}
          yMax={1}
          series={[
            { label: "p", ys: known.map((point) => point.pValue) },
            { label: "suspicious below", color: "bad", kind: "dashes", ys: known.map(() => 0.001) },
          ]}
          formatY={(p) => p.toFixed(2)}
        />
      </figure>
      <ConcentrationTable table={table} />
    </div>
  );
});

/** The poorest first: how many of all, and what share they hold together. */
function ascendingShares(holders: readonly Holder[]) {
  const total = holders.reduce((sum, { stake }) => sum + stake, 0);
  let sum = 0;
  return [...holders].reverse().map(({ stake }, place) => {
    sum += stake;
    return { people: (place + 1) / holders.length, stake: total === 0 ? 0 : sum / total };
  });
}

const columns: readonly (readonly [title: string, help: string, of: (found: Concentration) => string])[] = [
  [
    "Nakamoto 1/3",
    "the fewest with more than 1/3: they can stop finality",
    ({ nakamoto }) => String(nakamoto.oneThird),
  ],
  ["Nakamoto 2/3", "the fewest with more than 2/3", ({ nakamoto }) => String(nakamoto.twoThirds)],
  ["Gini", "0: all hold the same; towards 1: one holds all", ({ gini }) => gini.toFixed(3)],
  ["HHI", "sum of squared shares", ({ hhi }) => hhi.toFixed(3)],
  ["Effective", "equal holders who would be as concentrated", ({ effectiveNumber }) => effectiveNumber.toFixed(2)],
  ["Shannon", "entropy of the shares, in bits", ({ shannonBits }) => shannonBits.toFixed(2)],
];

function ConcentrationTable({ table }: { readonly table: WatchTable }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls sideways, by keyboard too
    <section class="scroll wide" tabIndex={0} aria-label="Concentration">
      <table>
        <thead>
          <tr>
            <th scope="col">How concentrated</th>
            {columns.map(([title, help]) => (
              <th key={title} scope="col" class="number" title={help}>
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {concentrations(table).map(([what, found]) => (
            <tr key={what}>
              <th scope="row">{what}</th>
              {columns.map(([title, , of]) => (
                <td key={title} class="number">
                  {found === null ? "—" : of(found)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
