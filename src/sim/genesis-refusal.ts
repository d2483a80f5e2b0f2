/**
 * Why no chain can begin as a genesis file says, in the file's own words: its places, its names, and SOL.
 *
 *     stake-below-minimum (address 3yYs…, stake 500000000, minimum 1000000000, place stakes.0)
 *     stake-below-minimum (at stakeAccounts.0.stake, problem savings: 0.5 SOL, and a delegation has at least 1 SOL …)
 */
import { type Refusal, refuse } from "../base/refusal.ts";
import { lamportsPerSol } from "../chain/ids.ts";
import type { NetworkPlan } from "./network.ts";

type NamedPlan = Pick<NetworkPlan, "accounts" | "validators" | "stakes">;

/** The same refusal with `at` and `problem`; as it is, where it is about nothing that a file says. */
export function explainGenesisRefusal<Code extends string>(refusal: Refusal<Code>, plan: NamedPlan): Refusal<Code> {
  const explain = explanations[refusal.code];
  if (explain === undefined) return refusal;
  const { facts } = refusal;
  const { place: whole = "" } = facts;
  const [list = "", index = ""] = String(whole).split(".");
  const place = list === "" ? "" : `${list === "stakes" ? "stakeAccounts" : list}.${index}`;
  const name = nameAt(plan, list, Number(index));
  const { field, problem } = explain(facts);
  const at = [place, field].filter((part) => part !== "").join(".");
  const known = { at, problem: name === undefined ? problem : `${name}: ${problem}` };
  return refuse(refusal.code, known);
}

function nameAt({ accounts, validators, stakes = [] }: NamedPlan, list: string, index: number): string | undefined {
  if (list === "validators") return validators[index]?.name;
  if (list === "stakes") return stakes[index]?.name;
  return list === "accounts" && typeof accounts !== "number" ? accounts[index]?.name : undefined;
}

type Facts = Refusal["facts"];

/** Of each refusal the field within its place, and a sentence. */
const explanations: Readonly<Record<string, (facts: Facts) => { readonly field: string; readonly problem: string }>> = {
  "stake-not-positive": () => ({ field: "stake", problem: "a stake that is delegated is more than 0 SOL" }),
  "stake-below-minimum": ({ stake, minimum }) => ({
    field: "stake",
    problem: `${solText(stake)}, and a delegation has at least ${solText(minimum)} (params.stakeMinimumDelegation)`,
  }),
  "commission-out-of-range": ({ commission }) => ({
    field: "commission",
    problem: `a commission is 0 to 100 percent with two decimals at most, and this is ${commission}`,
  }),
  "account-in-use": ({ address }) => ({ field: "address", problem: `${address} is taken by another account` }),
  "identity-registered": ({ identity }) => ({ field: "", problem: `two validators have the identity ${identity}` }),
  "total-stake-too-large": () => ({ field: "validators", problem: "all stakes together are above 2^64 - 1 lamports" }),
  "supply-too-large": () => ({ field: "accounts", problem: "all coins together are above 2^64 - 1 lamports" }),
  "record-invalid": ({ problem }) => ({ field: "jailedUntilEpoch", problem: String(problem) }),
  "slashing-off": () => ({
    field: "status",
    problem: "this chain does not slash (params.slashing), so that nobody is jailed, tombstoned or slashed",
  }),
  "all-validators-jailed": () => ({
    field: "validators",
    problem: "all of them are jailed or tombstoned: nobody is left to lead",
  }),
  "first-slot-invalid": ({ firstSlot, minimum, maximum }) => ({
    field: "firstSlot",
    problem: `${firstSlot} is not from ${minimum} to ${maximum}`,
  }),
  "validators-too-many": ({ validators, maximum }) => tooMany("validators", validators, maximum),
  "accounts-out-of-range": ({ accounts, maximum }) => tooMany("accounts", accounts, maximum),
  "stakes-too-many": ({ stakes, maximum }) => tooMany("stakeAccounts", stakes, maximum),
};

function tooMany(field: string, count: Facts[string] | undefined, maximum: Facts[string] | undefined) {
  return { field, problem: `${count} of them, and a network has at most ${maximum}` };
}

function solText(lamports: Facts[string] | undefined): string {
  const amount = BigInt(lamports ?? 0);
  const fraction = String(amount % lamportsPerSol)
    .padStart(9, "0")
    .replace(/0+$/, "");
  return `${amount / lamportsPerSol}${fraction === "" ? "" : `.${fraction}`} SOL`;
}
