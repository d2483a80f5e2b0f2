/**
 * Transactions handed in.
 *
 *     parse ──> signatures (-32003) ──> preflight: simulated at preflightCommitment (-32002) ──> the node's mempool ──> signature
 *
 * Sending again what landed or waits gives its signature again. Signatures are checked also when preflight is skipped:
 * nothing unverified enters the node.
 */
import type * as v from "valibot";
import { formatRefusal, type Refusal } from "../../base/refusal.ts";
import type { Address } from "../../chain/ids.ts";
import { verifyTransactionSignatures } from "../../chain/parse-transaction.ts";
import type { Transaction } from "../../chain/transaction.ts";
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

export const sendTransaction = method(
  [required("transaction", stringSchema), optional("config", sendConfig)],
  ([text, config], view) => {
    const parsed = parseWireTransaction(view, text, config?.encoding);
    if (!parsed.ok) return parsed;
    const verified = verifyTransactionSignatures(parsed.value, view.chain.crypto.signatures);
    if (!verified.ok) return failed(signatureVerificationFailed);
    const transaction = verified.value;
    const bank = bankFor(view, { commitment: config?.preflightCommitment, minContextSlot: config?.minContextSlot });
    if (!bank.ok) return bank;
    if (view.ledger.transactionAt(transaction.signature) !== null) return answered(transaction.signature);
    if (config?.skipPreflight !== true) {
      const simulation = simulate(view.chain, bank.value, transaction, { replacesBlockhash: false });
      if (simulation.error !== null) return failed(preflightFailed(simulation.error, encodeSimulation(simulation)));
    }
    const refusal = view.submit([transaction]).get(transaction.signature) ?? null;
    return refusal === null || isQuiet(refusal)
      ? answered(transaction.signature)
      : failed(refused("transaction", refusal));
  },
);

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
