/** What a page of details asks of the devnet, and how it shows small facts. */
import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";

export type Ask = <T>(method: string, params?: readonly unknown[]) => Promise<T>;

export type Answer<T> =
  | { readonly type: "waiting" }
  | { readonly type: "found"; readonly value: T }
  | { readonly type: "failed"; readonly message: string };

/** The way to ask, and what changes when answers may have: some slots passed, the world was put back, the line came again. */
export type Asking = { readonly ask: Ask; readonly version: string };

/** Asks when the question changes, and again when the world has: the old answer stands until the new one is there. */
export function useAnswer<T>(asking: Asking | null, method: string, params: readonly unknown[]): Answer<T> {
  const key = JSON.stringify([method, params]);
  const [kept, keep] = useState<{ readonly key: string; readonly answer: Answer<T> } | null>(null);
  useEffect(() => {
    if (asking === null) return;
    let isWanted = true;
    const [name, given] = JSON.parse(key) as [string, unknown[]];
    asking.ask<T>(name, given).then(
      (value) => isWanted && keep({ key, answer: { type: "found", value } }),
      (error: Error) => isWanted && keep({ key, answer: { type: "failed", message: error.message } }),
    );
    return () => {
      isWanted = false;
    };
  }, [asking?.ask, asking?.version, key]);
  if (asking === null) return { type: "failed", message: "a recording holds what was watched, not the ledger" };
  return kept?.key === key ? kept.answer : { type: "waiting" };
}

export function Facts({ facts }: { readonly facts: readonly (readonly [string, ComponentChildren])[] }) {
  return (
    <dl class="facts">
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
