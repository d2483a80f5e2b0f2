/** From the options of `createDevnet` to the network that they mean. */
import { accept, type Outcome } from "../base/refusal.ts";
import type { Crypto } from "../chain/crypto.ts";
import { blockhashTtlFor, type ChainParams, createParams } from "../chain/params.ts";
import { createGenesisFileNetwork, type GenesisFilePlan, planGenesisFile } from "../sim/genesis-file.ts";
import {
  createNetwork,
  type Network,
  standardAccountLamports,
  standardAccounts,
  standardCreationTime,
  standardSeed,
  standardStakes,
} from "../sim/network.ts";
import { checkDevnetOptions } from "./devnet-options.ts";
import type { DevnetOptions } from "./devnet-types.ts";
import { createNodeCrypto } from "./node-crypto.ts";

/** What a devnet is made of. */
export type DevnetPlan = {
  readonly seed: string;
  readonly params: ChainParams;
  readonly network: Network;
  readonly crypto: Crypto;
};

/** The options as a network, or why they cannot stand. */
export function planDevnet(options: DevnetOptions): Outcome<DevnetPlan> {
  const wrong = checkDevnetOptions(options);
  if (wrong !== null) return wrong;
  const planned = planOf(options);
  if (!planned.ok) return planned;
  const { profile, overrides: given, ...plan } = planned.value;
  const overrides = { ...given, ...options.params };
  // Shorter slots make blockhashes older sooner; whoever sets the one and not the other means the same wall time.
  if (overrides.slotDurationMs !== undefined && overrides.blockhashTtl === undefined) {
    Object.assign(overrides, { blockhashTtl: blockhashTtlFor(overrides.slotDurationMs) });
  }
  const params = createParams(profile, overrides);
  if (!params.ok) return params;
  const crypto = createNodeCrypto(params.value.signatureScheme);
  const seed = options.seed ?? plan.seed;
  const create = options.genesis === undefined ? createNetwork : createGenesisFileNetwork;
  const network = create(
    {
      ...plan,
      seed,
      params: params.value,
      creationTime: options.creationTime ?? plan.creationTime ?? standardCreationTime,
      firstSlot: options.firstSlot ?? plan.firstSlot ?? 0,
    },
    crypto.signatures,
  );
  if (!network.ok) return network;
  return accept({ seed, params: params.value, network: network.value, crypto });
}

/** What the genesis file says, or what the options of the same name do. */
function planOf(options: DevnetOptions): Outcome<GenesisFilePlan> {
  if (options.genesis !== undefined) return planGenesisFile(options.genesis);
  const { validators = 4 } = options;
  return accept({
    seed: standardSeed,
    profile: options.profile ?? "lab",
    overrides: {},
    creationTime: null,
    validators: typeof validators === "number" ? standardStakes(validators).map((stake) => ({ stake })) : validators,
    accounts: options.accounts ?? standardAccounts,
    accountLamports: options.accountLamports ?? standardAccountLamports,
  });
}
