/** What a transaction must name and pay. */
import { concatBytes } from "../../base/bytes.ts";
import { formatRefusal } from "../../base/refusal.ts";
import { transactionCost } from "../../chain/fees.ts";
import { blockhashHeight } from "../../chain/landings.ts";
import { parseTransaction } from "../../chain/parse-transaction.ts";
import { decodeBase64 } from "../encode-bytes.ts";
import { failed, formatTransactionError, invalidParams } from "../errors.ts";
import { answerInContext, bankFor, contextConfig, hashSchema, method, required, stringSchema } from "../params.ts";

export const getLatestBlockhash = method([contextConfig], ([config], view) => {
  const bank = bankFor(view, config);
  if (!bank.ok) return bank;
  const { blockhash, height } = bank.value;
  const lastValidBlockHeight = height + view.chain.params.blockhashTtl;
  return answerInContext(view, bank.value, { blockhash, lastValidBlockHeight });
});

/** Whether a transaction that names it could land in the next block. */
export const isBlockhashValid = method([required("blockhash", hashSchema), contextConfig], ([hash, config], view) => {
  const bank = bankFor(view, config);
  if (!bank.ok) return bank;
  const known = blockhashHeight(view.chain, bank.value, hash);
  return answerInContext(view, bank.value, known !== null);
});

/** Null when the message names a blockhash that is unknown or too old. */
export const getFeeForMessage = method([required("message", stringSchema), contextConfig], ([text, config], view) => {
  const { params } = view.chain;
  const bank = bankFor(view, config);
  if (!bank.ok) return bank;
  if (text.length > 2 * params.transactionBytesMax) return failed(invalidParams("message is too large"));
  const message = decodeBase64(text);
  if (message === null) return failed(invalidParams("message is not base64"));
  const parsed = parseTransaction(withEmptySignatures(message), params);
  if (!parsed.ok) return failed(invalidParams(`message is not one of a transaction: ${formatRefusal(parsed)}`));
  if (blockhashHeight(view.chain, bank.value, parsed.value.recentBlockhash) === null) {
    return answerInContext(view, bank.value, null);
  }
  const cost = transactionCost(parsed.value, params);
  if (cost.type === "refused") return failed(invalidParams(`message: ${formatTransactionError(cost.error)}`));
  return answerInContext(view, bank.value, cost.feeTotal);
});

/** The count of signers stands first in a message, after the version byte if there is one. */
function withEmptySignatures(message: Uint8Array): Uint8Array {
  const first = message[0] ?? 0;
  const signers = (first < 0x80 ? first : (message[1] ?? 0)) % 0x80;
  return concatBytes(Uint8Array.of(signers), new Uint8Array(64 * signers), message);
}
