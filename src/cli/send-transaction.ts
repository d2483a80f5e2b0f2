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
import { amount, contextOf, type RpcClient } from "./rpc-client.ts";
import type { Signers } from "./signers.ts";
import { explainTransactionError } from "./transaction-errors.ts";
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

/** Throws CommandFailure, explained, when the transaction fails. */
export async function sendInstructions(client: RpcClient, sending: Sending): Promise<Sent> {
  const transaction = await sign(client, sending);
  const wire = Buffer.from(transaction.bytes).toString("base64");
  const config = { encoding: "base64", preflightCommitment: "confirmed" };
  try {
    const signature = await client.call("sendTransaction", [wire, config], signatureSchema);
    return { signature, slot: await confirmTransaction(client, signature) };
  } catch (error) {
    throw error instanceof CommandFailure ? await explain(error, sending) : error;
  }
}

const errorDataSchema = v.object({ err: v.unknown() });

async function explain(failure: CommandFailure, { what, instructions, diagnose }: Sending): Promise<CommandFailure> {
  const data = v.safeParse(errorDataSchema, failure.data);
  if (!data.success || data.output.err == null) return failure;
  const programs = instructions.map(({ programAddress }) => programAddress);
  const explained = explainTransactionError(data.output.err, programs);
  if (explained === null) return failure;
  const { name, meaning } = explained;
  const found = (await diagnose?.(name)) ?? meaning;
  const message = found === null ? `${what} failed: ${name}` : `${what} failed: ${found} (${name})`;
  return new CommandFailure(message, { details: failure.details, cause: failure });
}
