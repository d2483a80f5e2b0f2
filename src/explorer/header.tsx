/** Where the chain stands, and the buttons that steer it. */
import { formatDuration } from "./format.ts";
import { type Model, transactionsPerSecond } from "./model.ts";
import type { Status } from "./source.ts";

export type Steering = { act(method: string, params?: readonly unknown[]): void };

export type HeaderProps = {
  readonly model: Model;
  /** Null: a recording. */
  readonly status: Status | null;
  readonly isUp: boolean;
  readonly steering: Steering | null;
};

export function Header({ model, status, isUp, steering }: HeaderProps) {
  const { header, epoch, slot, confirmed, finalized } = model;
  const done = Math.max(0, Math.min(1, (slot - epoch.firstSlot + 1) / epoch.slots));
  const left = ((epoch.slots - (slot - epoch.firstSlot) - 1) * header.slotDurationMs) / 1000;
  const crashed = model.table?.validators.findIndex(({ state }) => state === "crashed") ?? -1;
  const mode = status === null ? "recording" : !isUp ? "no connection" : status.running ? "running" : "paused";
  return (
    <header class="header">
      <div class="brand">
        <a href="#/" class="name">
          Escapement
        </a>
        <span class={`mode mode-${mode.replace(" ", "-")}`} role="status">
          {mode}
        </span>
        <span class="seed" title={`genesis ${header.genesisHash}`}>
          seed {header.seed}, {header.policy}, {header.profile}
        </span>
      </div>
      <dl class="figures">
        <Figure name="Epoch" value={String(epoch.epoch)} note={`${formatDuration(left)} left`}>
          <progress max="1" value={done} aria-label="of the epoch" />
        </Figure>
        <Figure name="Slot" value={String(slot)} note={`${header.slotDurationMs} ms each`} id="slot" />
        <Figure name="Confirmed" value={String(confirmed)} note={`${slot - confirmed} behind`} />
        <Figure name="Finalized" value={String(finalized)} note={`${slot - finalized} behind`} />
        <Figure name="Transactions" value={transactionsPerSecond(model).toFixed(1)} note="a second" />
        <Figure
          name="Invariants"
          value={crashed < 0 ? "hold" : "broken"}
          note={crashed < 0 ? "checked each slot" : `validator ${crashed} stopped`}
        />
      </dl>
      {steering !== null && status !== null && <Buttons status={status} isUp={isUp} steering={steering} />}
    </header>
  );
}

type FigureProps = {
  readonly name: string;
  readonly value: string;
  readonly note: string;
  readonly id?: string;
  readonly children?: preact.ComponentChildren;
};

function Figure({ name, value, note, id, children }: FigureProps) {
  return (
    <div class="figure">
      <dt>{name}</dt>
      <dd>
        <span class="value" {...(id === undefined ? {} : { id })}>
          {value}
        </span>
        {children}
        <span class="note">{note}</span>
      </dd>
    </div>
  );
}

function Buttons({ status, isUp, steering }: { status: Status; isUp: boolean; steering: Steering }) {
  const newest = status.snapshots.at(-1);
  return (
    <div class="buttons" role="toolbar" aria-label="Steer the devnet">
      <button
        type="button"
        disabled={!isUp}
        onClick={() => steering.act(status.running ? "escapement_pause" : "escapement_resume")}
      >
        {status.running ? "Pause" : "Run"}
      </button>
      <button type="button" disabled={!isUp} onClick={() => steering.act("escapement_step", [1])}>
        Step slot
      </button>
      <button type="button" disabled={!isUp} onClick={() => steering.act("escapement_advanceEpochs", [1])}>
        Step epoch
      </button>
      <button type="button" disabled={!isUp} onClick={() => steering.act("escapement_snapshot")}>
        Snapshot
      </button>
      <button
        type="button"
        disabled={!isUp || newest === undefined}
        title={newest === undefined ? "take a snapshot first" : `to slot ${newest.slot}`}
        onClick={() => newest !== undefined && steering.act("escapement_revert", [newest.id])}
      >
        Rewind{newest === undefined ? "" : ` to ${newest.slot}`}
      </button>
      {status.snapshots.length > 1 && (
        <label>
          <span class="hidden">Rewind to an older snapshot</span>
          <select
            disabled={!isUp}
            value=""
            onChange={({ currentTarget }) => {
              if (currentTarget.value !== "") steering.act("escapement_revert", [Number(currentTarget.value)]);
              currentTarget.value = "";
            }}
          >
            <option value="">older…</option>
            {status.snapshots.slice(0, -1).map(({ id, slot }) => (
              <option key={id} value={id}>
                snapshot {id}: slot {slot}
              </option>
            ))}
          </select>
        </label>
      )}
    </div>
  );
}
