/**
 * The options of `createDevnet`, checked as values of any type: a caller in plain JavaScript has no compiler to stop him.
 *
 *     checkDevnetOptions({ slotMs: 50 })         options-invalid (field slotMs, problem no such option; …)
 *     checkDevnetOptions({ validators: "4" })    options-invalid (field validators, value 4, problem …)
 *
 * What chain may begin, genesis and parameters say for themselves; here is only what they cannot be asked about.
 */
import { type Refusal, refuse } from "../base/refusal.ts";
import type { ProfileName } from "../chain/params.ts";
import { profiles } from "../chain/params.ts";
import { validatorsMax } from "../sim/network.ts";
import type { DevnetOptions } from "./devnet-types.ts";

type Check = { readonly expected: string; accepts(value: unknown): boolean };

const isWhole = (value: unknown, minimum: number) => Number.isSafeInteger(value) && (value as number) >= minimum;
const isObject = (value: unknown): value is object => typeof value === "object" && value !== null;

const isPlan = (value: unknown) =>
  isObject(value) &&
  typeof (value as { stake?: unknown }).stake === "bigint" &&
  ["number", "undefined"].includes(typeof (value as { commission?: unknown }).commission);

const anyNumber = { expected: "a number", accepts: (value: unknown) => typeof value === "number" };

const checks: Readonly<Record<keyof DevnetOptions, Check>> = {
  seed: { expected: "a text", accepts: (value) => typeof value === "string" },
  validators: {
    expected: `1 to ${validatorsMax}, or a list of { stake, commission? } with stake in lamports, a bigint`,
    accepts: (value) =>
      Array.isArray(value)
        ? value.length > 0 && value.every(isPlan)
        : isWhole(value, 1) && (value as number) <= validatorsMax,
  },
  profile: {
    expected: `one of ${Object.keys(profiles).join(", ")}`,
    accepts: (value) => typeof value === "string" && Object.hasOwn(profiles, value as ProfileName),
  },
  params: { expected: "an object of chain parameters", accepts: (value) => isObject(value) && !Array.isArray(value) },
  accounts: anyNumber,
  accountLamports: { expected: "lamports, a bigint", accepts: (value) => typeof value === "bigint" },
  creationTime: anyNumber,
  firstSlot: anyNumber,
  ledgerSlotsMax: { expected: "a whole number from 1", accepts: (value) => isWhole(value, 1) },
  genesis: {
    expected: "what a genesis file says, as an object",
    accepts: (value) => isObject(value) && !Array.isArray(value),
  },
  load: { expected: "the bytes of a dump", accepts: (value) => value instanceof Uint8Array },
  sharedWork: { expected: "true or false", accepts: (value) => typeof value === "boolean" },
};

/** What a genesis file says itself, and an option beside it would contradict. */
const saidByGenesis: readonly (keyof DevnetOptions)[] = ["validators", "profile", "accounts", "accountLamports"];

/** The first option that cannot stand; null when there is none. An option left undefined is one not given. */
export function checkDevnetOptions(options: unknown): Refusal<"options-invalid"> | null {
  if (!isObject(options) || Array.isArray(options)) {
    return refuse("options-invalid", { value: String(options), problem: "give an object, or nothing" });
  }
  for (const [field, value] of Object.entries(options)) {
    if (!Object.hasOwn(checks, field)) {
      const known = Object.keys(checks).join(", ");
      return refuse("options-invalid", { field, problem: `no such option; give ${known}` });
    }
    const { expected, accepts } = checks[field as keyof DevnetOptions];
    if (value !== undefined && !accepts(value)) {
      return refuse("options-invalid", { field, value: textOf(value), problem: `give ${expected}` });
    }
  }
  const { genesis, load, ...others } = options as DevnetOptions;
  const beside = Object.keys({ ...others, ...(genesis === undefined ? {} : { genesis }) }).find(
    (field) => field !== "ledgerSlotsMax" && others[field as keyof typeof others] !== undefined,
  );
  if (load !== undefined && beside !== undefined) {
    return refuse("options-invalid", { field: beside, problem: "the dump says it; leave it away, or leave load away" });
  }
  const double = saidByGenesis.find(
    (field) => genesis !== undefined && others[field as keyof typeof others] !== undefined,
  );
  if (double === undefined) return null;
  const problem = "the genesis file says it; change it there, or leave genesis away";
  return refuse("options-invalid", { field: double, problem });
}

/** For a message: short, whatever it is. */
function textOf(value: unknown): string {
  return Array.isArray(value) ? `a list of ${value.length}` : String(value).slice(0, 64);
}
