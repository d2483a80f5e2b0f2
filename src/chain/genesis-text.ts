/**
 * Genesis as text: one canonical JSON document for one genesis, so that its hash is well defined, a person can read it,
 * and a file of it can be checked. Amounts are decimal strings, account data base64.
 */
import { base64 } from "@scure/base";
import * as v from "valibot";
import { utf8Bytes } from "../base/bytes.ts";
import { sha256 } from "../base/hash.ts";
import { accept, type Outcome, type Refusal, refuse } from "../base/refusal.ts";
import type { Account } from "./account.ts";
import { stakeProgramAddress } from "./addresses.ts";
import { freezeGenesisStakes } from "./epoch-boundary.ts";
import { createEpochSchedule, epochAt } from "./epoch-schedule.ts";
import { firstSlotMaxOf, type Genesis } from "./genesis.ts";
import { genesisSysvarLamports, isGenesisSysvar } from "./genesis-sysvars.ts";
import {
  type Address,
  compareAddresses,
  type Hash,
  hashOf,
  type Lamports,
  parseAddress,
  type Slot,
  slotOf,
  u64Max,
} from "./ids.ts";
import { type ChainParams, createParams, type ProfileName, profiles } from "./params.ts";
import { decodeDelegatedStake } from "./stake-account.ts";

const genesisTag = "escapement:genesis:v1\n";

export function formatGenesis(genesis: Genesis): string {
  const names = Object.keys(profiles.lab) as (keyof ChainParams)[];
  const params = names.map((name) => {
    const value = genesis.params[name];
    return [name, typeof value === "bigint" ? value.toString() : value];
  });
  const accounts = genesis.accounts.map(([address, { lamports, owner, data, executable }]) => ({
    address,
    lamports: lamports.toString(),
    owner,
    executable,
    data: base64.encode(data),
  }));
  const { creationTime, firstSlot } = genesis;
  const validators = genesis.validators.map(({ identity, voteAccount, stakeAccount }) => ({
    identity,
    voteAccount,
    stakeAccount,
  }));
  const standIns = genesis.standIns.map(({ identity, signer }) => ({ identity, signer }));
  const document = { params: Object.fromEntries(params), creationTime, firstSlot, validators, standIns, accounts };
  return JSON.stringify(document);
}

/** The chain's name: SHA-256 over a tag and the canonical text. */
export function computeGenesisHash(genesis: Genesis): Hash {
  return hashOf(sha256(utf8Bytes(genesisTag + formatGenesis(genesis))));
}

const addressText = v.pipe(
  v.string(),
  v.check((text) => parseAddress(text) !== null, "not an address"),
  v.transform((text) => text as Address),
);
const lamportsText = v.pipe(
  v.string(),
  v.regex(/^\d{1,20}$/),
  v.transform((text) => BigInt(text)),
  v.check((amount) => amount <= u64Max, "above 2^64 - 1"),
  v.transform((amount) => amount as Lamports),
);
const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const base64Text = v.pipe(
  v.string(),
  v.base64(),
  v.transform((text) => base64.decode(text)),
);

const genesisSchema = v.strictObject({
  params: v.looseObject({ profile: v.picklist(["lab", "solana", "tutorial"]) }),
  creationTime: count,
  firstSlot: count,
  validators: v.array(v.strictObject({ identity: addressText, voteAccount: addressText, stakeAccount: addressText })),
  standIns: v.array(v.strictObject({ identity: addressText, signer: addressText })),
  accounts: v.array(
    v.strictObject({
      address: addressText,
      lamports: lamportsText,
      owner: addressText,
      executable: v.boolean(),
      data: base64Text,
    }),
  ),
});

/** A stranger's text as a genesis. Only the canonical text of a genesis is one. */
export function parseGenesis(text: string): Outcome<Genesis, "genesis-malformed" | "params-invalid"> {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    return refuse("genesis-malformed", { problem: "not JSON" });
  }
  const parsed = v.safeParse(genesisSchema, document);
  if (!parsed.success) {
    const issue = parsed.issues[0];
    return refuse("genesis-malformed", { problem: issue.message, at: v.getDotPath(issue) ?? "" });
  }
  const { creationTime, firstSlot, validators, standIns } = parsed.output;
  const params = parseParams(parsed.output.params.profile, parsed.output.params);
  if (!params.ok) return params;
  const firstSlotMax = firstSlotMaxOf(params.value);
  if (firstSlot > firstSlotMax)
    return refuse("genesis-malformed", { problem: `a slot above ${firstSlotMax}`, at: "firstSlot" });
  const accounts = parsed.output.accounts.map(({ address, lamports, owner, executable, data }): [Address, Account] => [
    address,
    { lamports, owner, data, executable },
  ]);
  const genesis: Genesis = {
    params: params.value,
    creationTime,
    firstSlot: slotOf(firstSlot),
    validators,
    standIns,
    accounts,
  };
  const ordered = accounts.every(([address], i) => i === 0 || compareAddresses(accounts[i - 1]![0], address) < 0);
  if (!ordered) return refuse("genesis-malformed", { problem: "accounts are not in address order, each once" });
  const unsound = checkMoney(params.value, genesis.firstSlot, accounts);
  if (unsound !== null) return unsound;
  if (formatGenesis(genesis) !== text.trim()) return refuse("genesis-malformed", { problem: "not the canonical text" });
  return accept(genesis);
}

/** What createGenesis sees to, and a stranger's text may not: money that fits, stake that exists, somebody to lead. */
function checkMoney(
  params: ChainParams,
  firstSlot: Slot,
  accounts: readonly (readonly [Address, Account])[],
): Refusal<"genesis-malformed"> | null {
  const epoch = epochAt(createEpochSchedule(params.slotsPerEpoch, params.epochWarmup), firstSlot);
  let supply = genesisSysvarLamports(params);
  for (const [index, [address, { lamports, owner, data }]] of accounts.entries()) {
    const at = `accounts.${index}`;
    if (lamports === 0n) return refuse("genesis-malformed", { problem: "an account without lamports", at, address });
    if (isGenesisSysvar(address))
      return refuse("genesis-malformed", { problem: "an account that the rules put there", at, address });
    supply += lamports;
    const stake = owner === stakeProgramAddress ? (decodeDelegatedStake(data)?.delegation.stake ?? 0n) : 0n;
    if (stake > lamports) return refuse("genesis-malformed", { problem: "more stake than lamports", at, address });
  }
  if (supply > u64Max) return refuse("genesis-malformed", { problem: "a supply above 2^64 - 1", supply });
  if (freezeGenesisStakes(params, epoch, accounts).stakeTables.get(epoch)?.entries.length === 0) {
    return refuse("genesis-malformed", { problem: "no vote account has stake" });
  }
  return null;
}

function parseParams(
  profile: ProfileName,
  given: Record<string, unknown>,
): Outcome<ChainParams, "genesis-malformed" | "params-invalid"> {
  const overrides: Record<string, unknown> = {};
  for (const [name, standard] of Object.entries(profiles[profile])) {
    const value = given[name];
    if (typeof standard === "bigint") {
      if (typeof value !== "string" || !/^\d{1,20}$/.test(value)) {
        return refuse("genesis-malformed", { problem: "not a decimal text", at: `params.${name}` });
      }
      overrides[name] = BigInt(value);
    } else {
      if (typeof value !== typeof standard)
        return refuse("genesis-malformed", { problem: "wrong type", at: `params.${name}` });
      overrides[name] = value;
    }
  }
  return createParams(profile, overrides as Partial<ChainParams>);
}
