/**
 * A stranger's transaction text as a transaction: base58 (the default, as on Solana) or base64, parsed and priced but
 * with its signatures not yet checked.
 */
import { decodeBase58 } from "../base/base58.ts";
import { formatRefusal } from "../base/refusal.ts";
import { parseTransaction, transactionErrorOf } from "../chain/parse-transaction.ts";
import type { Transaction } from "../chain/transaction.ts";
import { decodeBase64 } from "./encode-bytes.ts";
import { answered, failed, formatTransactionError, invalidParams, type RpcOutcome } from "./errors.ts";
import type { NodeView } from "./node-view.ts";
import { choiceSchema } from "./params.ts";

export const wireEncodingSchema = choiceSchema(["base58", "base64"]);

export type WireEncoding = "base58" | "base64";

export function parseWireTransaction(
  view: NodeView,
  text: string,
  encoding: WireEncoding = "base58",
): RpcOutcome<Transaction> {
  const { params } = view.chain;
  // Base58 takes 1.37 characters a byte, base64 1.34.
  const lengthMax = Math.ceil(params.transactionBytesMax * 1.4) + 4;
  if (text.length > lengthMax) {
    return failed(invalidParams(`transaction has ${text.length} characters of ${encoding}; at most ${lengthMax} fit.`));
  }
  const bytes = encoding === "base64" ? decodeBase64(text) : decodeBase58(text, lengthMax);
  if (bytes === null) return failed(invalidParams(`transaction is not ${encoding}; say which encoding it has.`));
  const parsed = parseTransaction(bytes, params);
  if (parsed.ok) return answered(parsed.value);
  const reason = formatTransactionError(transactionErrorOf(parsed));
  return failed({ code: -32602, message: `invalid transaction: ${reason}: ${formatRefusal(parsed)}` });
}
