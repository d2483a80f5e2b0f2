/** `escapement transfer`. */
import * as v from "valibot";
import { createTransaction } from "../../chain/create-transaction.ts";
import { type Hash, parseHash } from "../../chain/ids.ts";
import { createTransferInstruction } from "../../chain/transfer-instruction.ts";
import { nodeSignatures } from "../../host/node-crypto.ts";
import type { OutputFormat } from "../arguments.ts";
import { formatSol } from "../format.ts";
import { readKeypairFile } from "../keypair-file.ts";
import { print, printJson, say } from "../output.ts";
import { contextOf, createRpcClient } from "../rpc-client.ts";
import { readAddress } from "../signers.ts";
import { confirmTransaction, signatureSchema } from "../wallet.ts";

export type TransferOptions = { readonly from: string; readonly url: string; readonly output: OutputFormat };

const blockhashSchema = contextOf(
  v.object({
    blockhash: v.pipe(
      v.string(),
      v.check((text) => parseHash(text) !== null, "not a hash"),
      v.transform((text) => text as Hash),
    ),
  }),
);

export async function runTransfer(toText: string, lamports: bigint, options: TransferOptions): Promise<void> {
  const to = readAddress(toText, "recipient");
  const { keypair, scheme } = readKeypairFile(options.from);
  const client = createRpcClient(options.url);
  const { blockhash } = await client.call("getLatestBlockhash", [{ commitment: "confirmed" }], blockhashSchema);
  const transaction = createTransaction({
    scheme: nodeSignatures[scheme],
    feePayer: keypair,
    instructions: [createTransferInstruction(keypair.address, to, lamports)],
    recentBlockhash: blockhash,
  });
  const wire = Buffer.from(transaction.bytes).toString("base64");
  const config = { encoding: "base64", preflightCommitment: "confirmed" };
  const signature = await client.call("sendTransaction", [wire, config], signatureSchema);
  const slot = await confirmTransaction(client, signature);
  say(`${formatSol(lamports)} SOL from ${keypair.address} to ${to}, confirmed in slot ${slot}`);
  if (options.output === "json") printJson({ signature });
  else print(signature);
}
