/**
 * A cluster at one moment, as a value: everything that can change, copied; banks, blocks and votes, which never do, shared.
 *
 *     slot 40   capture ──> ■      slot 41 … 60      restore(■)      slot 41 … 60 again, the same bytes
 *
 * So a snapshot of a hundred validators costs what their trees, towers and queues weigh, not their states of accounts.
 * See docs/decisions/0015-snapshots.md.
 */
import { cloneGraph } from "../base/clone-graph.ts";
import { standardLimits } from "../validator/validator.ts";
import { stateOfValidator, type ValidatorState, validatorFrom } from "../validator/validator-state.ts";
import type { ClusterNode, ClusterState, World } from "./world.ts";

export type NodeSnapshot = Omit<ClusterNode, "validator"> & { readonly validator: ValidatorState };

/** Plain data, and never changed. */
export type ClusterSnapshot = Omit<ClusterState, "nodes"> & { readonly nodes: readonly NodeSnapshot[] };

export function captureState(state: ClusterState): ClusterSnapshot {
  const nodes = state.nodes.map((node) => ({ ...node, validator: stateOfValidator(node.validator) }));
  return cloneGraph({ ...state, nodes });
}

/** A state to go on from; the snapshot stays as it is. */
export function stateFrom(
  { chain, work, limits = standardLimits, members }: World,
  snapshot: ClusterSnapshot,
): ClusterState {
  const { nodes, ...state } = cloneGraph(snapshot);
  return {
    ...state,
    nodes: nodes.map((node, index) => {
      const { identity } = members[index]!;
      return { ...node, validator: validatorFrom(node.validator, { chain, work, limits, identity }) };
    }),
  };
}
