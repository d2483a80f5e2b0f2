/**
 * Transactions handed in.
 *
 *     parse ──> signatures (-32003) ──> preflight: simulated at preflightCommitment (-32002) ──> the node's mempool ──> signature
 *
 * Sending again what landed or waits gives its signature again. Signatures are checked also when preflight is skipped:
 * nothing unverified enters the node.
 */
import type * as v from "valibot";
import { formatRefusal, type Outcome, type Refusal } from "../../base/refusal.ts";
import type { Address, Signature } from "../../chain/ids.ts";
import { verifyTransactionSignatures } from "../../chain/parse-transaction.ts";
import type { Transaction, Verified } from "../../chain/transaction.ts";
import { accountEncodingSchema, encodeAccounts } from "../encode-account.ts";
import {
  answered,
  failed,
  invalidParams,
  preflightFailed,
  type RpcError,
  type RpcOutcome,
  refusedCode,
  signatureVerificationFailed,
} from "../errors.ts";
import type { NodeView } from "../node-view.ts";
import {
  addressSchema,
  answerInContext,
  bankFor,
  booleanSchema,
  commitmentSchema,
  configSchema,
  contextFields,
  countSchema,
  lamportsSchema,
  listSchema,
  method,
  optional,
  type RpcMethod,
  required,
  stringSchema,
} from "../params.ts";
import { encodeSimulation, type Simulation, simulateTransaction as simulate } from "../simulate.ts";
import { parseWireTransaction, wireEncodingSchema } from "../wire-transaction.ts";

const sendConfig = configSchema({
  encoding: wireEncodingSchema,
  skipPreflight: booleanSchema,
  preflightCommitment: commitmentSchema,
  /** Taken and not needed: the node sends on until a transaction lands or expires. */
  maxRetries: countSchema("a number of retries", 0, Number.MAX_SAFE_INTEGER),
  minContextSlot: contextFields.minContextSlot,
});

/** A request to send, read: what it sends is not verified yet. */
export type Sending = {
  readonly transaction: Transaction;
  readonly config: Partial<v.InferOutput<typeof sendConfig>>;
};

const readSendingParams = method(
  [required("transaction", stringSchema), optional("config", sendConfig)],
  ([text, config = {}], view) => {
    const parsed = parseWireTransaction(view, text, config.encoding);
    return parsed.ok ? answered({ transaction: parsed.value, config } satisfies Sending) : parsed;
  },
);

export function readSending(params: readonly unknown[], view: NodeView): RpcOutcome<Sending> {
  return readSendingParams(params, view) as RpcOutcome<Sending>;
}

/**
 * The signatures of these were checked. Each one's answer, as if it had come alone; they are handed to the node together.
 */
export function sendVerified(
  sendings: readonly { readonly sending: Sending; readonly verified: Outcome<Verified<Transaction>> }[],
  view: NodeView,
): readonly RpcOutcome<Signature>[] {
  const submitted: Verified<Transaction>[] = [];
  const settled = sendings.map(({ sending, verified }) => {
    if (!verified.ok) return failed(signatureVerificationFailed);
    const outcome = settleBeforeSubmission(sending, view);
    if (outcome === null) submitted.push(verified.value);
    return outcome;
  });
  const refusals = submitted.length === 0 ? null : view.submit(submitted);
  return settled.map((outcome, index) => {
    if (outcome !== null) return outcome;
    const { signature } = sendings[index]!.sending.transaction;
    const refusal = refusals?.get(signature);
    return refusal === undefined || isQuiet(refusal) ? answered(signature) : failed(refused("transaction", refusal));
  });
}

/** Its answer, where that does not depend on the node's mempool: it landed, or would not. Null: hand it in. */
function settleBeforeSubmission({ transaction, config }: Sending, view: NodeView): RpcOutcome<Signature> | null {
  const bank = bankFor(view, { commitment: config.preflightCommitment, minContextSlot: config.minContextSlot });
  if (!bank.ok) return bank;
  if (view.ledger.transactionAt(transaction.signature) !== null) return answered(transaction.signature);
  if (config.skipPreflight === true) return null;
  const simulation = simulate(view.chain, bank.value, transaction, { replacesBlockhash: false });
  return simulation.error === null ? null : failed(preflightFailed(simulation.error, encodeSimulation(simulation)));
}

export const sendTransaction: RpcMethod = (params, view) => {
  const sending = readSending(params, view);
  if (!sending.ok) return sending;
  const verified = verifyTransactionSignatures(sending.value.transaction, view.chain.crypto.signatures);
  return sendVerified([{ sending: sending.value, verified }], view)[0]!;
};

/** It waits already; or it cannot land on the newest fork, which on Solana, too, nobody says who asked for no preflight. */
function isQuiet({ code }: Refusal): boolean {
  return code === "mempool-duplicate" || code === "transaction-barred";
}

function refused(what: string, refusal: Refusal): RpcError {
  const { code, facts } = refusal;
  return { code: refusedCode, message: `The ${what} was refused: ${formatRefusal(refusal)}`, data: { code, facts } };
}

const simulateConfig = configSchema({
  ...contextFields,
  encoding: wireEncodingSchema,
  sigVerify: booleanSchema,
  replaceRecentBlockhash: booleanSchema,
  innerInstructions: booleanSchema,
  accounts: configSchema({ addresses: listSchema(addressSchema, "addresses", 256), encoding: accountEncodingSchema }),
});

export const simulateTransaction = method(
  [required("transaction", stringSchema), optional("config", simulateConfig)],
  ([text, given], view) => {
    const config: Partial<v.InferOutput<typeof simulateConfig>> = given ?? {};
    const { sigVerify = false, replaceRecentBlockhash = false, innerInstructions = false } = config;
    if (sigVerify && replaceRecentBlockhash) {
      return failed(invalidParams("sigVerify may not be used with replaceRecentBlockhash"));
    }
    const parsed = parseWireTransaction(view, text, config.encoding);
    if (!parsed.ok) return parsed;
    const transaction = parsed.value;
    const bank = bankFor(view, config);
    if (!bank.ok) return bank;
    if (sigVerify && !verifyTransactionSignatures(transaction, view.chain.crypto.signatures).ok) {
      return failed(signatureVerificationFailed);
    }
    const simulation = simulate(view.chain, bank.value, transaction, { replacesBlockhash: replaceRecentBlockhash });
    const accounts = encodeAccountsAfter(simulation, transaction, config.accounts);
    if (!accounts.ok) return accounts;
    const { blockhash, height } = bank.value;
    const lastValidBlockHeight = height + view.chain.params.blockhashTtl;
    return answerInContext(view, bank.value, {
      ...encodeSimulation(simulation),
      accounts: accounts.value,
      innerInstructions: innerInstructions ? [] : null,
      replacementBlockhash: replaceRecentBlockhash ? { blockhash, lastValidBlockHeight } : null,
    });
  },
);

type AccountsWanted = {
  readonly addresses?: readonly Address[] | undefined;
  readonly encoding?: "base58" | "base64" | "base64+zstd" | "jsonParsed" | undefined;
};

/** The accounts asked for, as the transaction would leave them; null when none were asked for. */
function encodeAccountsAfter(
  simulation: Simulation,
  transaction: Transaction,
  wanted: AccountsWanted | undefined,
): RpcOutcome {
  if (wanted === undefined) return answered(null);
  const { addresses = [], encoding = "base64" } = wanted;
  if (encoding === "base58") return failed(invalidParams("base58 encoding not supported"));
  const accountsMax = transaction.accountKeys.length;
  if (addresses.length > accountsMax) {
    return failed(invalidParams(`Too many accounts provided; max ${accountsMax}`));
  }
  const found = addresses.map((address) => [address, simulation.accounts.get(address)] as const);
  return encodeAccounts(found, { encoding });
}

const airdropConfig = optional("config", configSchema({ commitment: commitmentSchema, recentBlockhash: stringSchema }));

export const requestAirdrop = method(
  [required("address", addressSchema), required("lamports", lamportsSchema), airdropConfig],
  ([address, lamports], view) => {
    const sent = view.airdrop(address, lamports);
    return sent.ok ? answered(sent.value) : failed(refused("airdrop", sent));
  },
);
