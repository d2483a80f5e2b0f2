/**
 * A transaction from instructions and key files: compiled, signed, sent, waited for, and explained when it fails.
 *
 *     instructions + signers ──> blockhash ──> sendTransaction (with preflight) ──> confirmed
 *                                                   └── error ──> what it means, and the programs' logs
 */
import * as v from "valibot";
import { createTransaction, type InstructionRequest } from "../chain/create-transaction.ts";
import { type Hash, parseHash } from "../chain/ids.ts";
import { nodeSignatures } from "../host/node-crypto.ts";
import { CommandFailure } from "./failure.ts";
import type { KeyFile } from "./keypair-file.ts";
import { say } from "./output.ts";
import { amount, contextOf, type RpcClient } from "./rpc-client.ts";
import type { Signers } from "./signers.ts";
import { type ExplainedError, explainTransactionError } from "./transaction-errors.ts";
import { createWait, pausedAdvice, paymentWait } from "./waiting.ts";
import { confirmTransaction, signatureSchema } from "./wallet.ts";

export type Sending = {
  /** What is being done, such as "stake split": messages begin with it. */
  readonly what: string;
  readonly signers: Signers;
  readonly instructions: readonly InstructionRequest[];
  /**
   * Looks at the accounts when it failed: a sentence that names them, their state and what to do; null where the error's
   * own meaning is all there is to say.
   */
  readonly diagnose?: (errorName: string) => Promise<string | null>;
};

export type Sent = { readonly signature: string; readonly slot: bigint };

const blockhashSchema = contextOf(
  v.object({
    blockhash: v.pipe(
      v.string(),
      v.check((text) => parseHash(text) !== null, "not a hash"),
      v.transform((text) => text as Hash),
    ),
  }),
);

async function sign(client: RpcClient, { signers, instructions }: Sending) {
  const { keypair: feePayer, scheme }: KeyFile = signers.feePayer();
  const { blockhash } = await client.call("getLatestBlockhash", [{ commitment: "confirmed" }], blockhashSchema);
  return createTransaction({
    scheme: nodeSignatures[scheme],
    feePayer,
    signers: signers.all().map(({ keypair }) => keypair),
    instructions,
    recentBlockhash: blockhash,
  });
}

/** Lamports that sending would cost. */
export async function readFee(client: RpcClient, sending: Sending): Promise<bigint> {
  const { messageBytes } = await sign(client, sending);
  const message = Buffer.from(messageBytes).toString("base64");
  const fee = await client.call(
    "getFeeForMessage",
    [message, { commitment: "confirmed" }],
    contextOf(v.nullable(amount)),
  );
  if (fee === null) throw new CommandFailure(`${client.url} does not know the fee of ${sending.what}; try again`);
  return fee;
}

/** Throws CommandFailure, explained, when the transaction fails. Waits while an epoch's rewards are being paid. */
export async function sendInstructions(client: RpcClient, sending: Sending): Promise<Sent> {
  const wait = createWait(client, paymentWait);
  for (let tries = 0; ; tries++) {
    try {
      return await sendOnce(client, sending);
    } catch (error) {
      if (!(error instanceof CommandFailure)) throw error;
      // Stake stands still for the first blocks of an epoch; nothing else is wrong.
      const isPaying = errorNameOf(error, sending) === "EpochRewardsActive";
      if (!isPaying) throw await explain(error, sending);
      if (tries === 0) say("the last epoch's rewards are being paid; waiting until stakes can be moved again");
      const outcome = await wait.next();
      if (outcome === "again") continue;
      if (outcome === "paused") throw new CommandFailure(`${sending.what} failed: ${pausedAdvice}`, { cause: error });
      throw await explain(error, sending);
    }
  }
}

async function sendOnce(client: RpcClient, sending: Sending): Promise<Sent> {
  const transaction = await sign(client, sending);
  const wire = Buffer.from(transaction.bytes).toString("base64");
  const config = { encoding: "base64", preflightCommitment: "confirmed" };
  const signature = await client.call("sendTransaction", [wire, config], signatureSchema);
  return { signature, slot: await confirmTransaction(client, signature) };
}

const errorDataSchema = v.object({ err: v.unknown() });

function explainedError(failure: CommandFailure, { instructions }: Sending): ExplainedError | null {
  const data = v.safeParse(errorDataSchema, failure.data);
  const programs = instructions.map(({ programAddress }) => programAddress);
  return data.success && data.output.err != null ? explainTransactionError(data.output.err, programs) : null;
}

function errorNameOf(failure: CommandFailure, sending: Sending): string | null {
  return explainedError(failure, sending)?.name ?? null;
}

async function explain(failure: CommandFailure, sending: Sending): Promise<CommandFailure> {
  const explained = explainedError(failure, sending);
  if (explained === null) return failure;
  const { what, diagnose } = sending;
  const { name, meaning } = explained;
  const found = (await diagnose?.(name)) ?? meaning;
  const message = found === null ? `${what} failed: ${name}` : `${what} failed: ${found} (${name})`;
  return new CommandFailure(message, { details: failure.details, cause: failure });
}
