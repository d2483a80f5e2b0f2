/**
 * PubSub: clients subscribe, and are told when what they follow moves on.
 *
 *     client ── {"id":1,"method":"slotSubscribe"} ──> connection.onText        open(send) ──> connection
 *     client <── {"id":1,"result":7} ── send
 *     observer ── head-changed ──> onReport
 *     client <── {"method":"slotNotification","params":{"result":{…},"subscription":7}} ── send
 *
 * Any RPC method works here too. With nobody subscribed a report costs an assignment; equal subscriptions share one
 * encoding. Ids count up and are never used again. Everything is synchronous: `send` must not call back.
 *
 * Source: Solana's PubSub interface; the traps that clients set are in their own sources (kit, web3.js).
 */
import type { Bank } from "../chain/bank.ts";
import type { Signature } from "../chain/ids.ts";
import type { Report } from "../validator/contract.ts";
import { answerBatch, type Rpc } from "./dispatch.ts";
import { invalidParams, type RpcError } from "./errors.ts";
import { formatJson, parseJson } from "./json.ts";
import { newBlocksBetween } from "./new-blocks.ts";
import type { Commitment, NodeView } from "./node-view.ts";
import { createAdvance, notificationsOf, receivedValue, signatureValue, voteNotifications } from "./notifications.ts";
import { slotUpdates } from "./slot-updates.ts";
import {
  type BankTopic,
  isSubscribeMethod,
  isUnsubscribeMethod,
  parseTopic,
  type Topic,
} from "./subscription-topics.ts";

export type SubscriptionLimits = {
  readonly perConnectionMax: number;
  readonly totalMax: number;
};

export const standardSubscriptionLimits: SubscriptionLimits = {
  perConnectionMax: 1000,
  totalMax: 10_000,
};

export type SubscriptionsOptions = {
  readonly view: NodeView;
  /** For ordinary methods. */
  readonly rpc: Pick<Rpc, "callText" | "answer">;
  readonly limits?: Partial<SubscriptionLimits>;
  /**
   * Carries out work a moment later. Used to tell at once what was already true when a client subscribed: clients
   * listen to an id only after they have read it. Default: right after the response.
   */
  readonly defer?: (work: () => void) => void;
};

export type Connection = {
  /** One text frame; responses go through `send`. */
  readonly onText: (text: string) => void;
  /** Ends all its subscriptions. May be called again. */
  readonly close: () => void;
};

export type Subscriptions = {
  readonly open: (send: (text: string) => void) => Connection;
  /** To be called once the view's banks and ledger have taken the report in. */
  readonly onReport: (report: Report) => void;
  /** A transaction was taken into the mempool: for those who asked to be told when it is received. */
  readonly onTransactionReceived: (signature: Signature) => void;
  /** Tells whoever watches: a host's frames. */
  readonly tellWatchers: (value: unknown) => void;
  /** How many watch. */
  readonly watchers: () => number;
  /** The view's banks are others than were told last, without a way from these to those: its world has been put back. */
  readonly onRevert: () => void;
  /** Alive now, over all connections. */
  readonly count: () => number;
};

type Subscription = {
  readonly id: number;
  readonly client: Client;
  readonly topic: Topic;
  /** Equal for subscriptions that are told equal things. */
  readonly key: string;
  /** Whether "receivedSignature" is still to be told. */
  awaitsReceived: boolean;
};

type Client = {
  readonly send: (text: string) => void;
  readonly subscriptions: Map<number, Subscription>;
  /** Ended by themselves, oldest first and bounded: unsubscribing from them is no mistake. */
  readonly spent: Set<number>;
};

type State = {
  readonly view: NodeView;
  readonly rpc: Pick<Rpc, "callText" | "answer">;
  readonly limits: SubscriptionLimits;
  readonly defer: (work: () => void) => void;
  /** Topics without a bank, by type, and topics with one, by commitment. */
  readonly plain: Readonly<Record<"slot" | "root" | "vote" | "slotsUpdates" | "escapement_watch", Set<Subscription>>>;
  readonly watching: Readonly<Record<Commitment, Set<Subscription & { readonly topic: BankTopic }>>>;
  readonly awaitingReceived: Set<Subscription>;
  /** The bank that was told last. */
  readonly told: Record<Commitment, Bank>;
  nextId: number;
  count: number;
};

export function createSubscriptions(options: SubscriptionsOptions): Subscriptions {
  const { view } = options;
  const state: State = {
    view,
    rpc: options.rpc,
    limits: { ...standardSubscriptionLimits, ...options.limits },
    defer: options.defer ?? ((work) => work()),
    plain: { slot: new Set(), root: new Set(), vote: new Set(), slotsUpdates: new Set(), escapement_watch: new Set() },
    watching: { processed: new Set(), confirmed: new Set(), finalized: new Set() },
    awaitingReceived: new Set(),
    told: { processed: view.bank("processed"), confirmed: view.bank("confirmed"), finalized: view.bank("finalized") },
    nextId: 1,
    count: 0,
  };
  return {
    open: (send) => openConnection(state, send),
    onReport: (report) => onReport(state, report),
    onTransactionReceived: (signature) => tellReceived(state, new Set([signature])),
    tellWatchers: (value) => tellAll(state.plain.escapement_watch, value),
    watchers: () => state.plain.escapement_watch.size,
    onRevert: () => {
      for (const commitment of ["processed", "confirmed", "finalized"] as const) {
        state.told[commitment] = view.bank(commitment);
      }
      const { slot, parentSlot: parent } = state.told.processed;
      if (state.plain.slot.size > 0) tellAll(state.plain.slot, { slot, parent, root: state.told.finalized.slot });
    },
    count: () => state.count,
  };
}

// ── Requests ─────────────────────────────────────────────────────────────────────────────────────────────────────────

function openConnection(state: State, send: (text: string) => void): Connection {
  const client: Client = { send, subscriptions: new Map(), spent: new Set() };
  let isOpen = true;
  return {
    onText: (text) => {
      if (!isOpen) return;
      const afterwards: (() => void)[] = [];
      const response = responseTo(state, client, text, afterwards);
      if (response !== null) send(response);
      for (const work of afterwards) state.defer(work);
    },
    close: () => {
      isOpen = false;
      for (const subscription of [...client.subscriptions.values()]) end(state, subscription);
    },
  };
}

type Request = { readonly id: unknown; readonly method: string; readonly params: unknown };

/** The request, when it is one for this module; everything else is the RPC's to answer or refuse. */
function ownRequest(body: unknown): Request | null {
  if (typeof body !== "object" || body === null) return null;
  const { jsonrpc, id, method, params } = body as Record<string, unknown>;
  if (jsonrpc !== "2.0" || typeof method !== "string") return null;
  if (!isSubscribeMethod(method) && !isUnsubscribeMethod(method)) return null;
  const isId = id === null || typeof id === "string" || typeof id === "number" || typeof id === "bigint";
  return isId ? { id, method, params } : null;
}

function responseTo(state: State, client: Client, text: string, afterwards: (() => void)[]): string | null {
  const parsed = parseJson(text);
  if (!parsed.ok) return state.rpc.callText(text);
  const body = parsed.value;
  const requests: readonly unknown[] = Array.isArray(body) ? body : [body];
  if (requests.every((request) => ownRequest(request) === null)) return state.rpc.callText(text);
  const answer = (request: unknown): string | null => {
    const own = ownRequest(request);
    return own === null ? state.rpc.answer(request) : formatJson(respond(state, client, own, afterwards));
  };
  return Array.isArray(body) ? answerBatch(body, answer) : answer(body);
}

function respond(state: State, client: Client, request: Request, afterwards: (() => void)[]): unknown {
  const { id, method } = request;
  const params = request.params ?? [];
  const fail = (error: RpcError) => ({ jsonrpc: "2.0", error, id });
  if (!Array.isArray(params)) return fail(invalidParams("parameters are given as an array"));
  if (isUnsubscribeMethod(method)) {
    const [subscription] = params;
    if (typeof subscription !== "number" || params.length !== 1) return fail(invalidParams("one subscription id"));
    return unsubscribe(state, client, subscription) ? { jsonrpc: "2.0", result: true, id } : fail(unknownSubscription);
  }
  const topic = parseTopic(method, params, state.view);
  if (!topic.ok) return fail(topic.error);
  const { perConnectionMax, totalMax } = state.limits;
  if (client.subscriptions.size >= perConnectionMax || state.count >= totalMax) return fail(tooManySubscriptions);
  const subscription = begin(state, client, topic.value);
  if (topic.value.type === "signature") afterwards.push(() => tellWhatIsKnown(state, subscription));
  return { jsonrpc: "2.0", result: subscription.id, id };
}

/** In Solana's words. */
const unknownSubscription: RpcError = { code: -32602, message: "Invalid subscription id." };
const tooManySubscriptions: RpcError = {
  code: -32603,
  message: "Internal Error: Subscription refused. Node subscription limit reached",
};

function unsubscribe(state: State, client: Client, id: number): boolean {
  const subscription = client.subscriptions.get(id);
  if (subscription === undefined) return client.spent.delete(id);
  end(state, subscription);
  return true;
}

function begin(state: State, client: Client, topic: Topic): Subscription {
  const awaitsReceived = topic.type === "signature" && topic.wantsReceived;
  const subscription: Subscription = { id: state.nextId++, client, topic, key: formatJson(topic), awaitsReceived };
  client.subscriptions.set(subscription.id, subscription);
  if (awaitsReceived) state.awaitingReceived.add(subscription);
  setOf(state, subscription).add(subscription);
  state.count++;
  return subscription;
}

function end(state: State, subscription: Subscription): void {
  if (!subscription.client.subscriptions.delete(subscription.id)) return;
  state.awaitingReceived.delete(subscription);
  setOf(state, subscription).delete(subscription);
  state.count--;
}

function setOf(state: State, { topic }: Subscription): Set<Subscription> {
  // A set of bank topics only ever gets subscriptions whose topic has a commitment.
  return "commitment" in topic ? (state.watching[topic.commitment] as Set<Subscription>) : state.plain[topic.type];
}

/** Ends a subscription that has told all it will. */
function spend(state: State, subscription: Subscription): void {
  end(state, subscription);
  const { spent } = subscription.client;
  spent.add(subscription.id);
  const [oldest] = spent;
  if (spent.size > state.limits.perConnectionMax && oldest !== undefined) spent.delete(oldest);
}

// ── Notifications ────────────────────────────────────────────────────────────────────────────────────────────────────

function onReport(state: State, report: Report): void {
  if (state.plain.slotsUpdates.size > 0) {
    for (const update of slotUpdates(report, state.view.chain)) tellAll(state.plain.slotsUpdates, update);
  }
  switch (report.type) {
    case "block-added": {
      const { bank } = report;
      if (state.awaitingReceived.size > 0) {
        tellReceived(state, new Set(bank.results.map((result) => result.transaction.signature)));
      }
      if (state.plain.vote.size > 0) {
        for (const vote of voteNotifications(bank)) tellAll(state.plain.vote, vote);
      }
      return;
    }
    case "head-changed": {
      const { slot, parentSlot: parent } = report.bank;
      if (state.plain.slot.size > 0) tellAll(state.plain.slot, { slot, parent, root: state.told.finalized.slot });
      advanceTo(state, "processed", report.bank);
      return;
    }
    case "block-confirmed":
      advanceTo(state, "confirmed", report.bank);
      return;
    case "block-finalized":
      if (state.plain.root.size > 0) tellAll(state.plain.root, report.bank.slot);
      advanceTo(state, "finalized", report.bank);
      return;
    default:
    // Refusals and held votes concern no subscriber.
  }
}

function advanceTo(state: State, commitment: Commitment, to: Bank): void {
  const from = state.told[commitment];
  state.told[commitment] = to;
  const watchers = state.watching[commitment];
  if (watchers.size === 0) return;
  const advance = createAdvance(from, to, newBlocksBetween(from, to, state.view.ledger));
  const textsByKey = new Map<string, readonly string[]>();
  for (const subscription of watchers) {
    let texts = textsByKey.get(subscription.key);
    if (texts === undefined) {
      texts = notificationsOf(subscription.topic, advance, state.view).map(formatJson);
      textsByKey.set(subscription.key, texts);
    }
    for (const text of texts) tellText(subscription, text);
    if (subscription.topic.type === "signature" && texts.length > 0) spend(state, subscription);
  }
}

/** A signature may have come, even reached its commitment, before it was asked for. */
function tellWhatIsKnown(state: State, subscription: Subscription): void {
  const { topic, client } = subscription;
  if (topic.type !== "signature" || !client.subscriptions.has(subscription.id)) return;
  const { ledger } = state.view;
  const place = ledger.transactionAt(topic.signature);
  if (place === null) return;
  if (subscription.awaitsReceived) tellReceived(state, new Set([topic.signature]));
  if (place.slot > ledger.newestSlot(topic.commitment)) return;
  tellText(subscription, formatJson(signatureValue(place.slot, place.result)));
  spend(state, subscription);
}

function tellReceived(state: State, signatures: ReadonlySet<Signature>): void {
  for (const subscription of state.awaitingReceived) {
    const { topic } = subscription;
    if (topic.type !== "signature" || !signatures.has(topic.signature)) continue;
    subscription.awaitsReceived = false;
    state.awaitingReceived.delete(subscription);
    tellText(subscription, formatJson(receivedValue(state.told.processed.slot)));
  }
}

function tellAll(subscriptions: ReadonlySet<Subscription>, value: unknown): void {
  const text = formatJson(value);
  for (const subscription of subscriptions) tellText(subscription, text);
}

function tellText({ id, client, topic }: Subscription, result: string): void {
  client.send(
    `{"jsonrpc":"2.0","method":"${topic.type}Notification","params":{"result":${result},"subscription":${id}}}`,
  );
}
