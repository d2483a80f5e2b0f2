/** `escapement airdrop`. */
import type { OutputFormat } from "../arguments.ts";
import { formatSol } from "../format.ts";
import { print, printJson, say } from "../output.ts";
import { createRpcClient } from "../rpc-client.ts";
import { chooseAddress, confirmTransaction, signatureSchema } from "../wallet.ts";

export type AirdropOptions = { readonly keypair?: string; readonly url: string; readonly output: OutputFormat };

export async function runAirdrop(
  lamports: bigint,
  address: string | undefined,
  options: AirdropOptions,
): Promise<void> {
  const account = chooseAddress(address, options.keypair);
  const client = createRpcClient(options.url);
  const signature = await client.call("requestAirdrop", [account, lamports], signatureSchema);
  const slot = await confirmTransaction(client, signature);
  say(`${formatSol(lamports)} SOL to ${account}, confirmed in slot ${slot}`);
  if (options.output === "json") printJson({ signature });
  else print(signature);
}
