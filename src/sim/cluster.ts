/**
 * A cluster: N validators and an observer in one process, with a network between them, in virtual time.
 *
 *     advanceSlot():  clock ──slot──> every node ──effects──> events (time, sequence) ──inputs──> nodes … until the slot ends
 *     inject(fault):  kill, restart, partition, heal, link, slow, clock, misbehave        noted in `timeline`
 *
 * The simulator runs it as fast as it can; the devnet lets a real clock say when to advance. Either way the same events
 * happen in the same order, and `traceHash` commits to every one of them. All randomness comes from one seed, a stream a
 * purpose; where no fault asks for any, none is drawn. All that changes is `state`, plain data (world.ts).
 */
import { assert, assertDefined } from "../base/assert.ts";
import type { Refusal } from "../base/refusal.ts";
import { createGenesisBank } from "../chain/bank.ts";
import { type Chain, createChain } from "../chain/chain.ts";
import type { Crypto } from "../chain/crypto.ts";
import { type Hash, hashOf, type Slot, slotOf } from "../chain/ids.ts";
import type { Transaction, Verified } from "../chain/transaction.ts";
import type { Input, Report } from "../validator/contract.ts";
import { createOwnWork, createSharedWork, type SharedWork } from "../validator/shared-work.ts";
import type { Validator, ValidatorLimits } from "../validator/validator.ts";
import { isTrueClock } from "./clock.ts";
import { createConsensusOnlyWork } from "./consensus-only.ts";
import type { Fault, LinkConditions, TimedFault } from "./faults.ts";
import { inject } from "./inject.ts";
import { describeInput } from "./message.ts";
import type { Network } from "./network.ts";
import { endRests } from "./power.ts";
import { act, run } from "./run.ts";
import { type ClusterSnapshot, captureState, stateFrom } from "./snapshot.ts";
import {
  type ClusterListener,
  type ClusterNode,
  type ClusterState,
  createWorld,
  observerOf,
  record,
  restoreWorld,
  slotStartMs,
  snapshotRandoms,
  type World,
} from "./world.ts";

export type { ClusterSnapshot } from "./snapshot.ts";
export type { ClusterListener, ClusterNode, ClusterState } from "./world.ts";

export type ClusterOptions = {
  readonly network: Network;
  readonly crypto: Crypto;
  /** All randomness comes from it; the genesis hash when left out. */
  readonly seed?: string;
  /** Every link's first conditions; what is left out is instant and lossless. */
  readonly conditions?: LinkConditions;
  readonly limits?: ValidatorLimits;
  /** Off: every validator replays and verifies for itself. The results are the same. */
  readonly sharedWork?: boolean;
  /** On: without a ledger (consensus-only.ts). It takes no transactions, and nobody in it lies. */
  readonly consensusOnly?: boolean;
  readonly onReport?: (node: number, report: Report) => void;
};

export class Cluster {
  /** Index of the observer among the nodes: the last. */
  readonly observer: number;
  readonly #world: World;

  constructor(options: ClusterOptions) {
    const { network, crypto, limits, conditions, consensusOnly = false, onReport } = options;
    const chain = createChain(network.genesis, crypto);
    const members = [...network.validators, { identity: network.observer, voteAccount: null }];
    this.observer = members.length - 1;
    this.#world = createWorld({
      chain,
      work: workFor(chain, options),
      limits,
      members,
      genesisBank: createGenesisBank(chain),
      seed: options.seed ?? chain.genesisHash,
      conditions,
      isConsensusOnly: consensusOnly,
    });
    if (onReport !== undefined) this.listen({ onReport });
  }

  get chain(): Chain {
    return this.#world.chain;
  }

  get nodes(): readonly ClusterNode[] {
    return this.#world.state.nodes;
  }

  /** The slot that the clock is in. */
  get slot(): Slot {
    return this.#world.state.slot;
  }

  /** Virtual milliseconds since the chain's first slot began: when the last event happened. */
  get nowMs(): number {
    return this.#world.state.nowMs;
  }

  /** SHA-256 over every event so far, in order: when, at which nodes, what. */
  get traceHash(): Hash {
    return hashOf(this.#world.state.trace);
  }

  get observing(): Validator {
    return observerOf(this.#world);
  }

  /** Every fault so far; a cluster that is given them at the beginnings of the same slots does the same. */
  get timeline(): readonly TimedFault[] {
    return this.#world.state.timeline;
  }

  /** All that changes, as it stands; not a copy. */
  get state(): ClusterState {
    this.#world.state.randoms = snapshotRandoms(this.#world.randoms);
    return this.#world.state;
  }

  /** Everything as it is now, between two slots: a value, to which `restore` comes back as often as one likes. */
  capture(): ClusterSnapshot {
    return captureState(this.state);
  }

  /** Goes on from where the snapshot was taken, bit by bit as the first time. Who listens goes on listening. */
  restore(snapshot: ClusterSnapshot): void {
    restoreWorld(this.#world, stateFrom(this.#world, snapshot));
  }

  /** Hears of what happens; returns the way to stop hearing. */
  listen(listener: ClusterListener): () => void {
    const world = this.#world;
    world.listeners = [...world.listeners, listener];
    return () => {
      world.listeners = world.listeners.filter((other) => other !== listener);
    };
  }

  /** One slot of virtual time: the clock ticks for everybody, and everything that follows within the slot happens. */
  advanceSlot(): Slot {
    const world = this.#world;
    const { state } = world;
    const slot = slotOf(state.slot + 1);
    const start = slotStartMs(world, slot);
    this.#busily(() => {
      run(world, start - 1);
      state.slot = slot;
      state.nowMs = start;
      endRests(world);
      const to = state.nodes.flatMap(({ clock }, index) => (isTrueClock(clock) ? [index] : []));
      world.queue.schedule(start, { type: "delivery", to, input: { type: "slot", slot } });
      run(world, start + world.chain.params.slotDurationMs - 1);
    });
    for (const listener of world.listeners) listener.onSlot?.(slot);
    return slot;
  }

  /**
   * A client's transactions reach the observer, now. Refusals by signature; the others are on their way, also where one is
   * handed in twice and only the second is refused.
   */
  submit(transactions: readonly Verified<Transaction>[]): ReadonlyMap<string, Refusal> {
    const world = this.#world;
    assert(!world.isConsensusOnly, "a cluster without a ledger takes no transactions");
    const refused: { readonly signature: string; readonly refusal: Refusal }[] = [];
    const input: Input = { type: "transactions", transactions };
    this.#busily(() => {
      record(world, [this.observer], describeInput(input));
      for (const deed of act(world, this.observer, input)) {
        if (deed.type === "report" && deed.report.type === "transaction-refused") refused.push(deed.report);
      }
      run(world, world.state.nowMs);
    });
    return refusalsOf(transactions, refused);
  }

  /** Makes a fault happen now, between two slots, or says why it cannot. */
  inject(fault: Fault): Refusal | null {
    return inject(this.#world, fault);
  }

  /** Kills a validator, or starts it again from what its disk kept; nothing when it is so already. */
  setOnline(index: number, online: boolean): void {
    const node = assertDefined(this.nodes[index], `no node ${index}`);
    assert(index !== this.observer, "the observer cannot be taken offline");
    if (node.online === online) return;
    const refusal = this.inject({ type: online ? "restart" : "kill", validator: index });
    assert(refusal === null, `node ${index} cannot go ${online ? "online" : "offline"}: ${refusal?.code}`);
  }

  #busily(happen: () => void): void {
    const world = this.#world;
    const wasBusy = world.isBusy;
    world.isBusy = true;
    try {
      happen();
    } finally {
      world.isBusy = wasBusy;
    }
  }
}

function workFor(chain: Chain, { sharedWork = true, consensusOnly = false }: ClusterOptions): SharedWork {
  assert(sharedWork || !consensusOnly, "without a ledger there is nothing that each could do for himself");
  if (consensusOnly) return createConsensusOnlyWork(chain);
  return sharedWork ? createSharedWork(chain) : createOwnWork(chain);
}

/** Of each signature that was refused as often as it was handed in, why the last time. */
function refusalsOf(
  transactions: readonly Verified<Transaction>[],
  refused: readonly { readonly signature: string; readonly refusal: Refusal }[],
): ReadonlyMap<string, Refusal> {
  const refusals = new Map(refused.map(({ signature, refusal }) => [signature, refusal]));
  if (refused.length === 0) return refusals;
  const takenBySignature = new Map<string, number>();
  const count = (signature: string, change: 1 | -1) =>
    takenBySignature.set(signature, (takenBySignature.get(signature) ?? 0) + change);
  for (const { signature } of transactions) count(signature, 1);
  for (const { signature } of refused) count(signature, -1);
  for (const [signature, taken] of takenBySignature) if (taken > 0) refusals.delete(signature);
  return refusals;
}
