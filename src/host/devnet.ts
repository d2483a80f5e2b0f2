/**
 * The devnet: a cluster, its history, and the doors to it, in the caller's process.
 *
 *     createDevnet()                    manual clock: advanceSlots(n), advanceEpochs(n) run virtual time
 *     devnet.start()                    real clock: a slot every slotDurationMs
 *     devnet.rpcTransport               @solana/kit without a port
 *     devnet.listen({ rpcPort: 8899 })  JSON-RPC and WebSocket for everybody else
 *
 * With the manual clock and no outside transactions, the same options give the same bytes.
 */
import { EventEmitter } from "node:events";
import type { Outcome, Refusal } from "../base/refusal.ts";
import type { Block } from "../chain/block.ts";
import type { Chain } from "../chain/chain.ts";
import type { Keypair } from "../chain/crypto.ts";
import { epochAt, firstSlotOf } from "../chain/epoch-schedule.ts";
import type { Genesis } from "../chain/genesis.ts";
import { type Address, type Epoch, epochOf, type Slot } from "../chain/ids.ts";
import { type VerifyChainResult, verifyChain } from "../chain/verify-chain.ts";
import { createRpc, type Rpc } from "../rpc/dispatch.ts";
import { createLedger, type FedLedger } from "../rpc/ledger.ts";
import type { NodeView } from "../rpc/node-view.ts";
import { createSubscriptions, type Subscriptions } from "../rpc/subscriptions.ts";
import { Cluster } from "../sim/cluster.ts";
import type { Fault, TimedFault } from "../sim/faults.ts";
import type { Network, NetworkValidator } from "../sim/network.ts";
import type { ScenarioFile } from "../sim/scenario.ts";
import type { Report } from "../validator/contract.ts";
import { assertOptions, assertWhole, beginUntil } from "./advance-until.ts";
import { type ControlRpc, controlSubscriptions, createControlRpc } from "./control-rpc.ts";
import { DevnetError } from "./devnet-error.ts";
import { planDevnet } from "./devnet-plan.ts";
import { createSnapshotStore, type DevnetMemory, type SnapshotSummary } from "./devnet-snapshots.ts";
import type {
  AdvanceOptions,
  AdvanceUntilOptions,
  ClockPosition,
  DevnetEvents,
  DevnetOptions,
  ListenOptions,
  SlotSummary,
} from "./devnet-types.ts";
import { createDevnetView } from "./devnet-view.ts";
import { exportScenario } from "./export-scenario.ts";
import { createInProcessSubscriptionsTransport, createInProcessTransport } from "./in-process-transport.ts";
import { nodeHashes, nodeSignatures } from "./node-crypto.ts";
import { createPacedClock, type IsDone, type PacedClock } from "./paced-clock.ts";
import { emitRefusedBlock, emitReport } from "./report-events.ts";
import { createSendRpc } from "./send-rpc.ts";
import { deferBriefly, openServer, type RpcServer } from "./server.ts";
import { createSignaturePool } from "./signature-pool.ts";
import { summarizeSlot } from "./slot-summary.ts";
import { createStakingActions, type StakingActions } from "./staking-actions.ts";
import { createSendTransactions, type SendTransactions } from "./submission.ts";
import { findValidator } from "./validator-names.ts";
import { createWatchFeed, type TowerView, type WatchFeed, type WatchState } from "./watch-feed.ts";
import type { TextRpc } from "./web-app.ts";
import { encodeDump, readDump, reviveMemory } from "./world-dump.ts";

export type {
  AdvanceOptions,
  AdvanceUntilOptions,
  ClockPosition,
  DevnetEvents,
  DevnetOptions,
  ListenOptions,
  SlotSummary,
} from "./devnet-types.ts";

function orThrow<T>(outcome: Outcome<T>): T {
  if (!outcome.ok) throw new DevnetError(outcome);
  return outcome.value;
}

export { DevnetError } from "./devnet-error.ts";

/** Starts a devnet in this process; nothing listens and no time passes until asked. Throws DevnetError. */
export function createDevnet(options: DevnetOptions = {}): Devnet {
  return new Devnet(options);
}

type Listener<Event> = (event: Event) => void;

export class Devnet {
  readonly seed: string;
  /** What it was started with; of one that was loaded, what the first was. */
  readonly options: DevnetOptions;
  readonly view: NodeView;
  readonly rpc: Rpc;
  readonly subscriptions: Subscriptions;
  /** What it can do to stakes, as it holds the keys. */
  readonly staking: StakingActions;
  /** Hands in signed transactions, as many as there are, in Solana's wire format: of each its signature, or why not. */
  readonly sendTransactions: SendTransactions;
  /** For `createSolanaRpcFromTransport` of @solana/kit. */
  readonly rpcTransport: ReturnType<typeof createInProcessTransport>;
  /** For `createSolanaRpcSubscriptionsFromTransport` of @solana/kit. */
  readonly rpcSubscriptionsTransport: ReturnType<typeof createInProcessSubscriptionsTransport>;
  readonly #network: Network;
  readonly #cluster: Cluster;
  readonly #ledger: FedLedger;
  readonly #clock: PacedClock;
  /** The methods of `rpc`, and those that steer the clock, whose answers take time. */
  readonly #control: ControlRpc;
  readonly #textRpc: TextRpc;
  readonly #events = new EventEmitter();
  /** A mistake of our own stopped a validator. */
  #crash: { readonly error: unknown } | null = null;
  #server: RpcServer | null = null;
  #listens = false;
  #reverts = 0;
  readonly #watch: WatchFeed;
  readonly #pool = createSignaturePool();
  readonly #snapshots = createSnapshotStore();
  readonly #faucetCounter = { airdrops: 0 };
  #closed = false;
  /** Failures of our own while answering are heard, not hidden, but for what cannot be answered as the devnet closes. */
  readonly #onFailure = (error: unknown): void => void (this.#closed || this.#events.emit("server-error", error));

  constructor(given: DevnetOptions) {
    const dump = given?.load === undefined ? null : orThrow(readDump(given));
    const options = dump?.options ?? given;
    this.options = options;
    const plan = planDevnet(options);
    if (!plan.ok) throw new DevnetError(plan);
    const { seed, params, network, crypto } = plan.value;
    this.seed = seed;
    this.#network = network;
    this.#cluster = new Cluster({
      network,
      crypto,
      sharedWork: options.sharedWork ?? true,
      onReport: (node, report) => this.#onReport(node, report),
    });
    for (const index of network.offline) this.#cluster.setOnline(index, false);
    this.#cluster.listen({
      onFault: (fault) => this.#events.emit("fault", { slot: this.slot, fault }),
      onCrash: (validator, error) => {
        this.#crash ??= { error };
        this.#events.emit("validator-crashed", { validator, error });
      },
    });
    this.#ledger = createLedger({ chain: this.#cluster.chain, slotsMax: options.ledgerSlotsMax ?? 100_000 });
    this.#ledger.seed(this.#cluster.observing.tree.root.bank);
    if (dump !== null) this.#resume(orThrow(reviveMemory(dump, this.#cluster.chain)));
    this.view = createDevnetView({
      cluster: this.#cluster,
      network,
      ledger: this.#ledger,
      counter: this.#faucetCounter,
      assertOpen: () => this.#assertOpen(),
      onReceived: (signature) => this.subscriptions.onTransactionReceived(signature),
      rpcUrl: () => this.#server?.rpcUrl ?? null,
    });
    this.staking = createStakingActions({ network, view: this.view, counter: this.#faucetCounter });
    this.sendTransactions = createSendTransactions({ view: this.view, pool: this.#pool });
    this.rpc = createRpc(this.view, { onException: this.#onFailure });
    this.subscriptions = createSubscriptions({ view: this.view, rpc: this.rpc, defer: deferBriefly });
    this.#clock = createPacedClock(params.slotDurationMs, () => this.#advance());
    this.#watch = createWatchFeed({
      cluster: this.#cluster,
      seed,
      names: this.#names(),
      subscriptions: this.subscriptions,
      status: () => ({ slot: this.slot, running: this.running, snapshots: this.snapshots, reverts: this.reverts }),
    });
    this.#control = createControlRpc({ clock: this, rpc: this.rpc, view: this.view, onException: this.#onFailure });
    const { view, rpc } = this;
    const behind = this.#control;
    this.#textRpc = createSendRpc({ view, pool: this.#pool, rpc, behind, onException: this.#onFailure });
    this.rpcTransport = createInProcessTransport(this.#textRpc);
    this.rpcSubscriptionsTransport = createInProcessSubscriptionsTransport(
      controlSubscriptions(this.subscriptions, this.#control),
    );
    this.#events.setMaxListeners(0);
  }

  get chain(): Chain {
    return this.#cluster.chain;
  }

  get genesis(): Genesis {
    return this.#network.genesis;
  }

  get faucet(): Keypair {
    return this.#network.faucet;
  }

  /** Funded accounts, with their keys. */
  get accounts(): readonly Keypair[] {
    return this.#network.accounts;
  }

  /** Addresses of the genesis file's stake accounts, in its order. */
  get stakeAccounts(): readonly Address[] {
    return this.#network.stakeAccounts;
  }

  get validators(): readonly NetworkValidator[] {
    return this.#network.validators;
  }

  get slot(): Slot {
    return this.#cluster.slot;
  }

  get epoch(): Epoch {
    return epochAt(this.chain.epochs, this.slot);
  }

  /** SHA-256 over every event so far: two equal runs have equal traces. */
  get traceHash(): string {
    return this.#cluster.traceHash;
  }

  /** Whether the real clock runs, or will again once what advances is done. */
  get running(): boolean {
    return this.#clock.running;
  }

  /**
   * Runs so many slots of virtual time, as fast as they go, leaving the caller's other work its turn now and then. As for
   * every advance: the real clock is held meanwhile, several advances follow one another in the order asked, and closing
   * the devnet ends them where they are.
   */
  async advanceSlots(count: number, options: AdvanceOptions = {}): Promise<ClockPosition> {
    assertOptions("advanceSlots", options, ["signal"]);
    assertWhole("advanceSlots", "slots", count, 0);
    let left = count;
    return this.#advanceAsSaid(() => () => left-- === 0, options.signal);
  }

  /** Runs to the first slot of the epoch that is `count` after the present one, that slot included. */
  async advanceEpochs(count: number, options: AdvanceOptions = {}): Promise<ClockPosition> {
    assertOptions("advanceEpochs", options, ["signal"]);
    assertWhole("advanceEpochs", "epochs", count, 0);
    return this.#advanceAsSaid(() => {
      const { epochs } = this.chain;
      if ((this.epoch + count) * epochs.slotsPerEpoch > Number.MAX_SAFE_INTEGER) {
        throw new RangeError(`${count} epochs on, slots can no longer be numbered`);
      }
      const target = firstSlotOf(epochs, epochOf(this.epoch + count));
      return () => this.slot >= target;
    }, options.signal);
  }

  /** Runs to `slot`, that slot included. Rejects with a RangeError when it is past. */
  async advanceToSlot(slot: number, options: AdvanceOptions = {}): Promise<ClockPosition> {
    assertOptions("advanceToSlot", options, ["signal"]);
    assertWhole("advanceToSlot", "slots", slot, 0);
    return this.#advanceAsSaid(() => {
      if (slot < this.slot) throw new RangeError(`slot ${slot} is past: the clock stands at slot ${this.slot}`);
      return () => this.slot >= slot;
    }, options.signal);
  }

  /** Runs slots, at least one, until the predicate says true of the one just over. Rejects when `slotsMax` have not helped. */
  async advanceUntil(
    predicate: (summary: SlotSummary, devnet: Devnet) => boolean,
    options: AdvanceUntilOptions = {},
  ): Promise<ClockPosition> {
    assertOptions("advanceUntil", options, ["slotsMax", "signal"]);
    const { slotsMax = 1_000_000, signal } = options;
    assertWhole("advanceUntil's slotsMax", "slots", slotsMax, 1);
    if (typeof predicate !== "function") throw new TypeError("advanceUntil takes a function of a slot's summary");
    let summary: SlotSummary | null = null;
    const stopHearing = this.on("slot", (heard) => {
      summary = heard;
    });
    const until = {
      predicate: (heard: SlotSummary) => predicate(heard, this),
      slotsMax,
      latest: () => summary,
      slot: () => this.slot,
    };
    return this.#advanceAsSaid(() => beginUntil(until), signal).finally(stopHearing);
  }

  /** Lets the real clock run: a slot every `slotDurationMs`. */
  start(): void {
    this.#assertOpen();
    this.#clock.start();
    this.#watch.onChange();
  }

  pause(): void {
    this.#clock.stop();
    this.#watch.onChange();
  }

  /** Opens JSON-RPC and WebSocket. Rejects with one clear sentence when a port cannot be had. */
  async listen(options: ListenOptions = {}): Promise<{ readonly rpcUrl: string; readonly wsUrl: string }> {
    this.#assertOpen();
    if (this.#listens)
      throw new Error(`this devnet listens already, at ${this.#server?.rpcUrl ?? "a port being opened"}`);
    this.#listens = true;
    const rpc = this.#textRpc;
    const subscriptions = controlSubscriptions(this.subscriptions, this.#control);
    const { slotsBehind } = this.view;
    try {
      const server = await openServer({ ...options, rpc, subscriptions, slotsBehind, onError: this.#onFailure });
      // It may have been closed meanwhile.
      if (this.#closed) await server.close();
      this.#assertOpen();
      this.#server = server;
      return { rpcUrl: server.rpcUrl, wsUrl: server.wsUrl };
    } catch (error) {
      this.#listens = false;
      throw error;
    }
  }

  /**
   * Hears of events; returns the way to stop hearing. Some events come from the middle of a slot: what a listener throws
   * cannot stop the chain there, and becomes an uncaught exception of the process instead.
   */
  on<Name extends keyof DevnetEvents>(name: Name, listener: Listener<DevnetEvents[Name]>): () => void {
    const hear = (event: DevnetEvents[Name]): void => {
      try {
        listener(event);
      } catch (error) {
        queueMicrotask(() => {
          throw error;
        });
      }
    };
    this.#events.on(name, hear);
    return () => this.#events.off(name, hear);
  }

  /** Takes a validator off the network or brings it back. */
  setOnline(validator: number, online: boolean): void {
    if (!Number.isSafeInteger(validator) || validator < 0 || validator >= this.validators.length) {
      throw new RangeError(`there is no validator ${validator}: they are numbered 0 to ${this.validators.length - 1}`);
    }
    this.#cluster.setOnline(validator, online);
  }

  /** Makes a fault happen (sim/faults.ts): a crash, a partition, a strategy … Null, or why it cannot. */
  inject(fault: Fault): Refusal | null {
    return this.#cluster.inject(fault);
  }

  /** Every fault so far. */
  get timeline(): readonly TimedFault[] {
    return this.#cluster.timeline;
  }

  /** What was done, as a scenario for the simulator (`formatScenario` makes a file of it). */
  exportScenario(): ScenarioFile {
    const slots = this.slot - this.genesis.firstSlot;
    return exportScenario({ genesis: this.genesis, options: this.options, timeline: this.timeline, slots });
  }

  /** Keeps everything as it is now, to revert to. At most 64 are kept; beyond that the oldest goes. */
  snapshot(): SnapshotSummary {
    this.#assertOpen();
    const summary = this.#snapshots.add({ ...this.#capture(), watch: this.#watch.capture() }, this.epoch);
    this.#watch.onChange();
    return summary;
  }

  /**
   * Puts everything back to when the snapshot was taken: chain, mempools, towers, messages on their way, randomness, faults,
   * history. What follows is the same as the first time, if the same is asked of it. The snapshot is kept. Connections stay
   * open, and their subscriptions hear of the new blocks. Throws a RangeError when there is no such snapshot.
   */
  revert(id: number): SnapshotSummary {
    this.#assertOpen();
    const kept = this.#snapshots.get(id);
    if (kept === null) throw new RangeError(`there is no snapshot ${id}`);
    this.#reverts++;
    this.#resume(kept.memory);
    this.#watch.restore(kept.memory.watch);
    this.subscriptions.onRevert();
    this.#events.emit("reverted", kept.summary);
    return kept.summary;
  }

  /** How often it was put back to a snapshot. */
  get reverts(): number {
    return this.#reverts;
  }

  /** A validator's place, by its number, identity, vote account, or name in the genesis file. */
  findValidator(named: string | number): Outcome<number> {
    return findValidator({ validators: this.validators, names: this.#names() }, named);
  }

  /** Whether there was one. */
  dropSnapshot(id: number): boolean {
    const was = this.#snapshots.drop(id);
    this.#watch.onChange();
    return was;
  }

  /** Oldest first. */
  get snapshots(): readonly SnapshotSummary[] {
    return this.#snapshots.list();
  }

  /** What the page shows: the newest frames and events, and how the clock stands. `escapement_watchSubscribe` goes on from there. */
  watch(): WatchState {
    return this.#watch.state();
  }

  /** The lockouts of a validator, by its number. */
  towerOf(validator: number): TowerView {
    return this.#watch.towerOf(validator);
  }

  /** Everything as it is now, for `createDevnet({ load })` in this process or another. */
  dump(): Uint8Array {
    this.#assertOpen();
    return encodeDump({ options: this.options, genesisHash: this.chain.genesisHash, memory: this.#capture() });
  }

  /** The followed chain's blocks, oldest first, as far as the ledger still holds them. */
  *blocks(): Iterable<Block> {
    const first = this.#ledger.firstAvailableSlot();
    const last = this.#ledger.newestSlot("processed");
    for (const slot of this.#ledger.slotsBetween(first, last, "processed")) {
      const entry = this.#ledger.blockAt(slot);
      if (entry !== null) yield entry.block;
    }
  }

  /** Re-verifies the whole chain from genesis, trusting nothing computed before. */
  verify(): VerifyChainResult {
    const { genesis, chain } = this;
    const expected = { genesisHash: chain.genesisHash, lastBlockId: this.view.bank("processed").blockId };
    const crypto = { signatures: nodeSignatures[genesis.params.signatureScheme], ...nodeHashes };
    return verifyChain({ genesis, blocks: this.blocks(), expected, crypto });
  }

  /** Stops the clock and whatever advances, and closes every socket. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#control.close();
    this.#clock.close();
    this.#watch.close();
    await this.#server?.close();
    await this.#pool.close();
    this.#events.removeAllListeners();
  }

  #names(): readonly (string | null)[] {
    return (this.options.genesis?.validators ?? []).map(({ name }) => name ?? null);
  }

  #capture(): DevnetMemory {
    const { airdrops } = this.#faucetCounter;
    return { cluster: this.#cluster.capture(), ledger: this.#ledger.capture(), airdrops };
  }

  #resume({ cluster, ledger, airdrops }: DevnetMemory): void {
    this.#cluster.restore(cluster);
    this.#ledger.restore(ledger);
    this.#faucetCounter.airdrops = airdrops;
  }

  #assertOpen(): void {
    if (this.#closed) throw new Error("this devnet is closed; create another one");
  }

  async #advanceAsSaid(begin: () => IsDone, signal: AbortSignal | undefined): Promise<ClockPosition> {
    this.#assertOpen();
    await this.#clock.advance(() => {
      signal?.throwIfAborted();
      const isDone = begin();
      return () => {
        signal?.throwIfAborted();
        return isDone();
      };
    });
    signal?.throwIfAborted();
    return { slot: this.slot, epoch: this.epoch };
  }

  #advance(): void {
    const cluster = this.#cluster;
    const before = cluster.observing.consensus.head();
    const slot = cluster.advanceSlot();
    if (this.#crash !== null) throw this.#crash.error;
    if (this.#events.listenerCount("slot") > 0)
      this.#events.emit("slot", summarizeSlot(this.#cluster, slot, before.bank));
  }

  #onReport(node: number, report: Report): void {
    if (report.type === "block-refused")
      emitRefusedBlock(this.#events, report, this.#cluster.nodes[node]!.validator.identity.address);
    if (node !== this.#cluster.observer) return;
    this.#ledger.onReport(report);
    this.subscriptions.onReport(report);
    emitReport(this.#events, report);
  }
}
