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
import { formatRefusal, type Refusal } from "../base/refusal.ts";
import type { Bank } from "../chain/bank.ts";
import type { Block } from "../chain/block.ts";
import type { Chain } from "../chain/chain.ts";
import type { Keypair } from "../chain/crypto.ts";
import { epochAt, firstSlotOf } from "../chain/epoch-schedule.ts";
import type { Genesis } from "../chain/genesis.ts";
import { type Address, type Epoch, epochOf, type Signature, type Slot } from "../chain/ids.ts";
import { leaderAfter } from "../chain/leaders.ts";
import type { ChainParams, ProfileName } from "../chain/params.ts";
import { portablePohKernel } from "../chain/poh-kernel.ts";
import type { Transaction, Verified } from "../chain/transaction.ts";
import { type VerifyChainResult, verifyChain } from "../chain/verify-chain.ts";
import { createRpc, type Rpc } from "../rpc/dispatch.ts";
import { createLedger, type FedLedger } from "../rpc/ledger.ts";
import type { Commitment, NodeView } from "../rpc/node-view.ts";
import { createSubscriptions, type Subscriptions } from "../rpc/subscriptions.ts";
import { Cluster } from "../sim/cluster.ts";
import type { GenesisFile } from "../sim/genesis-file.ts";
import type { Network, NetworkValidator, ValidatorPlan } from "../sim/network.ts";
import type { Report } from "../validator/contract.ts";
import { assertOptions, assertWhole, beginUntil } from "./advance-until.ts";
import { type ControlRpc, controlSubscriptions, createControlRpc } from "./control-rpc.ts";
import { planDevnet } from "./devnet-plan.ts";
import { createFaucet } from "./faucet.ts";
import { createInProcessSubscriptionsTransport, createInProcessTransport } from "./in-process-transport.ts";
import { nodeSignatures } from "./node-crypto.ts";
import { createPacedClock, type IsDone, type PacedClock } from "./paced-clock.ts";
import { deferBriefly, openServer, type RpcServer, type ServerOptions } from "./server.ts";
import { version } from "./version.ts";

export type DevnetOptions = {
  /** Everything random comes from it. Default "escapement". */
  readonly seed?: string;
  /** A number of validators, or each one's stake in lamports and commission in percent. Default 4. */
  readonly validators?: number | readonly ValidatorPlan[];
  /** Default "lab". */
  readonly profile?: ProfileName;
  /** Overrides of the profile's parameters. */
  readonly params?: Partial<ChainParams>;
  /** Funded accounts, each with `accountLamports`. Default 5 with 10,000 SOL each. */
  readonly accounts?: number;
  readonly accountLamports?: bigint;
  /** Unix seconds. Default a constant, so that equal options give equal chains. */
  readonly creationTime?: number;
  readonly firstSlot?: number;
  /**
   * What a genesis file says (schemas/genesis.schema.json): validators, funded accounts and stakes in any state. The
   * options `seed`, `params`, `creationTime` and `firstSlot` are laid over it; `validators`, `profile`, `accounts` and
   * `accountLamports` cannot stand beside it.
   */
  readonly genesis?: GenesisFile;
  /** Finalized slots whose blocks are kept for clients. Default 100,000. */
  readonly ledgerSlotsMax?: number;
  /** Off: every validator replays every block for itself; slower, same results. */
  readonly sharedWork?: boolean;
};

/** One slot, as seen from the observer when it is over. */
export type SlotSummary = {
  readonly slot: Slot;
  readonly epoch: Epoch;
  readonly leader: Address;
  readonly voteAccount: Address;
  readonly produced: boolean;
  readonly blockId: string | null;
  readonly height: number;
  readonly transactions: number;
  readonly votes: number;
  readonly confirmedSlot: Slot;
  readonly finalizedSlot: Slot;
};

export type DevnetEvents = {
  slot: SlotSummary;
  "block-confirmed": { readonly slot: Slot; readonly blockId: string };
  "block-finalized": { readonly slot: Slot; readonly blockId: string };
  "block-refused": {
    readonly slot: Slot;
    readonly blockId: string;
    readonly validator: Address;
    readonly refusal: Refusal;
  };
  /** A failure of ours while answering a client. */
  "server-error": unknown;
  "transaction-dropped": { readonly signature: Signature; readonly code: string };
};

/** Options that cannot stand: a programmer's or operator's mistake, in one sentence. */
export class DevnetError extends Error {
  override readonly name = "DevnetError";
  readonly refusal: Refusal;

  constructor(refusal: Refusal) {
    super(`cannot start a devnet: ${formatRefusal(refusal)}`);
    this.refusal = refusal;
  }
}

/** Starts a devnet in this process; nothing listens and no time passes until asked. Throws DevnetError. */
export function createDevnet(options: DevnetOptions = {}): Devnet {
  return new Devnet(options);
}

/** Where the clock stands. */
export type ClockPosition = { readonly slot: Slot; readonly epoch: Epoch };

export type AdvanceOptions = {
  /** Aborting it ends the advance after its present slot: it rejects with the signal's reason. */
  readonly signal?: AbortSignal;
};

export type AdvanceUntilOptions = AdvanceOptions & {
  /** Slots after which it is given up. Default 1,000,000. */
  readonly slotsMax?: number;
};

/** Where to listen: the host (loopback by default), and ports (8899 and the one above it). */
export type ListenOptions = Pick<ServerOptions, "host" | "rpcPort" | "wsPort" | "limits">;

type Listener<Event> = (event: Event) => void;

export class Devnet {
  readonly seed: string;
  readonly view: NodeView;
  readonly rpc: Rpc;
  readonly subscriptions: Subscriptions;
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
  readonly #events = new EventEmitter();
  /** A mistake of our own stopped a validator. */
  #crash: { readonly error: unknown } | null = null;
  #server: RpcServer | null = null;
  #listens = false;
  #closed = false;
  /** A failure of our own while answering is heard, not hidden: the client gets an internal error, the server goes on. */
  readonly #onFailure = (error: unknown): void => void this.#events.emit("server-error", error);

  constructor(options: DevnetOptions) {
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
    this.#cluster.listen({
      onCrash: (_, error) => {
        this.#crash ??= { error };
      },
    });
    for (const index of network.offline) this.#cluster.setOnline(index, false);
    this.#ledger = createLedger({ chain: this.#cluster.chain, slotsMax: options.ledgerSlotsMax ?? 100_000 });
    this.#ledger.seed(this.#cluster.observing.tree.root.bank);
    this.view = this.#createView();
    this.rpc = createRpc(this.view, { onException: this.#onFailure });
    this.subscriptions = createSubscriptions({
      view: this.view,
      rpc: this.rpc,
      defer: deferBriefly,
    });
    this.#clock = createPacedClock(params.slotDurationMs, () => this.#advance());
    this.#control = createControlRpc({ clock: this, rpc: this.rpc, view: this.view, onException: this.#onFailure });
    this.rpcTransport = createInProcessTransport(this.#control);
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
  }

  pause(): void {
    this.#clock.stop();
  }

  /** Opens JSON-RPC and WebSocket. Rejects with one clear sentence when a port cannot be had. */
  async listen(options: ListenOptions = {}): Promise<{ readonly rpcUrl: string; readonly wsUrl: string }> {
    this.#assertOpen();
    if (this.#listens)
      throw new Error(`this devnet listens already, at ${this.#server?.rpcUrl ?? "a port being opened"}`);
    this.#listens = true;
    const rpc = this.#control;
    const subscriptions = controlSubscriptions(this.subscriptions, rpc);
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
    const crypto = { signatures: nodeSignatures[genesis.params.signatureScheme], poh: portablePohKernel };
    return verifyChain({ genesis, blocks: this.blocks(), expected, crypto });
  }

  /** Stops the clock and whatever advances, and closes every socket. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#clock.close();
    await this.#server?.close();
    this.#events.removeAllListeners();
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
    return { slot: this.slot, epoch: this.epoch };
  }

  #advance(): void {
    const cluster = this.#cluster;
    const before = cluster.observing.consensus.head();
    const slot = cluster.advanceSlot();
    if (this.#crash !== null) throw this.#crash.error;
    if (this.#events.listenerCount("slot") > 0) this.#events.emit("slot", this.#summarize(slot, before.bank));
  }

  #summarize(slot: Slot, parent: Bank): SlotSummary {
    const { consensus, tree } = this.#cluster.observing;
    const head = consensus.head();
    const produced = head.slot === slot;
    const leader = leaderAfter(this.chain, parent, slot);
    const votes = produced ? head.bank.results.filter((result) => result.isVote).length : 0;
    return {
      slot,
      epoch: epochAt(this.chain.epochs, slot),
      leader: leader.identity,
      voteAccount: leader.voteAccount,
      produced,
      blockId: produced ? head.blockId : null,
      height: head.bank.height,
      transactions: produced ? head.bank.results.length - votes : 0,
      votes,
      confirmedSlot: consensus.confirmed().slot,
      finalizedSlot: tree.root.slot,
    };
  }

  #onReport(node: number, report: Report): void {
    if (report.type === "block-refused") {
      const { slot, blockId, refusal } = report;
      const validator = this.#cluster.nodes[node]!.validator.identity.address;
      this.#events.emit("block-refused", { slot, blockId, validator, refusal });
    }
    if (node !== this.#cluster.observer) return;
    this.#ledger.onReport(report);
    this.subscriptions.onReport(report);
    if (report.type === "block-confirmed" || report.type === "block-finalized") {
      this.#events.emit(report.type, { slot: report.bank.slot, blockId: report.bank.blockId });
    } else if (report.type === "transaction-dropped") {
      this.#events.emit("transaction-dropped", { signature: report.signature, code: report.code });
    }
  }

  #createView(): NodeView {
    const cluster = this.#cluster;
    const bankOf = (commitment: Commitment): Bank => {
      const { consensus, tree } = cluster.observing;
      if (commitment === "processed") return consensus.head().bank;
      return commitment === "confirmed" ? consensus.confirmed().bank : tree.root.bank;
    };
    const submit = (transaction: Verified<Transaction>): Refusal | null => {
      const refusal = cluster.submit([transaction]).get(transaction.signature) ?? null;
      if (refusal === null) this.subscriptions.onTransactionReceived(transaction.signature);
      return refusal;
    };
    return {
      chain: cluster.chain,
      identity: this.#network.observer.address,
      version,
      ledger: this.#ledger,
      bank: bankOf,
      peers: () =>
        cluster.nodes.map(({ validator, online }) => ({
          identity: validator.identity.address,
          voteAccount: validator.voteAccount,
          online,
        })),
      rpcAddress: () => (this.#server === null ? null : new URL(this.#server.rpcUrl).host),
      submit,
      airdrop: createFaucet({ faucet: this.faucet, chain: cluster.chain, bank: () => bankOf("processed"), submit }),
      slotsBehind: () => null,
    };
  }
}
