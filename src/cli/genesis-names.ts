/**
 * What a genesis file calls its members. On the chain there are only addresses; whoever wrote the file knows names.
 *
 *     accounts   alice    -> 4Qf…  escapement keygen --seed rehearsal --index 0 --outfile alice.json
 *     validators north    -> its identity and vote account, in the file's order
 *     stakes     savings  -> 9xK…  (only those that the file names)
 */
import type { Keypair, SchemeName } from "../chain/crypto.ts";
import type { Address } from "../chain/ids.ts";
import type { PlannedNetwork } from "./network-options.ts";

export type NamedAccount = {
  readonly name: string;
  readonly address: Address;
  /** Its key's number under the seed; null for somebody else's address. */
  readonly keyIndex: number | null;
  /** The command that writes its key; null for somebody else's address. */
  readonly keygen: string | null;
};

export type GenesisNames = {
  readonly validators: readonly string[];
  readonly accounts: readonly NamedAccount[];
  /** The file's stake accounts, in its order. */
  readonly stakes: readonly { readonly name: string | null; readonly address: Address }[];
};

/** What the network of that plan has: keys of the accounts that are its own, and addresses of the plan's stakes. */
type Members = { readonly accounts: readonly Keypair[]; readonly stakeAccounts: readonly Address[] };

/** Null where no file gave names. */
export function namesOf(plan: PlannedNetwork, { accounts, stakeAccounts }: Members): GenesisNames | null {
  if (plan.document === null) return null;
  const { seed, params } = plan;
  const own = accounts.values();
  const plans = typeof plan.accounts === "number" ? Array.from({ length: plan.accounts }, () => ({})) : plan.accounts;
  return {
    validators: plan.validators.map(({ name }, index) => name ?? `validator-${index}`),
    accounts: plans.map((given: { name?: string; address?: Address }, index) => {
      const { name = `account-${index}`, address } = given;
      if (address !== undefined) return { name, address, keyIndex: null, keygen: null };
      const keygen = keygenCommand(seed, params.signatureScheme, index, `${name}.json`);
      return { name, address: own.next().value!.address, keyIndex: index, keygen };
    }),
    stakes: stakeAccounts.map((address, index) => ({ name: plan.stakes[index]?.name ?? null, address })),
  };
}

/** The command that writes the key of a funded account. */
export function keygenCommand(seed: string, scheme: SchemeName, index: number, outfile: string): string {
  const text = /^[\w.-]+$/.test(seed) ? seed : `'${seed.replaceAll("'", "'\\''")}'`;
  const curve = scheme === "ed25519" ? "" : ` --scheme ${scheme}`;
  return `escapement keygen --seed ${text}${curve} --index ${index} --outfile ${outfile}`;
}
