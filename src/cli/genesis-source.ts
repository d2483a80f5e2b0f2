/**
 * Where a genesis is read from:
 *
 *     genesis.yaml, genesis.json     a genesis file: what `dev --genesis` would begin with
 *     chain                          a chain file of `sim run --export`: its first line
 *     nothing, or --url              a running devnet's
 */
import * as v from "valibot";
import { formatRefusal } from "../base/refusal.ts";
import type { Genesis } from "../chain/genesis.ts";
import { parseGenesis } from "../chain/genesis-text.ts";
import { readLines } from "./chain-file.ts";
import { CommandFailure } from "./failure.ts";
import { type GenesisNames, namesOf } from "./genesis-names.ts";
import { createPlannedNetwork, planNetwork } from "./network-options.ts";
import type { RpcClient } from "./rpc-client.ts";

export type GenesisSource = {
  readonly kind: "devnet" | "chain file" | "genesis file";
  readonly name: string;
  readonly genesis: Genesis;
  /** Places of validators that do not run: a genesis file says so, and a devnet of the present. */
  readonly offline: readonly number[];
  /** Whether the beginning's time was given: another one makes another hash. */
  readonly isTimeGiven: boolean;
  /** Only a genesis file has names. */
  readonly names: GenesisNames | null;
};

/** How a chain's own text of its genesis begins. */
const canonicalBeginning = '{"params":{"profile":';

export async function readGenesisFrom(path: string): Promise<GenesisSource> {
  for await (const line of readLines(path)) {
    if (!line.startsWith(canonicalBeginning)) break;
    const parsed = parseGenesis(line);
    if (parsed.ok)
      return { kind: "chain file", name: path, genesis: parsed.value, offline: [], isTimeGiven: true, names: null };
    throw new CommandFailure(`the genesis of ${path} is refused: ${formatRefusal(parsed)}`);
  }
  const plan = planNetwork({ genesis: path });
  const network = createPlannedNetwork(plan);
  const { genesis, offline } = network;
  const isTimeGiven = plan.creationTime !== null;
  return { kind: "genesis file", name: path, genesis, offline, isTimeGiven, names: namesOf(plan, network) };
}

/** Devnets answer the text as it is, or wrapped. */
const genesisSchema = v.pipe(
  v.union([v.string(), v.object({ genesis: v.string() })]),
  v.transform((answer) => (typeof answer === "string" ? answer : answer.genesis)),
);

export async function readGenesisOf(client: RpcClient): Promise<GenesisSource> {
  const parsed = parseGenesis(await client.call("escapement_getGenesis", [], genesisSchema));
  if (!parsed.ok) throw new CommandFailure(`the genesis of ${client.url} is refused: ${formatRefusal(parsed)}`);
  return { kind: "devnet", name: client.url, genesis: parsed.value, offline: [], isTimeGiven: true, names: null };
}

const nodesSchema = v.array(v.object({ pubkey: v.string() }));

/** A devnet's genesis, and who does not run now. */
export async function readDevnetGenesis(client: RpcClient): Promise<GenesisSource> {
  const source = await readGenesisOf(client);
  const running = new Set((await client.call("getClusterNodes", [], nodesSchema)).map(({ pubkey }) => pubkey));
  const { validators } = source.genesis;
  return { ...source, offline: validators.flatMap(({ identity }, index) => (running.has(identity) ? [] : [index])) };
}
