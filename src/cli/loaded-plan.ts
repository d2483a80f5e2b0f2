/** The plan behind a devnet that was loaded from a dump: what it was started with, as far as a banner tells of it. */
import type { Devnet } from "../host/devnet.ts";
import { planGenesisFile } from "../sim/genesis-file.ts";
import { standardAccountLamports, standardAccounts } from "../sim/network.ts";
import type { PlannedNetwork } from "./network-options.ts";

export function planOfLoaded({ options, seed, genesis }: Devnet): PlannedNetwork {
  const { params, firstSlot, creationTime } = genesis;
  const common = { seed, profile: params.profile, params, overrides: options.params ?? {}, firstSlot, creationTime };
  const planned = options.genesis === undefined ? null : planGenesisFile(options.genesis);
  if (planned?.ok) {
    const { validators, accounts, accountLamports, stakes = [] } = planned.value;
    return { ...common, validators, accounts, accountLamports, stakes, path: null, document: options.genesis };
  }
  const validators = Array.isArray(options.validators)
    ? options.validators
    : genesis.validators.map(() => ({ stake: 0n }));
  const { accounts = standardAccounts, accountLamports = standardAccountLamports } = options;
  return { ...common, validators, accounts, accountLamports, stakes: [], path: null, document: null };
}
