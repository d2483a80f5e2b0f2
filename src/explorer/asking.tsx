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

type AnsweredProps<T> = {
  readonly answer: Answer<T | null>;
  /** In place of a value that is not there. */
  readonly missing: ComponentChildren;
  /** In place of the reason why it failed. */
  readonly failed?: ComponentChildren;
  readonly children: (value: T) => ComponentChildren;
};

/** What was asked for, or why it is not there. */
export function Answered<T>({ answer, missing, failed, children }: AnsweredProps<T>) {
  if (answer.type === "waiting") return <p class="soft">Asking…</p>;
  if (answer.type === "failed") return <>{failed ?? <p class="problem">{answer.message}</p>}</>;
  return <>{answer.value === null ? missing : children(answer.value)}</>;
}

export function AccountLink({ address }: { readonly address: string }) {
  return <a href={`#/account/${address}`}>{address}</a>;
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
