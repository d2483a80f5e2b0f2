/**
 * What every part of one chain shares and never changes: its genesis, its numbers, the cryptography it was handed,
 * and memories of pure functions, which change nothing: of leader schedules, and of what landed on a fork.
 */
import type { Crypto } from "./crypto.ts";
import { createEpochSchedule, type EpochSchedule, epochAt } from "./epoch-schedule.ts";
import type { Genesis } from "./genesis.ts";
import { computeGenesisHash } from "./genesis-text.ts";
import type { Epoch, Hash, Slot } from "./ids.ts";
import { createLandingMemory, type LandingMemory } from "./landings.ts";
import { createScheduleMemory, type ScheduleMemory } from "./leaders.ts";
import type { ChainParams } from "./params.ts";
import { withStandIns } from "./stand-ins.ts";

export type Chain = {
  readonly genesis: Genesis;
  readonly genesisHash: Hash;
  readonly params: ChainParams;
  readonly epochs: EpochSchedule;
  readonly firstEpoch: Epoch;
  readonly crypto: Crypto;
  readonly schedules: ScheduleMemory;
  readonly landings: LandingMemory;
};

export function createChain(genesis: Genesis, crypto: Crypto): Chain {
  const { params, firstSlot } = genesis;
  const epochs = createEpochSchedule(params.slotsPerEpoch, params.epochWarmup);
  return {
    genesis,
    genesisHash: computeGenesisHash(genesis),
    params,
    epochs,
    firstEpoch: epochAt(epochs, firstSlot),
    crypto: { ...crypto, signatures: withStandIns(crypto.signatures, genesis.standIns) },
    schedules: createScheduleMemory(),
    landings: createLandingMemory(),
  };
}

/** Unix seconds at which a slot nominally begins. */
export function timeOf(chain: Chain, slot: Slot): number {
  const { creationTime, firstSlot, params } = chain.genesis;
  return creationTime + Math.floor(((slot - firstSlot) * params.slotDurationMs) / 1000);
}
