/**
 * What was done to a running devnet, as a scenario: its network and its timeline, to be played in the simulator.
 *
 * The stakes, the parameters and the faults are the devnet's, and so are the slots the faults came in. Keys and links come
 * from the scenario's seeds, and what clients sent is not in it.
 */
import type { Genesis } from "../chain/genesis.ts";
import { type ChainParams, profiles } from "../chain/params.ts";
import { formatSol } from "../chain/sol.ts";
import type { TimedFault } from "../sim/faults.ts";
import { standardStakes } from "../sim/network.ts";
import type { ScenarioFile } from "../sim/scenario.ts";
import { timelineEntryOf } from "../sim/scenario-plan.ts";
import type { DevnetOptions } from "./devnet-types.ts";

export type Exported = {
  readonly genesis: Genesis;
  readonly options: DevnetOptions;
  readonly timeline: readonly TimedFault[];
  /** Slots run so far, from the chain's first. */
  readonly slots: number;
};

export function exportScenario({ genesis, options, timeline, slots }: Exported): ScenarioFile {
  const names = genesis.validators.map(
    (_, index) => options.genesis?.validators?.[index]?.name ?? `validator-${index}`,
  );
  const nameOf = (index: number): string => names[index]!;
  const { seed: _seed, $schema: _schema, ...document } = options.genesis ?? { validators: [] };
  const network =
    options.genesis === undefined
      ? plainNetwork(genesis.params, options, names)
      : { ...document, params: statedParams(genesis.params) };
  return {
    name: "exported",
    description: "What was done to a devnet",
    network: network as NonNullable<ScenarioFile["network"]>,
    // What was done since the last slot belongs to the next.
    slots: timeline.reduce((most, { slot }) => Math.max(most, slot), Math.max(1, slots)),
    timeline: timeline.map((fault) => timelineEntryOf(fault, nameOf)),
  };
}

function plainNetwork(params: ChainParams, { validators = 4 }: DevnetOptions, names: readonly string[]) {
  const stakes = typeof validators === "number" ? standardStakes(validators) : validators.map(({ stake }) => stake);
  const commissions = typeof validators === "number" ? [] : validators.map(({ commission }) => commission);
  const list = stakes.map((stake, index) => {
    const commission = commissions[index];
    return { name: names[index]!, stake: formatSol(stake), ...(commission === undefined ? {} : { commission }) };
  });
  return { profile: params.profile, params: statedParams(params), validators: list };
}

/** A scenario's own standard differs in these. */
const alwaysStated = ["hashesPerTick", "ticksPerSlot", "slotsPerRotation"];

/** What differs from the profile's, as a file says it. */
function statedParams(params: ChainParams): Record<string, unknown> {
  const standard = profiles[params.profile] as Readonly<Record<string, unknown>>;
  return Object.fromEntries(
    Object.entries(params)
      .filter(([field, value]) => field !== "profile" && (value !== standard[field] || alwaysStated.includes(field)))
      .map(([field, value]) => [field, typeof value === "bigint" ? String(value) : value]),
  );
}
