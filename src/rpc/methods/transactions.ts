/** What became of transactions. */
import * as v from "valibot";
import { assertDefined } from "../../base/assert.ts";
import type { Bank } from "../../chain/bank.ts";
import type { Signature } from "../../chain/ids.ts";
import {
  encodeStatus,
  encodeTransactionWithMeta,
  transactionEncodingSchema,
  transactionFormatFields,
} from "../encode-transaction.ts";
import { answered } from "../errors.ts";
import type { NodeView } from "../node-view.ts";
import {
  answerInContext,
  booleanSchema,
  commitmentSchema,
  configSchema,
  historyCommitment,
  listSchema,
  method,
  optional,
  required,
  signatureSchema,
} from "../params.ts";

export const signaturesPerRequestMax = 256;

/** Confirmations that are counted, as on Solana: one more than a tower's votes. */
const confirmationsMax = 32;

/** All of the ledger is searched in any case, which is more than was asked for. */
const statusesConfig = optional("config", configSchema({ searchTransactionHistory: booleanSchema }));

export const getSignatureStatuses = method(
  [required("signatures", listSchema(signatureSchema, "signatures", signaturesPerRequestMax)), statusesConfig],
  ([signatures], view) => {
    const bank = view.bank("processed");
    const statuses = signatures.map((signature) => statusOf(view, bank, signature));
    return answerInContext(view, bank, statuses);
  },
);

function statusOf(view: NodeView, bank: Bank, signature: Signature) {
  const place = view.ledger.transactionAt(signature);
  if (place === null) return null;
  const { slot, result } = place;
  const confirmationStatus = view.ledger.commitmentOf(slot);
  const { height } = assertDefined(view.ledger.headerAt(slot), `the block of slot ${slot}`);
  const above = Math.max(0, Math.min(bank.height - height, confirmationsMax));
  const confirmations = confirmationStatus === "finalized" ? null : above;
  return { slot, confirmations, err: result.error, status: encodeStatus(result.error), confirmationStatus };
}

const transactionConfig = configSchema({ commitment: commitmentSchema, ...transactionFormatFields });
/** The old form: an encoding in the config's place. */
const configOrEncoding = v.union([transactionEncodingSchema, transactionConfig], "a config object");

export const getTransaction = method(
  [
    required("signature", signatureSchema),
    optional(
      "config",
      v.lazy((input) => (typeof input === "object" ? transactionConfig : configOrEncoding)),
    ),
  ],
  ([signature, given], view) => {
    const config = typeof given === "string" ? { encoding: given } : (given ?? {});
    const commitment = historyCommitment("commitment" in config ? config.commitment : undefined);
    if (!commitment.ok) return commitment;
    const place = view.ledger.transactionAt(signature);
    if (place === null || place.slot > view.ledger.newestSlot(commitment.value)) return answered(null);
    const encoded = encodeTransactionWithMeta(place.result, config);
    if (!encoded.ok) return encoded;
    const blockTime = view.ledger.headerAt(place.slot)?.unixTimestamp ?? null;
    return answered({ slot: place.slot, blockTime, transactionIndex: place.index, ...encoded.value });
  },
);
