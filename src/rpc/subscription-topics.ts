/**
 * What can be subscribed to, and how a stranger asks for it.
 *
 *     logsSubscribe [{"mentions":["Vote111…"]},{"commitment":"confirmed"}]
 *       ──> { type: "logs", filter: { mentions: "Vote111…" }, commitment: "confirmed" }
 *
 * A missing commitment means finalized, as on Solana; clients count on it (kit leaves out exactly that one).
 */
import * as v from "valibot";
import type { Address, Signature } from "../chain/ids.ts";
import { parseAddress } from "../chain/ids.ts";
import { type AccountFilter, accountFiltersSchema } from "./account-filters.ts";
import { type AccountFormat, accountFormatFields } from "./encode-account.ts";
import { type BlockFormat, blockFormatFields } from "./encode-block.ts";
import { answered, type RpcOutcome } from "./errors.ts";
import type { Commitment, NodeView } from "./node-view.ts";
import {
  addressSchema,
  booleanSchema,
  commitmentSchema,
  configSchema,
  historyCommitment,
  method,
  optional,
  type RpcMethod,
  required,
  signatureSchema,
} from "./params.ts";

export type LogsFilter = "all" | "allWithVotes" | { readonly mentions: Address };

export type Topic =
  | { readonly type: "slot" }
  | { readonly type: "root" }
  | { readonly type: "vote" }
  | { readonly type: "slotsUpdates" }
  /** Ours: frames of the page (a host that has none tells nothing). */
  | { readonly type: "escapement_watch" }
  | {
      readonly type: "signature";
      readonly signature: Signature;
      readonly wantsReceived: boolean;
      readonly commitment: Commitment;
    }
  | {
      readonly type: "account";
      readonly address: Address;
      readonly format: AccountFormat;
      readonly commitment: Commitment;
    }
  | {
      readonly type: "program";
      readonly program: Address;
      readonly filters: readonly AccountFilter[];
      readonly format: AccountFormat;
      readonly commitment: Commitment;
    }
  | { readonly type: "logs"; readonly filter: LogsFilter; readonly commitment: Commitment }
  | {
      readonly type: "block";
      /** Null: all blocks. */
      readonly mentions: Address | null;
      readonly format: BlockFormat;
      readonly commitment: Commitment;
    };

/** Topics that speak of banks, at a commitment. */
export type BankTopic = Extract<Topic, { readonly commitment: Commitment }>;

const logsFilterSchema = v.pipe(
  v.custom<"all" | "allWithVotes" | { readonly mentions: readonly [Address] }>(
    (input) => input === "all" || input === "allWithVotes" || isAddressList(fieldOf(input, "mentions")),
    `"all", "allWithVotes" or { "mentions": [one address] }`,
  ),
  v.transform((filter): LogsFilter => (typeof filter === "string" ? filter : { mentions: filter.mentions[0] })),
);

const blockFilterSchema = v.pipe(
  v.custom<"all" | { readonly mentionsAccountOrProgram: Address }>(
    (input) => input === "all" || isAddress(fieldOf(input, "mentionsAccountOrProgram")),
    `"all" or { "mentionsAccountOrProgram": address }`,
  ),
  v.transform((filter) => (filter === "all" ? null : filter.mentionsAccountOrProgram)),
);

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}

function isAddress(value: unknown): boolean {
  return typeof value === "string" && parseAddress(value) !== null;
}

function isAddressList(value: unknown): boolean {
  return Array.isArray(value) && value.length === 1 && isAddress(value[0]);
}

const signatureConfig = configSchema({ commitment: commitmentSchema, enableReceivedNotification: booleanSchema });
const accountConfig = configSchema({ commitment: commitmentSchema, ...accountFormatFields });
const programConfig = configSchema({
  commitment: commitmentSchema,
  ...accountFormatFields,
  filters: accountFiltersSchema,
  /** Taken and not needed: what is told has its context in any case. */
  withContext: booleanSchema,
  sortResults: booleanSchema,
});
const logsConfig = configSchema({ commitment: commitmentSchema });
const blockConfig = configSchema({ commitment: commitmentSchema, ...blockFormatFields, showRewards: booleanSchema });

const topic = (value: Topic): RpcOutcome<Topic> => answered(value);

const topicMethods: Readonly<Record<string, RpcMethod>> = {
  slotSubscribe: method([], () => topic({ type: "slot" })),
  rootSubscribe: method([], () => topic({ type: "root" })),
  voteSubscribe: method([], () => topic({ type: "vote" })),
  slotsUpdatesSubscribe: method([], () => topic({ type: "slotsUpdates" })),
  escapement_watchSubscribe: method([], () => topic({ type: "escapement_watch" })),

  signatureSubscribe: method(
    [required("signature", signatureSchema), optional("config", signatureConfig)],
    ([signature, config]) =>
      topic({
        type: "signature",
        signature,
        wantsReceived: config?.enableReceivedNotification ?? false,
        commitment: config?.commitment ?? "finalized",
      }),
  ),

  accountSubscribe: method(
    [required("address", addressSchema), optional("config", accountConfig)],
    ([address, config]) => {
      const { commitment = "finalized", ...format } = config ?? {};
      return topic({ type: "account", address, format, commitment });
    },
  ),

  programSubscribe: method(
    [required("program", addressSchema), optional("config", programConfig)],
    ([program, config]) => {
      const { commitment = "finalized", filters = [], encoding, dataSlice } = config ?? {};
      return topic({ type: "program", program, filters, format: { encoding, dataSlice }, commitment });
    },
  ),

  logsSubscribe: method([required("filter", logsFilterSchema), optional("config", logsConfig)], ([filter, config]) =>
    topic({ type: "logs", filter, commitment: config?.commitment ?? "finalized" }),
  ),

  blockSubscribe: method(
    [required("filter", blockFilterSchema), optional("config", blockConfig)],
    ([mentions, config]) => {
      const { commitment: asked, showRewards: rewards, ...format } = config ?? {};
      const commitment = historyCommitment(asked);
      if (!commitment.ok) return commitment;
      return topic({ type: "block", mentions, format: { ...format, rewards }, commitment: commitment.value });
    },
  ),
};

export function isSubscribeMethod(name: string): boolean {
  return Object.hasOwn(topicMethods, name);
}

export function isUnsubscribeMethod(name: string): boolean {
  return name.endsWith("Unsubscribe") && isSubscribeMethod(`${name.slice(0, -"Unsubscribe".length)}Subscribe`);
}

/** `name`: one for which `isSubscribeMethod` holds. */
export function parseTopic(name: string, params: readonly unknown[], view: NodeView): RpcOutcome<Topic> {
  // Each of the methods above answers with a topic.
  return topicMethods[name]!(params, view) as RpcOutcome<Topic>;
}
