/**
 * Slashing records that a chain begins with: of validators that were convicted before it began. The genesis epoch is E:
 *
 *     jailed until epoch E + 3    no stake that is frozen in E, E + 1 or E + 2 counts for it: back in E + 4 at the earliest
 *     tombstoned                  never back
 *     taken 12 SOL                says what it cost; those coins are no part of this chain's supply
 *
 * What the convictions were for is not told: their slots were another chain's, and so were their block ids.
 */
import { accept, type Outcome, refuse } from "../base/refusal.ts";
import type { Account } from "./account.ts";
import { type Address, type Epoch, u64Max } from "./ids.ts";
import type { ChainParams } from "./params.ts";
import {
  createSlashingRecord,
  createSlashingRecordAccount,
  isJailedAt,
  slashingRecordAddress,
} from "./slashing/record.ts";
import type { Registration } from "./stake-registry.ts";

export type GenesisRecord = {
  readonly voteAccount: Address;
  /** The first epoch in which it is free again; "never" for a tombstoned one. Left out: it is not jailed. */
  readonly jailedUntilEpoch?: bigint | "never";
  /** Lamports taken from its stakers before this chain began. */
  readonly taken?: bigint;
};

export type GenesisRecordRefusal = "record-invalid" | "slashing-off" | "all-validators-jailed";

/** Adds the records' accounts to those that genesis has so far: all of them, or the first refusal. */
export function addGenesisRecords(
  accounts: Map<Address, Account>,
  records: readonly GenesisRecord[],
  context: {
    readonly params: ChainParams;
    readonly epoch: Epoch;
    readonly registrations: readonly Registration[];
  },
): Outcome<null, GenesisRecordRefusal> {
  const { params, epoch, registrations } = context;
  const identities = new Map(registrations.map(({ voteAccount, identity }) => [voteAccount, identity]));
  const jailed = new Set<Address>();
  for (const given of records) {
    const { voteAccount, jailedUntilEpoch = 0n, taken = 0n } = given;
    const problem = problemOf(given, epoch);
    if (problem !== null) return refuse("record-invalid", { voteAccount: String(voteAccount).slice(0, 64), problem });
    if (!params.slashing)
      return refuse("slashing-off", { voteAccount, problem: "a chain that does not slash has no records" });
    const identity = identities.get(voteAccount);
    if (identity === undefined) return refuse("record-invalid", { voteAccount, problem: "no such validator" });
    const address = slashingRecordAddress(voteAccount);
    if (accounts.has(address)) return refuse("record-invalid", { voteAccount, problem: "it has a record already" });
    const tombstoned = jailedUntilEpoch === "never";
    const record = {
      ...createSlashingRecord(voteAccount, identity),
      tombstoned,
      jailedUntilEpoch: jailedUntilEpoch === "never" ? u64Max : jailedUntilEpoch,
      convictionsTotal: 1,
      takenTotal: taken,
    };
    if (isJailedAt(record, epoch)) jailed.add(voteAccount);
    accounts.set(address, createSlashingRecordAccount(record, params));
  }
  if (jailed.size < registrations.length) return accept(null);
  return refuse("all-validators-jailed", { validators: registrations.length, problem: "nobody is left to lead" });
}

function problemOf({ jailedUntilEpoch, taken }: GenesisRecord, epoch: Epoch): string | null {
  const isU64 = (value: unknown) => typeof value === "bigint" && value >= 0n && value <= u64Max;
  if (taken !== undefined && !isU64(taken)) return "lamports taken are 0 to 2^64 - 1";
  if (jailedUntilEpoch === undefined) return taken === undefined || taken === 0n ? "it says nothing" : null;
  if (jailedUntilEpoch === "never") return null;
  if (!isU64(jailedUntilEpoch) || jailedUntilEpoch === u64Max) return "jailedUntilEpoch is an epoch, or never";
  return jailedUntilEpoch > BigInt(epoch) ? null : `epoch ${jailedUntilEpoch} is no later than the first, ${epoch}`;
}
