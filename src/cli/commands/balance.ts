/** `escapement balance`. */
import type { OutputFormat } from "../arguments.ts";
import { formatSol } from "../format.ts";
import { print, printJson } from "../output.ts";
import { amount, contextOf, createRpcClient } from "../rpc-client.ts";
import { chooseAddress } from "../wallet.ts";

export type BalanceOptions = { readonly keypair?: string; readonly url: string; readonly output: OutputFormat };

export async function runBalance(address: string | undefined, options: BalanceOptions): Promise<void> {
  const account = chooseAddress(address, options.keypair);
  const client = createRpcClient(options.url);
  const lamports = await client.call("getBalance", [account, { commitment: "confirmed" }], contextOf(amount));
  if (options.output === "json") printJson({ lamports });
  else print(`${formatSol(lamports)} SOL`);
}
