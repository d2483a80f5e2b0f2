/**
 * What happened at an address: the transactions that name it, newest first.
 *
 *     [{ signature, slot: 9, transactionIndex: 3, err: null, memo: "[5] hello", blockTime: 1700000000, confirmationStatus: "finalized" }, …]
 *
 * `before` begins after a transaction, `until` ends before one. As on Solana, an unknown `before` finds nothing and an
 * unknown `until` ends nothing.
 */
import { assert } from "../../base/assert.ts";
import { type Address, addressBytes } from "../../chain/ids.ts";
import type { ChainParams } from "../../chain/params.ts";
import { parseTransaction } from "../../chain/parse-transaction.ts";
import { memoPrograms } from "../../chain/programs/memo.ts";
import type { Transaction } from "../../chain/transaction.ts";
import { namesKey } from "../address-search.ts";
import { answered, failed, invalidParams, minContextSlotNotReached } from "../errors.ts";
import type { AddressPlace } from "../node-view.ts";
import {
  addressSchema,
  configSchema,
  contextFields,
  countSchema,
  historyCommitment,
  method,
  optional,
  required,
  signatureSchema,
} from "../params.ts";
import { parseMemo } from "../parse-instruction.ts";

export const signaturesForAddressMax = 1000;

const historyConfig = configSchema({
  ...contextFields,
  limit: countSchema("a limit", 0, Number.MAX_SAFE_INTEGER),
  before: signatureSchema,
  until: signatureSchema,
});

export const getSignaturesForAddress = method(
  [required("address", addressSchema), optional("config", historyConfig)],
  ([address, config], view) => {
    const commitment = historyCommitment(config?.commitment);
    if (!commitment.ok) return commitment;
    const { limit = signaturesForAddressMax, before = null, until = null, minContextSlot = 0 } = config ?? {};
    if (limit === 0 || limit > signaturesForAddressMax) {
      return failed(invalidParams(`Invalid limit; max ${signaturesForAddressMax}`));
    }
    const newestSlot = view.ledger.newestSlot(commitment.value);
    if (newestSlot < minContextSlot) return failed(minContextSlotNotReached(newestSlot));
    const places = view.ledger.transactionsNaming(address, { newestSlot, before, until, max: limit });
    return answered(
      places.map((place) => ({
        ...encodePlace(place, view.chain.params),
        blockTime: view.ledger.headerAt(place.slot)?.unixTimestamp ?? null,
        confirmationStatus: view.ledger.commitmentOf(place.slot),
      })),
    );
  },
);

function encodePlace({ slot, index, signature, error, bytes }: AddressPlace, params: ChainParams) {
  return { signature, slot, transactionIndex: index, err: error, memo: readMemos(bytes, params) };
}

const memoAddresses: ReadonlySet<Address | undefined> = new Set(memoPrograms.map(({ address }) => address));
const memoKeys = memoPrograms.map(({ address }) => addressBytes(address));

/** Most transactions have none, and are not taken apart for it. */
function readMemos(bytes: Uint8Array, params: ChainParams): string | null {
  if (!memoKeys.some((key) => namesKey(bytes, key))) return null;
  const parsed = parseTransaction(bytes, params);
  assert(parsed.ok, "a transaction of the ledger does not parse");
  return formatMemos(parsed.value);
}

/** `[2] hi; [5] there`: each with its length in bytes; null when there is none. */
export function formatMemos({ accountKeys, instructions }: Transaction): string | null {
  const memos = instructions
    .filter(({ programIndex }) => memoAddresses.has(accountKeys[programIndex]))
    .map(({ data }) => `[${data.length}] ${parseMemo(data) ?? "(unparseable)"}`);
  return memos.length === 0 ? null : memos.join("; ");
}
