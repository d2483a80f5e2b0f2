/** What airdrop, transfer and balance share: whose account is meant, and waiting for a transaction. */
import * as v from "valibot";
import type { Address } from "../chain/ids.ts";
import { formatJson } from "../rpc/json.ts";
import { CommandFailure, UsageError } from "./failure.ts";
import { readKeypairFile } from "./keypair-file.ts";
import { amount, contextOf, type RpcClient } from "./rpc-client.ts";
import { readAddress } from "./signers.ts";
import { createWait, pausedAdvice, type WaitOutcome } from "./waiting.ts";

/** `text`: an address, or its key file. */
export function chooseAddress(text: string | undefined, keypairFile: string | undefined): Address {
  if (text !== undefined && keypairFile !== undefined)
    throw new UsageError("both an address and --keypair are given; give one of them");
  if (text !== undefined) return readAddress(text, "account");
  if (keypairFile !== undefined) return readKeypairFile(keypairFile).keypair.address;
  throw new UsageError("no account is given; give an address, or a key file with --keypair");
}

export const signatureSchema = v.pipe(v.string(), v.minLength(1));

const statusesSchema = contextOf(
  v.pipe(
    v.array(v.nullable(v.object({ slot: amount, err: v.unknown(), confirmationStatus: v.nullable(v.string()) }))),
    v.length(1),
  ),
);
const logsSchema = v.nullable(
  v.object({ meta: v.nullable(v.object({ logMessages: v.nullable(v.array(v.string())) })) }),
);

const pollMs = 50;
const waitMsMax = 60_000;

/** Waits until the transaction's block is confirmed; its slot. Throws CommandFailure when it failed or never landed. */
export async function confirmTransaction(client: RpcClient, signature: string): Promise<bigint> {
  const wait = createWait(client, { pollMs, waitMsMax });
  let outcome: WaitOutcome;
  do {
    const [status] = await client.call("getSignatureStatuses", [[signature]], statusesSchema);
    if (status !== null && status !== undefined) {
      const { err, confirmationStatus, slot } = status;
      if (confirmationStatus === "confirmed" || confirmationStatus === "finalized") {
        if (err === null || err === undefined) return slot;
        throw new CommandFailure(`transaction ${signature} failed in slot ${slot}: ${formatJson(err)}`, {
          details: await readLogs(client, signature),
          data: { err },
        });
      }
    }
    outcome = await wait.next();
  } while (outcome === "again");
  if (outcome === "paused")
    throw new CommandFailure(`transaction ${signature} is sent, but no block takes it: ${pausedAdvice}`);
  throw new CommandFailure(
    `transaction ${signature} was not confirmed within ${waitMsMax / 1000} seconds; it may still land: is the devnet making blocks?`,
  );
}

async function readLogs(client: RpcClient, signature: string): Promise<string[]> {
  const config = { commitment: "confirmed", encoding: "json", maxSupportedTransactionVersion: 0 };
  const found = await client.call("getTransaction", [signature, config], logsSchema).catch(() => null);
  return (found?.meta?.logMessages ?? []).map((line) => `  ${line}`);
}
