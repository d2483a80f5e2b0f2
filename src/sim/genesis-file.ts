/**
 * A network described by hand, in YAML or JSON: validators and stakes in whatever state one wants to rehearse.
 *
 *     accounts:     [{ name: alice, sol: 500 }]
 *     validators:   [{ name: north, stake: 4000 }, { name: south, stake: 1000, commission: 7.5, status: jailed, jailedUntilEpoch: 3 }]
 *     stakeAccounts:
 *       - { name: savings, validator: north, stake: 250.5, state: activating, staker: alice }
 *       - { validator: south, stake: 100, state: deactivating, staker: alice, lockup: { epoch: 10 } }
 *
 * Amounts are SOL, with nine decimals at most; so is a text such as "250.5". Names are the file's own: keys come from the
 * seed. What is wrong is answered with where it stands and what was expected. The JSON schema of it is published with the
 * package (schemas/genesis.schema.json) and made from the one here.
 */
import * as v from "valibot";
import { accept, type Outcome, type Refusal, refuse } from "../base/refusal.ts";
import type { SignatureScheme } from "../chain/crypto.ts";
import { genesisStakeStates } from "../chain/genesis-stakes.ts";
import { type Address, lamportsPerSol, parseAddress, u64Max } from "../chain/ids.ts";
import { type ChainParams, createParams, type ProfileName, profiles } from "../chain/params.ts";
import { explainGenesisRefusal } from "./genesis-refusal.ts";
import {
  type AccountPlan,
  createNetwork,
  type Network,
  type NetworkPlan,
  type NetworkRefusal,
  type OwnerPlan,
  type StakePlan,
  standardAccountLamports,
  standardAccounts,
  standardSeed,
  type ValidatorPlan,
  validatorStatuses,
} from "./network.ts";
import { readYaml } from "./yaml-text.ts";

const solForm = 'an amount is SOL, such as 250.5 or "250.5", with at most nine decimals';
const sol = v.pipe(
  v.union(
    [v.pipe(v.number(), v.minValue(0, solForm)), v.pipe(v.string(), v.regex(/^\d{1,11}(\.\d{1,9})?$/, solForm))],
    solForm,
  ),
  v.description("SOL; at most nine decimals"),
);
const name = v.pipe(
  v.string("a name is a text"),
  v.regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,43}$/, "a name has up to 44 letters, digits, dots, dashes and underscores"),
);
const owner = v.pipe(v.string("an account's name, or an address"), v.description("an account's name, or an address"));
const wholeForm = "expected a whole number from 0 to 2^53 - 1";
const whole = v.pipe(
  v.number(wholeForm),
  v.integer(wholeForm),
  v.minValue(0, wholeForm),
  v.maxValue(Number.MAX_SAFE_INTEGER, wholeForm),
);
const address = v.pipe(v.string("an address is a base58 text"), v.description("base58 of 32 bytes"));

const account = v.strictObject({
  name,
  sol,
  address: v.pipe(v.optional(address), v.description("somebody else's; left out: a key derived from the seed")),
});

const validator = v.strictObject({
  name: v.optional(name),
  stake: sol,
  commission: v.optional(
    v.pipe(
      v.number("a commission is a number"),
      v.minValue(0, "a commission is 0 to 100 percent"),
      v.maxValue(100, "a commission is 0 to 100 percent"),
      v.description("percent, two decimals at most; 5 when left out"),
    ),
  ),
  status: v.optional(v.picklist(validatorStatuses, `a status is ${validatorStatuses.join(", ")}`)),
  jailedUntilEpoch: v.optional(v.pipe(whole, v.description("with status jailed: when it may come back"))),
  slashed: v.optional(v.pipe(sol, v.description("SOL taken from its stakers before this chain began"))),
});

const lockup = v.strictObject({
  epoch: v.optional(whole),
  unixTimestamp: v.optional(v.pipe(whole, v.description("Unix seconds"))),
  custodian: v.optional(owner),
});

const stakeAccount = v.strictObject({
  name: v.optional(name),
  validator: v.optional(v.pipe(name, v.description("left out for an initialized stake"))),
  stake: sol,
  state: v.picklist(genesisStakeStates, `a state is ${genesisStakeStates.join(", ")}`),
  staker: v.optional(owner),
  withdrawer: v.optional(owner),
  lockup: v.optional(lockup),
  address: v.optional(address),
});

const profileNames = ["lab", "solana", "tutorial"] as const satisfies readonly ProfileName[];

const needsValidators = "a network needs validators, such as validators: [{ name: north, stake: 1000 }]";

/** The shape of a genesis file; what is said across its parts (names, sums) is checked when it is planned. */
export const genesisFileSchema = v.strictObject({
  $schema: v.optional(v.string()),
  profile: v.optional(v.picklist(profileNames, `a profile is ${profileNames.join(", ")}`)),
  params: v.optional(
    v.pipe(
      v.record(v.string(), v.union([v.number(), v.string(), v.boolean()])),
      v.description("chain parameters that differ from the profile's; lamports as numbers or decimal texts"),
    ),
  ),
  seed: v.optional(v.string("a seed is a text")),
  creationTime: v.optional(v.pipe(whole, v.description("Unix seconds"))),
  firstSlot: v.optional(whole),
  accounts: v.optional(v.array(account)),
  validators: v.pipe(v.array(validator), v.minLength(1, needsValidators)),
  stakeAccounts: v.optional(v.array(stakeAccount)),
});

/** As one writes it in TypeScript: the same as in a file. */
export type GenesisFile = v.InferInput<typeof genesisFileSchema>;

export type GenesisFileRefusal = "genesis-file-malformed" | "params-invalid";

/** Parameters as what differs from the profile, so that flags can be laid over them. */
export type GenesisFilePlan = Omit<NetworkPlan, "params" | "creationTime"> & {
  readonly profile: ProfileName;
  /** Null when the file leaves it to whoever starts the chain. */
  readonly creationTime: number | null;
  readonly overrides: Partial<ChainParams>;
};

/** A file's text, YAML or JSON, as a plan. */
export function parseGenesisFile(text: string): Outcome<GenesisFilePlan, GenesisFileRefusal> {
  const document = parseGenesisDocument(text);
  return document.ok ? planGenesisFile(document.value) : document;
}

/** What the text says, of whatever shape. */
export function parseGenesisDocument(text: string): Outcome<unknown, "genesis-file-malformed"> {
  const read = readYaml(text);
  return read.ok ? read : malformed(read.problem, "", read.facts);
}

/** A document of any type as a plan: a caller in plain JavaScript has no compiler to stop him. */
export function planGenesisFile(document: unknown): Outcome<GenesisFilePlan, GenesisFileRefusal> {
  const checked = v.safeParse(genesisFileSchema, document);
  if (!checked.success) {
    const issue = checked.issues[0];
    const at = (issue.path ?? []).map((item) => String(item.key)).join(".");
    return malformed(describeIssue(issue), at);
  }
  return plan(checked.output);
}

/** The network of a file's plan, once params and time are settled; a refusal speaks of the file's places and names. */
export function createGenesisFileNetwork(plan: NetworkPlan, scheme: SignatureScheme): Outcome<Network, NetworkRefusal> {
  const network = createNetwork(plan, scheme);
  return network.ok ? network : explainGenesisRefusal(network, plan);
}

export function describeIssue({ type, expected, received, message, path }: v.BaseIssue<unknown>): string {
  const field = String(path?.at(-1)?.key);
  if (type === "strict_object" && expected === "never") return `there is no such field: ${field}`;
  if (type === "strict_object" && expected === '"validators"') return needsValidators;
  if (type === "strict_object" && expected !== "Object") return `the field ${field} is missing`;
  if (expected === "Object") return `expected an object, and it is ${received}`;
  if (expected === "Array") return `expected a list, and it is ${received}`;
  return message;
}

function malformed(problem: string, at: string, facts: object = {}): Refusal<"genesis-file-malformed"> {
  return refuse("genesis-file-malformed", { problem, ...(at === "" ? {} : { at }), ...facts });
}

type Document = v.InferOutput<typeof genesisFileSchema>;

type Names = { readonly accounts: ReadonlyMap<string, number>; readonly validators: ReadonlyMap<string, number> };

function plan(document: Document): Outcome<GenesisFilePlan, GenesisFileRefusal> {
  const { profile = "lab" } = document;
  const overrides = readParams(profile, document.params ?? {});
  if (!overrides.ok) return overrides;
  const names = readNames(document);
  if (!names.ok) return names;
  const accounts: AccountPlan[] = [];
  for (const [index, { name, sol: amount, address: given }] of (document.accounts ?? []).entries()) {
    const lamports = lamportsOfSol(amount, `accounts.${index}.sol`);
    if (!lamports.ok) return lamports;
    if (given !== undefined && parseAddress(given) === null) return notAnAddress(`accounts.${index}.address`);
    accounts.push({ name, lamports: lamports.value, ...(given === undefined ? {} : { address: given as Address }) });
  }
  const validators = planValidators(document);
  if (!validators.ok) return validators;
  const stakes = planStakes(document, names.value);
  if (!stakes.ok) return stakes;
  return accept({
    profile,
    overrides: overrides.value,
    seed: document.seed ?? standardSeed,
    creationTime: document.creationTime ?? null,
    firstSlot: document.firstSlot ?? 0,
    validators: validators.value,
    accounts: document.accounts === undefined ? standardAccounts : accounts,
    accountLamports: standardAccountLamports,
    stakes: stakes.value,
  });
}

/** Amounts are bigints in the parameters, and numbers or texts in a file. */
function readParams(
  profile: ProfileName,
  given: NonNullable<Document["params"]>,
): Outcome<Partial<ChainParams>, GenesisFileRefusal> {
  const overrides: Record<string, unknown> = {};
  for (const [field, value] of Object.entries(given)) {
    const standard = Object.hasOwn(profiles.lab, field) ? profiles.lab[field as keyof ChainParams] : undefined;
    const isAmount = typeof standard === "bigint";
    if (isAmount && !/^\d{1,20}$/.test(String(value))) return malformed("not a number of lamports", `params.${field}`);
    overrides[field] = isAmount ? BigInt(value) : value;
  }
  const created = createParams(profile, overrides as Partial<ChainParams>);
  return created.ok ? accept(overrides as Partial<ChainParams>) : created;
}

function readNames(document: Document): Outcome<Names, GenesisFileRefusal> {
  const accounts = new Map<string, number>();
  for (const [index, entry] of (document.accounts ?? []).entries()) {
    if (accounts.has(entry.name)) return malformed(`two accounts are named ${entry.name}`, `accounts.${index}.name`);
    accounts.set(entry.name, index);
  }
  if (document.accounts === undefined) {
    for (let index = 0; index < standardAccounts; index++) accounts.set(`account-${index}`, index);
  }
  const validators = new Map<string, number>();
  for (const [index, entry] of document.validators.entries()) {
    const called = entry.name ?? `validator-${index}`;
    if (validators.has(called)) return malformed(`two validators are named ${called}`, `validators.${index}.name`);
    validators.set(called, index);
  }
  const stakes = new Set<string>();
  for (const [index, { name: called }] of (document.stakeAccounts ?? []).entries()) {
    if (called === undefined) continue;
    if (stakes.has(called)) return malformed(`two stake accounts are named ${called}`, `stakeAccounts.${index}.name`);
    stakes.add(called);
  }
  return accept({ accounts, validators });
}

function planValidators(document: Document): Outcome<ValidatorPlan[], GenesisFileRefusal> {
  const validators: ValidatorPlan[] = [];
  for (const [index, given] of document.validators.entries()) {
    const at = `validators.${index}`;
    const stake = lamportsOfSol(given.stake, `${at}.stake`);
    if (!stake.ok) return stake;
    const slashed = given.slashed === undefined ? null : lamportsOfSol(given.slashed, `${at}.slashed`);
    if (slashed?.ok === false) return slashed;
    const { name, commission, status, jailedUntilEpoch } = given;
    if ((jailedUntilEpoch !== undefined) !== (status === "jailed"))
      return malformed("status jailed and jailedUntilEpoch go together", at);
    validators.push({
      ...(name === undefined ? {} : { name }),
      stake: stake.value,
      ...(commission === undefined ? {} : { commission }),
      ...(status === undefined ? {} : { status }),
      ...(jailedUntilEpoch === undefined ? {} : { jailedUntilEpoch }),
      ...(slashed === null ? {} : { slashed: slashed.value }),
    });
  }
  return accept(validators);
}

function planStakes(document: Document, names: Names): Outcome<StakePlan[], GenesisFileRefusal> {
  const stakes: StakePlan[] = [];
  for (const [index, given] of (document.stakeAccounts ?? []).entries()) {
    const at = `stakeAccounts.${index}`;
    const stake = lamportsOfSol(given.stake, `${at}.stake`);
    if (!stake.ok) return stake;
    const validator = given.validator === undefined ? null : names.validators.get(given.validator);
    if (validator === undefined)
      return malformed(`there is no validator ${given.validator}`, `${at}.validator`, knownNames(names.validators));
    if ((given.state === "initialized") !== (validator === null)) {
      const problem = validator === null ? `${given.state} stake names a validator` : "initialized stake names none";
      return malformed(problem, `${at}.validator`);
    }
    if (given.address !== undefined && parseAddress(given.address) === null) return notAnAddress(`${at}.address`);
    const owners = planOwners(given, names, at);
    if (!owners.ok) return owners;
    const { staker, withdrawer, custodian } = owners.value;
    const { epoch = 0, unixTimestamp = 0 } = given.lockup ?? {};
    const locked = { epoch: BigInt(epoch), unixTimestamp: BigInt(unixTimestamp), custodian };
    stakes.push({
      ...(given.name === undefined ? {} : { name: given.name }),
      validator,
      stake: stake.value,
      state: given.state,
      staker,
      withdrawer,
      ...(given.lockup === undefined ? {} : { lockup: locked }),
      ...(given.address === undefined ? {} : { address: given.address as Address }),
    });
  }
  return accept(stakes);
}

type Owners = Readonly<Record<"staker" | "withdrawer" | "custodian", OwnerPlan>>;

/** Left out: the first account for the staker, the staker for the others. */
function planOwners(
  given: NonNullable<Document["stakeAccounts"]>[number],
  names: Names,
  at: string,
): Outcome<Owners, GenesisFileRefusal> {
  const ownerOf = (text: string | undefined, otherwise: OwnerPlan): OwnerPlan | undefined => {
    if (text === undefined) return otherwise;
    return names.accounts.get(text) ?? parseAddress(text) ?? undefined;
  };
  const unknown = (role: string, text: string | undefined) =>
    malformed(`${text} is neither an account's name nor an address`, `${at}.${role}`, knownNames(names.accounts));
  const staker = ownerOf(given.staker, 0);
  if (staker === undefined) return unknown("staker", given.staker);
  if (staker === 0 && names.accounts.size === 0) return malformed("there is no account to own it", `${at}.staker`);
  const withdrawer = ownerOf(given.withdrawer, staker);
  if (withdrawer === undefined) return unknown("withdrawer", given.withdrawer);
  const custodian = ownerOf(given.lockup?.custodian, staker);
  if (custodian === undefined) return unknown("lockup.custodian", given.lockup?.custodian);
  return accept({ staker, withdrawer, custodian });
}

function knownNames(names: ReadonlyMap<string, number>) {
  return { known: [...names.keys()].slice(0, 20).join(", ") };
}

function notAnAddress(at: string) {
  return malformed("not a base58 address of 32 bytes", at);
}

/** SOL as lamports, without rounding: what a number cannot say exactly is written as a text. */
function lamportsOfSol(amount: number | string, at: string): Outcome<bigint, GenesisFileRefusal> {
  const text = typeof amount === "number" ? String(amount) : amount;
  // A number of more digits is not the one that was written.
  if (typeof amount === "number" && text.replace(".", "").length > 15)
    return malformed("a number keeps 15 digits; write an amount with more as a text", at);
  const parts = /^(\d+)(?:\.(\d{1,9}))?$/.exec(text);
  if (parts === null) return malformed(solForm, at);
  const lamports = BigInt(parts[1]!) * lamportsPerSol + BigInt((parts[2] ?? "").padEnd(9, "0"));
  return lamports > u64Max ? malformed("more than 2^64 - 1 lamports", at) : accept(lamports);
}
