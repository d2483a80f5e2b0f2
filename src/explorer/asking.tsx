/** What a page of details asks of the devnet, and how it shows small facts. */
import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";

export type Ask = <T>(method: string, params?: readonly unknown[]) => Promise<T>;

export type Answer<T> =
  | { readonly type: "waiting" }
  | { readonly type: "found"; readonly value: T }
  | { readonly type: "failed"; readonly message: string };

/** Asks once for each key. */
export function useAnswer<T>(ask: Ask | null, method: string, params: readonly unknown[]): Answer<T> {
  const [answer, setAnswer] = useState<Answer<T>>({ type: "waiting" });
  const key = JSON.stringify([method, params]);
  useEffect(() => {
    if (ask === null) {
      setAnswer({ type: "failed", message: "a recording holds what was watched, not the ledger" });
      return;
    }
    let isWanted = true;
    setAnswer({ type: "waiting" });
    const [name, given] = JSON.parse(key) as [string, unknown[]];
    ask<T>(name, given).then(
      (value) => isWanted && setAnswer({ type: "found", value }),
      (error: Error) => isWanted && setAnswer({ type: "failed", message: error.message }),
    );
    return () => {
      isWanted = false;
    };
  }, [ask, key]);
  return answer;
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
