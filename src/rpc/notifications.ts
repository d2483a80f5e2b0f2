/**
 * What a subscriber is told when a commitment moves on from one bank to another.
 *
 *     Advance { processed, from: bank 4, to: bank 6, blocks: 5, 6 }
 *        logs       one for each matching transaction of 5 and 6
 *        signature  one, when it is in 5 or 6; then never again
 *        account    one, when it differs between 4 and 6
 *        program    one for each of its accounts that differs between 4 and 6
 *        block      one for each of 5 and 6
 */
import { assert, assertNever } from "../base/assert.ts";
import type { Account } from "../chain/account.ts";
import { accountAt, isSameAccount } from "../chain/accounts-tree.ts";
import { changedAccounts } from "../chain/accounts-tree-diff.ts";
import { systemProgramAddress } from "../chain/addresses.ts";
import type { Bank } from "../chain/bank.ts";
import type { TransactionResult } from "../chain/execution.ts";
import { type Address, lamportsOf, type Signature, type Slot } from "../chain/ids.ts";
import { isVoteTransaction } from "../chain/transaction.ts";
import { decodeVoteInstruction } from "../chain/vote-instruction.ts";
import { passesFilters } from "./account-filters.ts";
import { type AccountFormat, encodeAccount } from "./encode-account.ts";
import { encodeBlockFor } from "./encode-block.ts";
import type { NewBlock } from "./new-blocks.ts";
import type { NodeView } from "./node-view.ts";
import type { BankTopic, LogsFilter, Topic } from "./subscription-topics.ts";

type TopicOf<Type extends Topic["type"]> = Extract<Topic, { readonly type: Type }>;

export type Advance = {
  readonly from: Bank;
  readonly to: Bank;
  readonly blocks: readonly NewBlock[];
  /** Where each transaction of `blocks` landed. */
  readonly places: () => ReadonlyMap<Signature, { readonly slot: Slot; readonly result: TransactionResult }>;
  /** The accounts that differ, by program: each under the one that owns it now. What is gone is nobody's. */
  readonly changesByProgram: () => ReadonlyMap<Address, readonly (readonly [Address, Account])[]>;
};

export function createAdvance(from: Bank, to: Bank, blocks: readonly NewBlock[]): Advance {
  const places = once(() => {
    const map = new Map<Signature, { slot: Slot; result: TransactionResult }>();
    for (const { slot, results } of blocks) {
      for (const result of results) map.set(result.transaction.signature, { slot, result });
    }
    return map;
  });
  const changesByProgram = once(() => {
    const map = new Map<Address, (readonly [Address, Account])[]>();
    for (const { address, after } of changedAccounts(from.accounts, to.accounts)) {
      if (after === null) continue;
      const changes = map.get(after.owner) ?? [];
      changes.push([address, after]);
      map.set(after.owner, changes);
    }
    return map;
  });
  return { from, to, blocks, places, changesByProgram };
}

/** Computed when it is first asked for, and then remembered. */
function once<T>(compute: () => T): () => T {
  let known: { readonly value: T } | null = null;
  return () => {
    known ??= { value: compute() };
    return known.value;
  };
}

/** The values to be told, in order; often none. */
export function notificationsOf(topic: BankTopic, advance: Advance, view: NodeView): readonly unknown[] {
  switch (topic.type) {
    case "signature": {
      const place = advance.places().get(topic.signature);
      return place === undefined ? [] : [signatureValue(place.slot, place.result)];
    }
    case "account":
      return accountNotifications(topic, advance);
    case "program":
      return programNotifications(topic, advance);
    case "logs":
      return logsNotifications(topic, advance);
    case "block":
      return blockNotifications(topic, advance, view);
    default:
      return assertNever(topic);
  }
}

export function signatureValue(slot: Slot, result: TransactionResult): unknown {
  return inContext(slot, { err: result.error });
}

export function receivedValue(slot: Slot): unknown {
  return inContext(slot, "receivedSignature");
}

function inContext(slot: Slot, value: unknown): unknown {
  return { context: { slot }, value };
}

function accountNotifications(topic: TopicOf<"account">, { from, to }: Advance): readonly unknown[] {
  const before = accountAt(from.accounts, topic.address);
  const after = accountAt(to.accounts, topic.address);
  if (before === after || (before !== null && after !== null && isSameAccount(before, after))) return [];
  return [inContext(to.slot, accountValue(topic.address, after ?? goneAccount, topic.format))];
}

/** As on Solana, an account that is gone or that another program owns now is not told. */
function programNotifications(topic: TopicOf<"program">, { to, changesByProgram }: Advance): readonly unknown[] {
  const { program, filters, format } = topic;
  return (changesByProgram().get(program) ?? [])
    .filter(([, account]) => passesFilters(account, filters))
    .map(([pubkey, account]) => inContext(to.slot, { pubkey, account: accountValue(pubkey, account, format) }));
}

/** A request for too long a base58 text can be refused; a notification says so in the text's place, as Solana's does. */
function accountValue(address: Address, account: Account, format: AccountFormat): unknown {
  const encoded = encodeAccount(address, account, format);
  if (encoded.ok) return encoded.value;
  const bare = encodeAccount(address, account, { encoding: "base64" });
  assert(bare.ok, "base64 takes any length");
  const text = "error: data too large for bs58 encoding";
  return { ...(bare.value as object), data: format.encoding === undefined ? text : [text, format.encoding] };
}

/** How Solana tells of an account that is no more. */
const goneAccount: Account = {
  lamports: lamportsOf(0n),
  owner: systemProgramAddress,
  data: new Uint8Array(0),
  executable: false,
};

function logsNotifications(topic: TopicOf<"logs">, { blocks }: Advance): readonly unknown[] {
  const values: unknown[] = [];
  for (const { slot, results } of blocks) {
    for (const result of results) {
      if (!hasLogsFor(topic.filter, result)) continue;
      const { transaction, error, logs } = result;
      values.push(inContext(slot, { signature: transaction.signature, err: error, logs }));
    }
  }
  return values;
}

function hasLogsFor(filter: LogsFilter, result: TransactionResult): boolean {
  if (filter === "all") return !result.isVote;
  return filter === "allWithVotes" || mentions(result, filter.mentions);
}

function mentions(result: TransactionResult, address: Address): boolean {
  return result.transaction.accountKeys.includes(address);
}

function blockNotifications(topic: TopicOf<"block">, { blocks }: Advance, view: NodeView): readonly unknown[] {
  const values: unknown[] = [];
  for (const { slot, results, stored } of blocks) {
    if (stored === null) continue;
    const { mentions: wanted } = topic;
    const shown = wanted === null ? results : results.filter((result) => mentions(result, wanted));
    if (wanted !== null && shown.length === 0) continue;
    const block = encodeBlockFor(view, { ...stored, results: shown }, topic.format);
    const told = block.ok ? { block: block.value, err: null } : { block: null, err: block.error.message };
    values.push(inContext(slot, { slot, ...told }));
  }
  return values;
}

/** What a bank's vote transactions say, as Solana tells of votes. */
export function voteNotifications(bank: Bank): readonly unknown[] {
  const values: unknown[] = [];
  for (const { transaction, error } of bank.results) {
    if (error !== null || !isVoteTransaction(transaction)) continue;
    const [instruction] = transaction.instructions;
    const vote = instruction === undefined ? null : decodeVoteInstruction(instruction.data);
    if (vote === null || !("tower" in vote)) continue;
    const voteAccount = instruction?.accountIndices[0];
    if (voteAccount === undefined) continue;
    const { votes, hash, timestamp } = vote.tower;
    values.push({
      votePubkey: transaction.accountKeys[voteAccount],
      slots: votes.map((lockout) => lockout.slot),
      hash,
      timestamp,
      signature: transaction.signature,
    });
  }
  return values;
}
