/**
 * A validator's memory as plain data, without what it shares with all copies of itself: chain, key, work, limits.
 *
 *     stateOfValidator(validator)        the same objects, seen as data: to be cloned before anything goes on
 *     validatorFrom(state, ports)        a validator that goes on from there, and changes that state
 */
import type { Keypair } from "../chain/crypto.ts";
import { createTowerBft, type TowerBftMemory } from "../consensus/tower-bft.ts";
import { type MempoolSnapshot, restoreMempool, snapshotMempool } from "./mempool.ts";
import type { Validator } from "./validator.ts";

type Ports = Pick<Validator, "chain" | "work" | "limits"> & { readonly identity: Keypair };

export type ValidatorState = Omit<Validator, keyof Ports | "consensus" | "mempool"> & {
  readonly consensusMemory: object;
  readonly mempool: MempoolSnapshot;
};

export function stateOfValidator(validator: Validator): ValidatorState {
  const { chain: _chain, work: _work, limits: _limits, identity: _identity, consensus, mempool, ...memory } = validator;
  return { ...memory, consensusMemory: consensus.memory, mempool: snapshotMempool(mempool) };
}

export function validatorFrom(state: ValidatorState, ports: Ports): Validator {
  const { consensusMemory, mempool, ...memory } = state;
  return {
    ...memory,
    ...ports,
    consensus: createTowerBft(memory.tree, ports.work.places, consensusMemory as TowerBftMemory),
    mempool: restoreMempool(mempool),
  };
}
