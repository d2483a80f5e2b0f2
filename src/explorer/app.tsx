/** The page: what comes in is put into the model, and shown a few times a second. */

import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import type { Recording } from "../sim/watch-frame.ts";
import type { Ask } from "./asking.tsx";
import { Details } from "./details.tsx";
import { save } from "./download.ts";
import { EventLog } from "./event-log.tsx";
import { Finality, lagRows, linkRows } from "./finality.tsx";
import { ForkTree, type Tower } from "./fork-tree.tsx";
import { Header, type Steering } from "./header.tsx";
import { applyFrame, applyTable, createModel, liveTree, type Model } from "./model.ts";
import { Rewards, rewardRows } from "./rewards.tsx";
import { type Draw, Ribbon } from "./ribbon.tsx";
import { parseRoute, type Route } from "./route.ts";
import { ribbonRows, treeRows } from "./rows.ts";
import { Scrubber } from "./scrubber.tsx";
import { Search } from "./search.tsx";
import { Section } from "./section.tsx";
import { connect, type Live, type Software, type Status } from "./source.ts";
import { Stakes, stakeRows } from "./stakes.tsx";
import { Validators, validatorRows } from "./validators.tsx";

/** Redraws at the most: fast enough to look alive, slow enough for a hundred validators. */
const redrawMs = 90;

/** Details are asked for again after so many slots. */
const slotsPerAsking = 8;

/** `status` and `software`: null of a recording. */
type Shown = {
  readonly model: Model;
  readonly status: Status | null;
  readonly software: Software | null;
};

export type AppProps = {
  /** Of a devnet's WebSocket. */
  readonly url: string;
  /** Instead of it. */
  readonly recording: Recording | null;
};

export function App({ url, recording }: AppProps) {
  const shown = useRef<Shown | null>(null);
  const live = useRef<Live | null>(null);
  const [, redraw] = useState(0);
  const [isUp, setUp] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  /** The newest transaction that a button sent. */
  const [sent, setSent] = useState<string | null>(null);

  useEffect(() => {
    if (recording !== null) return;
    let timer: ReturnType<typeof setTimeout> | null = null;
    const redrawSoon = () => {
      // One at a time: a hidden tab draws no frames, and would draw all of them when it is shown again.
      timer ??= setTimeout(() => {
        requestAnimationFrame(() => {
          timer = null;
          redraw((count) => count + 1);
        });
      }, redrawMs);
    };
    live.current = connect(url, {
      onState({ software, header, frames, events, status }) {
        const model = createModel(header);
        for (const frame of frames) applyFrame(model, frame);
        model.events.splice(0, model.events.length, ...events);
        shown.current = { model, status, software };
        redrawSoon();
      },
      onFrames(frames, status, table) {
        if (shown.current === null) return;
        for (const frame of frames) applyFrame(shown.current.model, frame);
        if (table !== null) applyTable(shown.current.model, table);
        shown.current = { ...shown.current, status };
        redrawSoon();
      },
      onLine: setUp,
    });
    return () => {
      live.current?.close();
      if (timer !== null) clearTimeout(timer);
    };
  }, [url, recording]);

  const show = useCallback((model: Model) => {
    shown.current = { model, status: null, software: null };
    redraw((count) => count + 1);
  }, []);

  const act = useCallback((method: string, params: readonly unknown[] = []) => {
    setProblem(null);
    live.current?.call<{ readonly signature?: string } | null>(method, params).then(
      (answer) => setSent(answer?.signature ?? null),
      (error: Error) => setProblem(error.message),
    );
  }, []);
  const isLive = recording === null;
  const route = useRoute();
  const askLive: Ask = useCallback((method, params) => ask(live.current, method, params), []);
  const steering = useRef<Steering | null>(isLive ? { act } : null).current;
  const explain = useCallback((slot: number) => ask<Draw>(live.current, "escapement_explainLeader", [slot]), []);
  const towerOf = useCallback((index: number) => ask<Tower>(live.current, "escapement_getTower", [index]), []);
  const exportScenario = () => {
    ask<string>(live.current, "escapement_exportScenario").then(
      (text) => save("scenario.yaml", text, "application/yaml"),
      (error: Error) => setProblem(error.message),
    );
  };

  const scrubber = recording === null ? null : <Scrubber recording={recording} show={show} />;
  if (shown.current === null)
    return scrubber ?? <p class="waiting">{isUp ? "Waiting for the first slot…" : "Looking for the devnet…"}</p>;
  const { model, status, software } = shown.current;
  const version = `${status?.reverts} ${isUp} ${Math.floor(model.confirmed / slotsPerAsking)}`;
  const asking = isLive ? { ask: askLive, version } : null;
  return (
    <>
      {scrubber}
      <Header model={model} status={status} isUp={isUp} steering={steering} />
      <Search known={model} />
      {sent !== null && (
        <p class="sent" role="status">
          Sent: <a href={`#/tx/${sent}`}>{sent}</a>{" "}
          <button type="button" class="quiet" onClick={() => setSent(null)}>
            Close
          </button>
        </p>
      )}
      {problem !== null && (
        <p class="problem" role="alert">
          {problem}{" "}
          <button type="button" class="quiet" onClick={() => setProblem(null)}>
            Close
          </button>
        </p>
      )}
      {route.type !== "whole" ? (
        <Details route={route} model={model} asking={asking} />
      ) : (
        <main>
          <Section id="ribbon" title="Slots" rows={() => ribbonRows(model)}>
            <Ribbon model={model} explain={isLive ? explain : null} />
          </Section>
          <Section
            id="forks"
            title="Forks"
            rows={() => treeRows(model, liveTree(model, 1000))}
            tools={
              steering !== null && (
                <button type="button" class="quiet" disabled={!isUp} onClick={() => steering.act("escapement_heal")}>
                  Heal the network
                </button>
              )
            }
          >
            <ForkTree model={model} towerOf={isLive ? towerOf : null} />
          </Section>
          <Section
            id="validators"
            title="Validators"
            rows={() => validatorRows({ header: model.header, table: model.table })}
          >
            <Validators header={model.header} table={model.table} steering={steering} />
          </Section>
          <Section
            id="stakes"
            title="Stake and fairness"
            rows={() => stakeRows(model)}
            more={[{ name: "p-values", rows: () => model.fairness.map((point) => ({ ...point })) }]}
          >
            <Stakes
              header={model.header}
              table={model.table}
              fairness={model.fairness}
              points={model.fairness.length}
            />
          </Section>
          <Section
            id="finality"
            title="Finality and network"
            rows={() => lagRows(model)}
            more={[{ name: "links", rows: () => linkRows(model) }]}
          >
            <Finality model={model} />
          </Section>
          <Section id="rewards" title="Rewards" rows={() => rewardRows(model.header, model.table)}>
            <Rewards header={model.header} table={model.table} />
          </Section>
          <Section
            id="events"
            title="Events"
            rows={() => model.events.map((event) => ({ ...event }))}
            tools={
              isLive && (
                <button type="button" class="quiet" disabled={!isUp} onClick={exportScenario}>
                  As a scenario
                </button>
              )
            }
          >
            <EventLog events={model.events} />
          </Section>
        </main>
      )}
      {software !== null && (
        <footer class="note">
          Escapement {software.version}. Proof of History by {software.pohKernel}.
        </footer>
      )}
    </>
  );
}

/** Where the address says that the page is. */
function useRoute(): Route {
  const [hash, setHash] = useState(() => window.location.hash);
  useEffect(() => {
    const follow = () => {
      setHash(window.location.hash);
      window.scrollTo(0, 0);
    };
    window.addEventListener("hashchange", follow);
    return () => window.removeEventListener("hashchange", follow);
  }, []);
  const route = parseRoute(hash);
  const title = route.type === "whole" ? "Escapement" : `${hash.replace(/^#\/?/, "").slice(0, 60)} · Escapement`;
  useEffect(() => {
    document.title = title;
  }, [title]);
  return route;
}

function ask<T>(live: Live | null, method: string, params: readonly unknown[] = []): Promise<T> {
  return live === null ? Promise.reject(new Error("not connected")) : live.call<T>(method, params);
}
