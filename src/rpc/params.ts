/**
 * A stranger's params become typed values here, once and strictly, or an error -32602 of one sentence.
 *
 *     method([required("slot", slotSchema), optional("config", configSchema)], ([slot, config], view) => …)
 *     params ["7"]   ->   Invalid params: slot is "7"; expected a slot (an integer from 0 to 2^53 - 1).
 *
 * Integers come as numbers or bigints. As Solana does, null stands for absent, and unknown fields of a config are ignored.
 */
import * as v from "valibot";
import type { Bank } from "../chain/bank.ts";
import { type Lamports, parseAddress, parseHash, parseSignature, slotOf, u64Max } from "../chain/ids.ts";
import { answered, failed, invalidParams, minContextSlotNotReached, type RpcOutcome } from "./errors.ts";
import { formatJson } from "./json.ts";
import type { Commitment, NodeView } from "./node-view.ts";

/** One JSON-RPC method: params as parsed from JSON, in order. It does not throw at a stranger. */
export type RpcMethod = (params: readonly unknown[], view: NodeView) => RpcOutcome;

export type Param<T> = { readonly name: string; readonly schema: v.GenericSchema<unknown, T> };

type Values<P extends readonly Param<unknown>[]> = { readonly [I in keyof P]: P[I] extends Param<infer T> ? T : never };

export function required<T>(name: string, schema: v.GenericSchema<unknown, T>): Param<T> {
  return { name, schema };
}

export function optional<T>(name: string, schema: v.GenericSchema<unknown, T>): Param<T | undefined> {
  return { name, schema: maybe(schema) };
}

/** A method from what it takes and what it does with that. */
export function method<const P extends readonly Param<unknown>[]>(
  takes: P,
  run: (values: Values<P>, view: NodeView) => RpcOutcome,
): RpcMethod {
  return (params, view) => {
    if (params.length > takes.length) {
      return failed(invalidParams(`got ${params.length} of them; expected at most ${takes.length}.`));
    }
    const values: unknown[] = [];
    for (const [index, { name, schema }] of takes.entries()) {
      const parsed = v.safeParse(schema, params[index]);
      if (!parsed.success) return failed(invalidParams(describeIssue(name, parsed.issues[0])));
      values.push(parsed.output);
    }
    return run(values as unknown as Values<P>, view);
  };
}

/** `config.commitment is "max"; expected one of "processed", "confirmed", "finalized".` */
function describeIssue(name: string, issue: v.BaseIssue<unknown>): string {
  const path = v.getDotPath(issue as v.BaseIssue<unknown> & { readonly path?: never });
  const at = path === null || path === undefined ? name : `${name}.${path}`;
  return `${at} is ${describeValue(issue.input)}; expected ${issue.message}.`;
}

const shownMax = 64;

function describeValue(value: unknown): string {
  if (value === undefined) return "missing";
  const text = formatJson(value);
  return text.length <= shownMax ? text : `${text.slice(0, shownMax)}…`;
}

function maybe<T>(schema: v.GenericSchema<unknown, T>): v.GenericSchema<unknown, T | undefined> {
  return v.pipe(
    v.nullish(schema),
    v.transform((value) => value ?? undefined),
  );
}

const integer = v.pipe(
  v.custom<number | bigint>((input) => typeof input === "bigint" || Number.isSafeInteger(input), "an integer"),
  v.transform((input) => BigInt(input)),
);

/** A safe integer from `minimum` to `maximum`; `noun` says what it counts. */
export function countSchema(noun: string, minimum: number, maximum: number): v.GenericSchema<unknown, number> {
  const upper = maximum === Number.MAX_SAFE_INTEGER ? "2^53 - 1" : String(maximum);
  const expected = `${noun} (an integer from ${minimum} to ${upper})`;
  return v.custom<number>(
    (input) => typeof input === "number" && Number.isSafeInteger(input) && input >= minimum && input <= maximum,
    expected,
  );
}

const slotNumber = countSchema("a slot", 0, Number.MAX_SAFE_INTEGER);
export const slotSchema = v.pipe(slotNumber, v.transform(slotOf));

export const lamportsSchema = v.pipe(
  integer,
  v.check((amount) => amount >= 0n && amount <= u64Max, "an amount of lamports (an integer from 0 to 2^64 - 1)"),
  v.transform((amount) => amount as Lamports),
);

function textSchema<T extends string>(
  parse: (text: string) => T | null,
  expected: string,
): v.GenericSchema<unknown, T> {
  return v.custom<T>((input) => typeof input === "string" && parse(input) !== null, expected);
}

export const addressSchema = textSchema(parseAddress, "an address (base58 of 32 bytes)");
export const hashSchema = textSchema(parseHash, "a blockhash (base58 of 32 bytes)");
export const signatureSchema = textSchema(parseSignature, "a signature (base58 of 64 bytes)");

export const booleanSchema = v.boolean("true or false");
export const stringSchema = v.string("a string");

export function listSchema<T>(
  item: v.GenericSchema<unknown, T>,
  noun: string,
  lengthMax: number,
): v.GenericSchema<unknown, readonly T[]> {
  return v.pipe(
    v.custom<unknown[]>(
      (input) => Array.isArray(input) && input.length <= lengthMax,
      `a list of at most ${lengthMax} ${noun}`,
    ),
    v.array(item),
  );
}

export function choiceSchema<const T extends readonly string[]>(choices: T): v.GenericSchema<unknown, T[number]> {
  return v.picklist(choices, `one of ${choices.map((choice) => `"${choice}"`).join(", ")}`);
}

type Fields<F> = { readonly [K in keyof F]: F[K] extends v.GenericSchema<unknown, infer T> ? T | undefined : never };

/** An object whose fields may all be absent. */
export function configSchema<F extends Readonly<Record<string, v.GenericSchema<unknown, unknown>>>>(
  fields: F,
): v.GenericSchema<unknown, Fields<F>> {
  const optionalFields = Object.fromEntries(Object.entries(fields).map(([name, schema]) => [name, maybe(schema)]));
  return v.pipe(
    v.custom<object>((input) => typeof input === "object" && input !== null && !Array.isArray(input), "an object"),
    v.object(optionalFields),
    v.transform((output) => output as Fields<F>),
  );
}

export const commitmentSchema = choiceSchema(["processed", "confirmed", "finalized"]);

/** What most methods take: how settled the state must be, and from which slot at least. */
export const contextFields = { commitment: commitmentSchema, minContextSlot: slotNumber };
export const contextConfig = optional("config", configSchema(contextFields));

export type ContextConfig = {
  readonly commitment?: Commitment | undefined;
  readonly minContextSlot?: number | undefined;
};

/** The bank that a request asks for. A missing commitment means finalized. */
export function bankFor(view: NodeView, config: ContextConfig | undefined): RpcOutcome<Bank> {
  const bank = view.bank(config?.commitment ?? "finalized");
  const { minContextSlot } = config ?? {};
  if (minContextSlot !== undefined && bank.slot < minContextSlot) return failed(minContextSlotNotReached(bank.slot));
  return answered(bank);
}

/** A plain answer from the bank that a request asks for. */
export function answerFrom(
  view: NodeView,
  config: ContextConfig | undefined,
  read: (bank: Bank) => unknown,
): RpcOutcome {
  const bank = bankFor(view, config);
  return bank.ok ? answered(read(bank.value)) : bank;
}

/** An answer together with the slot that it holds for. */
export function answerInContext(view: NodeView, bank: Bank, value: unknown): RpcOutcome {
  return answered({ context: { slot: bank.slot, apiVersion: view.version }, value });
}

/** For history, which is never younger than confirmed. */
export function historyCommitment(commitment: Commitment | undefined): RpcOutcome<Exclude<Commitment, "processed">> {
  if (commitment === "processed") {
    return failed(invalidParams("Method does not support commitment below `confirmed`"));
  }
  return answered(commitment ?? "finalized");
}
