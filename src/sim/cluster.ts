/**
 * A cluster: N validators and an observer in one process, with links between them, in virtual time.
 *
 *     advanceSlot():  clock ──slot──> every node ──effects──> events (time, sequence) ──inputs──> nodes … until quiet
 *
 * The simulator runs it as fast as it can; the devnet lets a real clock say when to advance. Either way the same events
 * happen in the same order, and `traceHash` commits to every one of them.
 */
import { assert, assertDefined, assertNever } from "../base/assert.ts";
import { utf8Bytes } from "../base/bytes.ts";
import type { Refusal } from "../base/refusal.ts";
import { sha256 } from "../base/sha256.ts";
import { type Bank, createGenesisBank } from "../chain/bank.ts";
import { type Chain, createChain } from "../chain/chain.ts";
import type { Crypto, Keypair } from "../chain/crypto.ts";
import { type Address, type Hash, hashOf, type Slot, slotOf } from "../chain/ids.ts";
import type { Transaction, Verified } from "../chain/transaction.ts";
import { type BlockNode, compareHashes } from "../consensus/block-tree.ts";
import type { Tower } from "../consensus/tower.ts";
import type { Effect, Input, Report } from "../validator/contract.ts";
import { createOwnWork, createSharedWork, type SharedWork } from "../validator/shared-work.ts";
import { step } from "../validator/step.ts";
import { createValidator, type Validator, type ValidatorLimits } from "../validator/validator.ts";
import { createEventQueue, type EventQueue } from "./event-queue.ts";
import { instantLinks, type LinkModel } from "./links.ts";
import type { Network } from "./network.ts";

export type ClusterOptions = {
  readonly network: Network;
  readonly crypto: Crypto;
  readonly links?: LinkModel;
  readonly limits?: ValidatorLimits;
  /** Off: every validator replays and verifies for itself. The results are the same. */
  readonly sharedWork?: boolean;
  readonly onReport?: (node: number, report: Report) => void;
};

export type ClusterNode = {
  validator: Validator;
  online: boolean;
  /** What its disk holds. */
  savedTower: Tower | null;
};

type Delivery = { readonly to: readonly number[]; readonly input: Input };

export class Cluster {
  readonly chain: Chain;
  readonly nodes: readonly ClusterNode[];
  /** Index of the observer among the nodes: the last. */
  readonly observer: number;
  readonly #links: LinkModel;
  readonly #limits: ValidatorLimits | undefined;
  readonly #work: SharedWork;
  readonly #queue: EventQueue<Delivery> = createEventQueue();
  readonly #indexOf: ReadonlyMap<Address, number>;
  readonly #onReport: (node: number, report: Report) => void;
  #slot: Slot;
  #now = 0;
  #trace: Uint8Array = new Uint8Array(32);

  constructor(options: ClusterOptions) {
    const { network, crypto, links = instantLinks, limits, sharedWork = true } = options;
    this.chain = createChain(network.genesis, crypto);
    this.#links = links;
    this.#limits = limits;
    this.#work = sharedWork ? createSharedWork(this.chain) : createOwnWork(this.chain);
    this.#onReport = options.onReport ?? (() => {});
    const genesisBank = createGenesisBank(this.chain);
    const members = [...network.validators, { identity: network.observer, voteAccount: null }];
    this.nodes = members.map(({ identity, voteAccount }) => ({
      validator: this.#createValidator(identity, voteAccount, genesisBank),
      online: true,
      savedTower: null,
    }));
    this.observer = members.length - 1;
    this.#indexOf = new Map(members.map(({ identity }, index) => [identity.address, index]));
    assert(this.#indexOf.size === members.length, "two members of the cluster share an identity");
    this.#slot = genesisBank.slot;
  }

  /** The slot that the clock is in. */
  get slot(): Slot {
    return this.#slot;
  }

  /** SHA-256 over every event so far, in order: when, at which nodes, what. */
  get traceHash(): Hash {
    return hashOf(this.#trace);
  }

  get observing(): Validator {
    return this.nodes[this.observer]!.validator;
  }

  /** One slot of virtual time: the clock ticks for everybody, and everything that follows within the slot happens. */
  advanceSlot(): Slot {
    this.#slot = slotOf(this.#slot + 1);
    const start = (this.#slot - this.chain.genesis.firstSlot) * this.chain.params.slotDurationMs;
    this.#run(start - 1);
    this.#now = start;
    this.#queue.schedule(start, { to: this.nodes.map((_, index) => index), input: { type: "slot", slot: this.#slot } });
    this.#run(start + this.chain.params.slotDurationMs - 1);
    return this.#slot;
  }

  /** A client's transactions reach the observer, now. Refusals by signature; the others are on their way. */
  submit(transactions: readonly Verified<Transaction>[]): ReadonlyMap<string, Refusal> {
    const refusals = new Map<string, Refusal>();
    const input: Input = { type: "transactions", transactions };
    this.#record([this.observer], describe(input));
    const effects = this.#step(this.observer, input);
    for (const effect of effects) {
      if (effect.type === "report" && effect.report.type === "transaction-refused") {
        refusals.set(effect.report.signature, effect.report.refusal);
      }
    }
    this.#carryOut(this.observer, effects);
    this.#run(this.#now);
    return refusals;
  }

  /**
   * Takes a validator off the network, or brings it back with the tower its disk kept. When it slept past the observer's
   * root, it starts from there, as a real one starts from a snapshot. Its peers may have forgotten the blocks it missed:
   * the observer, which holds all that is not final, sends them.
   */
  setOnline(index: number, online: boolean): void {
    const node = assertDefined(this.nodes[index], `no node ${index}`);
    assert(index !== this.observer, "the observer cannot be taken offline");
    if (node.online === online) return;
    node.online = online;
    this.#record([index], online ? "online" : "offline");
    if (!online) return;
    const root = this.observing.tree.root;
    if (node.validator.consensus.head().slot < root.slot) {
      const { identity, voteAccount } = node.validator;
      node.validator = this.#createValidator(identity, voteAccount, root.bank);
    }
    if (node.savedTower !== null) node.validator.tower = node.savedTower;
    node.validator.slot = this.#slot;
    for (const { block } of [...this.observing.tree.nodes.values()].sort(compareNodes)) {
      if (block === null || node.validator.tree.nodes.has(block.blockId)) continue;
      this.#send(this.observer, node.validator.identity.address, {
        type: "block",
        block,
        from: this.#identityOf(this.observer),
      });
    }
  }

  #createValidator(identity: Keypair, voteAccount: Address | null, genesisBank: Bank): Validator {
    const limits = this.#limits === undefined ? {} : { limits: this.#limits };
    return createValidator({ chain: this.chain, identity, voteAccount, work: this.#work, genesisBank, ...limits });
  }

  #run(until: number): void {
    for (let next = this.#queue.next(until); next !== null; next = this.#queue.next(until)) {
      this.#now = next.at;
      const { to, input } = next.event;
      this.#record(to, describe(input));
      for (const index of to) {
        if (this.nodes[index]!.online) this.#carryOut(index, this.#step(index, input));
      }
    }
  }

  #step(index: number, input: Input): readonly Effect[] {
    return step(this.nodes[index]!.validator, input);
  }

  #carryOut(from: number, effects: readonly Effect[]): void {
    for (const effect of effects) {
      switch (effect.type) {
        case "save-tower":
          this.nodes[from]!.savedTower = effect.tower;
          break;
        case "broadcast-block":
          this.#broadcast(from, { type: "block", block: effect.block, from: this.#identityOf(from) });
          break;
        case "broadcast-vote":
          this.#broadcast(from, { type: "vote", vote: effect.vote });
          break;
        case "send-blocks":
          this.#send(from, effect.to, { type: "blocks", blocks: effect.blocks, from: this.#identityOf(from) });
          break;
        case "request-blocks": {
          const { to, blockId, above } = effect;
          this.#send(from, to, { type: "block-request", blockId, above, from: this.#identityOf(from) });
          break;
        }
        case "send-transactions":
          this.#send(from, effect.to, { type: "transactions", transactions: effect.transactions });
          break;
        case "report":
          this.#onReport(from, effect.report);
          break;
        default:
          assertNever(effect);
      }
    }
  }

  #identityOf(index: number): Address {
    return this.nodes[index]!.validator.identity.address;
  }

  #send(from: number, to: Address, input: Input): void {
    const index = this.#indexOf.get(to);
    const delay = index === undefined ? null : this.#delayMs(from, index);
    if (index !== undefined && delay !== null) this.#queue.schedule(this.#now + delay, { to: [index], input });
  }

  /** To everybody else. Those whom it reaches at the same time share one event. */
  #broadcast(from: number, input: Input): void {
    const byDelay = new Map<number, number[]>();
    for (let to = 0; to < this.nodes.length; to++) {
      const delay = to === from ? null : this.#delayMs(from, to);
      if (delay === null) continue;
      const together = byDelay.get(delay);
      if (together === undefined) byDelay.set(delay, [to]);
      else together.push(to);
    }
    for (const [delay, to] of byDelay) this.#queue.schedule(this.#now + delay, { to, input });
  }

  #delayMs(from: number, to: number): number | null {
    const delay = this.#links.delayMs(from, to);
    const isTime = delay === null || (Number.isSafeInteger(delay) && delay >= 0);
    assert(isTime, `a message from ${from} to ${to} cannot take ${delay} ms`);
    return delay;
  }

  #record(nodes: readonly number[], event: string): void {
    const bytes = utf8Bytes(`${this.#now} ${formatRuns(nodes)} ${event}`);
    const joined = new Uint8Array(32 + bytes.length);
    joined.set(this.#trace);
    joined.set(bytes, 32);
    this.#trace = sha256(joined);
  }
}

function compareNodes(a: BlockNode, b: BlockNode): number {
  return a.slot - b.slot || compareHashes(a.blockId, b.blockId);
}

/** `0-2,4,7-9`: every number of an ascending list, shortly. */
function formatRuns(ascending: readonly number[]): string {
  const runs: string[] = [];
  for (let start = 0, end = 0; start < ascending.length; start = ++end) {
    while (ascending[end + 1] === ascending[end]! + 1) end++;
    runs.push(start === end ? `${ascending[start]}` : `${ascending[start]}-${ascending[end]}`);
  }
  return runs.join(",");
}

/** What an input says, in a line that names its content by hash or signature. */
function describe(input: Input): string {
  switch (input.type) {
    case "slot":
      return `slot ${input.slot}`;
    case "block":
      return `block ${input.block.blockId} from ${input.from}`;
    case "blocks":
      return `blocks ${input.blocks.map(({ blockId }) => blockId).join(" ")} from ${input.from}`;
    case "vote":
      return `vote ${input.vote.transaction.signature}`;
    case "transactions":
      return `transactions ${input.transactions.map(({ signature }) => signature).join(" ")}`;
    case "block-request":
      return `block-request ${input.blockId} above ${input.above} from ${input.from}`;
    default:
      return assertNever(input);
  }
}
