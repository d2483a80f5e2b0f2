/** How far behind the chain is settled, and what the network between the validators is like. */
import { memo } from "preact/compat";
import type { WatchHeader, WatchLinks, WatchTable } from "../sim/watch-frame.ts";
import { colorOf } from "./colors.ts";
import type { Row } from "./download.ts";
import { formatPercent } from "./format.ts";
import type { Lag, Model } from "./model.ts";
import { type Mark, Plot } from "./plot.tsx";

/** Slots that the curve shows. */
const lagsShown = 600;
/** Beyond so many the matrix would be a carpet: then only links that differ are listed. */
const matrixMax = 24;

export function lagRows({ lags }: Model): Row[] {
  return lags.map((lag) => ({ ...lag }));
}

/** How many slots had each lag. */
export function countLags(lags: readonly Lag[]): readonly (readonly [lag: number, slots: number])[] {
  const counts = new Map<number, number>();
  for (const { finalized } of lags) counts.set(finalized, (counts.get(finalized) ?? 0) + 1);
  return [...counts].sort(([a], [b]) => a - b);
}

function faultMarks({ events }: Model): Mark[] {
  return events.filter(({ type }) => type === "fault").map(({ slot, text }) => ({ x: slot, text }));
}

export function Finality({ model }: { readonly model: Model }) {
  const shown = model.lags.slice(-lagsShown);
  const counts = countLags(model.lags);
  const marks = faultMarks(model).filter(({ x }) => x >= (shown[0]?.slot ?? 0));
  return (
    <div class="plots">
      <figure>
        <figcaption>
          Slots behind, the last {shown.length}
          {marks.length > 0 && `; dashed: ${marks.length === 1 ? "a fault" : `${marks.length} faults`}`}
        </figcaption>
        <Plot
          label={`finality lag, now ${shown.at(-1)?.finalized ?? 0} slots`}
          x="slot"
          xs={shown.map(({ slot }) => slot)}
          marks={marks}
          series={[
            { label: "finalized", ys: shown.map(({ finalized }) => finalized) },
            { label: "confirmed", color: "warn", ys: shown.map(({ confirmed }) => confirmed) },
          ]}
        />
      </figure>
      <figure>
        <figcaption>How often finality was so many slots behind</figcaption>
        <Plot
          label="histogram of the finality lag"
          x="slots behind"
          xs={counts.map(([lag]) => lag)}
          isWhole
          series={[{ label: "slots", kind: "bars", ys: counts.map(([, slots]) => slots) }]}
        />
      </figure>
      {model.table !== null && <Links header={model.header} table={model.table} />}
    </div>
  );
}

type Link = { readonly latencyMs: readonly [number, number]; readonly lossBps: number; readonly cut: boolean };

/** What a message from one to the other meets. */
export function linkBetween({ links, validators }: WatchTable, from: number, to: number): Link {
  const changed = links.changed.find((link) => link.from === from && link.to === to);
  const groups = [validators[from]?.group, validators[to]?.group];
  const isParted = groups[0] != null && groups[1] != null && groups[0] !== groups[1];
  const { latencyMs, lossBps, cut } = changed ?? { ...links, cut: false };
  return { latencyMs, lossBps, cut: cut || isParted };
}

function tellLink({ latencyMs: [low, high], lossBps, cut }: Link): string {
  if (cut) return "cut";
  const latency = low === high ? `${low} ms` : `${low}–${high} ms`;
  return lossBps === 0 ? latency : `${latency}, ${formatPercent(lossBps / 10_000)} lost`;
}

export function linkRows({ header, table }: Model): Row[] {
  if (table === null) return [];
  const pairs = header.validators.flatMap((_, from) => header.validators.map((__, to) => [from, to] as const));
  return pairs
    .filter(([from, to]) => from !== to)
    .map(([from, to]) => {
      const { latencyMs, lossBps, cut } = linkBetween(table, from, to);
      const [name, other] = [header.validators[from]!.name, header.validators[to]!.name];
      return { from: name, to: other, latencyMsMin: latencyMs[0], latencyMsMax: latencyMs[1], lossBps, cut };
    });
}

/** "north, south | east": who hears whom. */
function tellGroups({ validators: named }: WatchHeader, { validators }: WatchTable): string {
  const groups = new Map<number, string[]>();
  for (const [index, { group }] of validators.entries()) {
    if (group !== null) groups.set(group, [...(groups.get(group) ?? []), named[index]!.name]);
  }
  const tell = (names: readonly string[]) => (names.length > 6 ? `${names.length} validators` : names.join(", "));
  return [...groups]
    .sort(([a], [b]) => a - b)
    .map(([, names]) => tell(names))
    .join(" | ");
}

/** Changes only with the table. */
const Links = memo(function Links({ header, table }: { readonly header: WatchHeader; readonly table: WatchTable }) {
  const { validators } = header;
  const all = tellLink({ ...(table.links as Pick<WatchLinks, "latencyMs" | "lossBps">), cut: false });
  if (validators.length > matrixMax) {
    const nameOf = (index: number) => validators[index]?.name ?? "the observer";
    return (
      <div class="wide">
        {table.validators.some(({ group }) => group !== null) && <p>Parted: {tellGroups(header, table)}</p>}
        <p>All links: {all}; those that differ:</p>
        <ul>
          {table.links.changed.slice(0, 100).map((link) => (
            <li key={`${link.from} ${link.to}`}>
              {nameOf(link.from)} → {nameOf(link.to)}: {tellLink(link)}
            </li>
          ))}
          {table.links.changed.length === 0 && <li class="soft">none</li>}
        </ul>
      </div>
    );
  }
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls sideways, by keyboard too
    <section class="scroll wide" tabIndex={0} aria-label="Links">
      <table class="links">
        <caption>From each (row) to each: {all}, where nothing else is said</caption>
        <thead>
          <tr>
            <th scope="col">From</th>
            {validators.map(({ name, identity }, index) => (
              <th key={identity} scope="col">
                <span class="dot" style={{ background: colorOf(index) }} />
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {validators.map(({ name, identity }, from) => (
            <tr key={identity}>
              <th scope="row">
                <span class="dot" style={{ background: colorOf(from) }} />
                {name}
              </th>
              {validators.map((other, to) => {
                const told = from === to ? "" : tellLink(linkBetween(table, from, to));
                return (
                  <td key={other.identity} class={told === "cut" ? "cut" : told === all ? "soft" : ""}>
                    {from === to ? "" : told === all ? "·" : told}
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
});
