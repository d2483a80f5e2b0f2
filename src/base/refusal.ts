/**
 * An expected "no", returned and never thrown, to a stranger's bytes, signature, block or request.
 *
 *     const parsed = parseTransaction(bytes);
 *     if (!parsed.ok) return parsed;      // { ok: false, code: "transaction-too-large", facts: { bytes: 1300, bytesMax: 1232 } }
 *     use(parsed.value);
 *
 * `code` is stable and machine-readable; `facts` say what was seen and what was expected.
 */
export type Facts = Readonly<Record<string, string | number | bigint | boolean | null>>;

export type Refusal<Code extends string = string> = { readonly ok: false; readonly code: Code; readonly facts: Facts };

export type Accepted<T> = { readonly ok: true; readonly value: T };

export type Outcome<T, Code extends string = string> = Accepted<T> | Refusal<Code>;

export function accept<T>(value: T): Accepted<T> {
  return { ok: true, value };
}

export function refuse<Code extends string>(code: Code, facts: Facts = {}): Refusal<Code> {
  return { ok: false, code, facts };
}

/** `slot-leader-wrong (slot 7, expected A…, actual B…)`: for logs and messages to people. */
export function formatRefusal(refusal: Refusal): string {
  const facts = Object.entries(refusal.facts).map(([name, value]) => `${name} ${String(value)}`);
  return facts.length === 0 ? refusal.code : `${refusal.code} (${facts.join(", ")})`;
}
