/** The validators, a row each; what can be done to one opens under its row. */
import { memo } from "preact/compat";
import { useState } from "preact/hooks";
import type { WatchHeader, WatchTable, WatchValidator } from "../sim/watch-frame.ts";
import { colorOf } from "./colors.ts";
import type { Row } from "./download.ts";
import { formatPercent, formatSol, shorten } from "./format.ts";
import type { Steering } from "./header.tsx";

export type ValidatorsProps = {
  readonly header: WatchHeader;
  readonly table: WatchTable | null;
  readonly steering: Steering | null;
};

type Column = {
  readonly title: string;
  readonly help: string;
  readonly of: (validator: WatchValidator, total: number) => string;
  /** To sort by. */
  readonly value: (validator: WatchValidator) => number;
};

const columns: readonly Column[] = [
  {
    title: "Stake",
    help: "SOL that count in this epoch; activating and deactivating below",
    of: ({ stake, activating, deactivating }) => {
      const changes = [
        activating === "0" ? "" : `+${formatSol(activating)}`,
        deactivating === "0" ? "" : `−${formatSol(deactivating)}`,
      ].filter((text) => text !== "");
      return [formatSol(stake), ...changes].join(" ");
    },
    value: ({ stake }) => Number(stake),
  },
  {
    title: "Share",
    help: "of all stake",
    of: ({ stake }, total) => formatPercent(total === 0 ? 0 : Number(stake) / total),
    value: ({ stake }) => Number(stake),
  },
  {
    title: "Commission",
    help: "of the rewards of its stakers",
    of: ({ commissionBps }) => `${commissionBps / 100}%`,
    value: ({ commissionBps }) => commissionBps,
  },
  {
    title: "Credits",
    help: "earned by votes in this epoch",
    of: ({ epochCredits }) => String(epochCredits),
    value: ({ epochCredits }) => epochCredits,
  },
  {
    title: "Skip rate",
    help: "of its slots on the settled chain, with the 95 % interval",
    of: ({ leaderSlots, blocks, skipRate: [low, high] }) =>
      leaderSlots === 0
        ? "—"
        : `${formatPercent((leaderSlots - blocks) / leaderSlots)} (${formatPercent(low, 0)}–${formatPercent(high, 0)})`,
    value: ({ leaderSlots, blocks }) => (leaderSlots === 0 ? 0 : (leaderSlots - blocks) / leaderSlots),
  },
  {
    title: "Led",
    help: "rotations drawn, and expected by stake; a fair lottery keeps to the range in 95 % of all runs",
    of: ({ rotations, expectedRotations, rotationsRange: [low, high] }) =>
      `${rotations} of ${expectedRotations.toFixed(1)} (${low}–${high})`,
    value: ({ rotations }) => rotations,
  },
  {
    title: "Last vote",
    help: "the newest slot whose vote is on the ledger",
    of: ({ lastVote }) => (lastVote === null ? "—" : String(lastVote)),
    value: ({ lastVote }) => lastVote ?? -1,
  },
];

/** What it is, worst first. */
export function statusOf(validator: WatchValidator): readonly string[] {
  const { state, delinquent, jailedUntil, slashed, strategy } = validator;
  const said = [
    state === "running" ? "" : state,
    jailedUntil === null ? "" : jailedUntil < 0 ? "tombstoned" : `jailed until epoch ${jailedUntil}`,
    slashed === "0" ? "" : "slashed",
    strategy === null ? "" : `plays ${strategy}`,
    delinquent ? "delinquent" : "",
  ].filter((word) => word !== "");
  return said.length === 0 ? ["current"] : said;
}

export function validatorRows({ header, table }: Pick<ValidatorsProps, "header" | "table">): Row[] {
  return (table?.validators ?? []).map((validator, index) => {
    const { identity, voteAccount, name } = header.validators[index]!;
    const { skipRate, rotationsRange, ...rest } = validator;
    return {
      index,
      name,
      identity,
      voteAccount,
      ...rest,
      skipRateLow: skipRate[0],
      skipRateHigh: skipRate[1],
      rotationsLow: rotationsRange[0],
      rotationsHigh: rotationsRange[1],
      status: statusOf(validator).join("; "),
    };
  });
}

/** Changes only with the table. */
export const Validators = memo(function Validators({ header, table, steering }: ValidatorsProps) {
  const [open, setOpen] = useState<number | null>(null);
  const [sort, setSort] = useState<{ column: number; isUp: boolean }>({ column: 0, isUp: false });
  if (table === null) return <p class="soft">Waiting for the first table…</p>;
  const total = table.validators.reduce((sum, { stake }) => sum + Number(stake), 0);
  const { value } = columns[sort.column]!;
  const order = [...table.validators.keys()].sort((a, b) => {
    const difference = value(table.validators[a]!) - value(table.validators[b]!);
    return (sort.isUp ? difference : -difference) || a - b;
  });
  const sortBy = (column: number) => setSort({ column, isUp: sort.column === column ? !sort.isUp : false });
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls sideways, by keyboard too
    <section class="scroll tall" tabIndex={0} aria-label="Validators">
      <table class="validators">
        <thead>
          <tr>
            <th scope="col">Validator</th>
            <th scope="col">Status</th>
            {columns.map(({ title, help }, column) => (
              <th
                key={title}
                scope="col"
                class="number"
                aria-sort={sort.column !== column ? "none" : sort.isUp ? "ascending" : "descending"}
              >
                <button type="button" class="plain" title={help} onClick={() => sortBy(column)}>
                  {title}
                </button>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {order.map((index) => {
            const validator = table.validators[index]!;
            const { name, identity } = header.validators[index]!;
            return [
              <tr key={identity} data-validator={index}>
                <th scope="row">
                  <button
                    type="button"
                    class="plain who"
                    aria-expanded={open === index}
                    onClick={() => setOpen(open === index ? null : index)}
                  >
                    <span class="dot" style={{ background: colorOf(index) }} />
                    {name} <span class="soft">{shorten(identity)}</span>
                  </button>
                </th>
                <td>
                  {statusOf(validator).map((word) => (
                    <span key={word} class={`status status-${word.split(" ")[0]}`}>
                      {word}
                    </span>
                  ))}
                </td>
                {columns.map(({ title, of }) => (
                  <td key={title} class="number">
                    {of(validator, total)}
                  </td>
                ))}
              </tr>,
              open === index && (
                <tr key={`${identity}-more`}>
                  <td colSpan={columns.length + 2}>
                    <More index={index} header={header} validator={validator} steering={steering} />
                  </td>
                </tr>
              ),
            ];
          })}
        </tbody>
      </table>
    </section>
  );
});

type MoreProps = {
  readonly index: number;
  readonly header: WatchHeader;
  readonly validator: WatchValidator;
  readonly steering: Steering | null;
};

function More({ index, header, validator, steering }: MoreProps) {
  const { identity, voteAccount } = header.validators[index]!;
  const others = [...header.validators.keys()].filter((other) => other !== index);
  return (
    <div class="more">
      <p>
        <a href={`#/validator/${index}`}>All about it</a> · identity <a href={`#/account/${identity}`}>{identity}</a> ·
        vote account <a href={`#/account/${voteAccount}`}>{voteAccount}</a>
      </p>
      {steering !== null && (
        <div class="buttons" role="toolbar" aria-label={`Do something to ${header.validators[index]!.name}`}>
          {validator.state === "running" || validator.state === "resting" ? (
            <button type="button" onClick={() => steering.act("escapement_kill", [index])}>
              Kill
            </button>
          ) : (
            <button type="button" onClick={() => steering.act("escapement_restart", [index])}>
              Restart
            </button>
          )}
          {validator.group === null ? (
            <button type="button" onClick={() => steering.act("escapement_partition", [[[index], others]])}>
              Partition off
            </button>
          ) : (
            <button type="button" onClick={() => steering.act("escapement_heal")}>
              Heal
            </button>
          )}
          {validator.strategy === null ? (
            <button type="button" onClick={() => steering.act("escapement_misbehave", [index, "equivocate"])}>
              Equivocate
            </button>
          ) : (
            <button type="button" onClick={() => steering.act("escapement_misbehave", [index, null])}>
              Be honest
            </button>
          )}
          <Amount
            label="Commission, %"
            action="Set"
            value={validator.commissionBps / 100}
            max={100}
            onGive={(percent) => steering.act("escapement_setCommission", [index, Math.round(percent * 100)])}
          />
          <Amount
            label="Delegate, SOL"
            action="Delegate"
            value={1000}
            max={1_000_000}
            onGive={(sol) => steering.act("escapement_delegate", [index, Math.round(sol * 1e9)])}
          />
        </div>
      )}
    </div>
  );
}

type AmountProps = {
  readonly label: string;
  readonly action: string;
  /** What stands in the field at first. */
  readonly value: number;
  readonly max: number;
  readonly onGive: (amount: number) => void;
};

function Amount({ label, action, value, max, onGive }: AmountProps) {
  return (
    <form
      class="amount"
      onSubmit={(event) => {
        event.preventDefault();
        const amount = Number(new FormData(event.currentTarget).get("amount"));
        if (Number.isFinite(amount)) onGive(amount);
      }}
    >
      <label>
        {label}{" "}
        <input name="amount" type="number" min="0" max={max} step="0.01" defaultValue={String(value)} required />
      </label>
      <button type="submit">{action}</button>
    </form>
  );
}
