/** `escapement airdrop`. */
import type { OutputFormat } from "../arguments.ts";
import { CommandFailure } from "../failure.ts";
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
  const asked = client.call("requestAirdrop", [account, lamports], signatureSchema);
  const signature = await asked.catch((error: unknown) => {
    throw explainRefusal(error, lamports);
  });
  const slot = await confirmTransaction(client, signature);
  say(`${formatSol(lamports)} SOL to ${account}, confirmed in slot ${slot}`);
  if (options.output === "json") printJson({ signature });
  else print(signature);
}

/** The devnet names its reason by a word and lamports. */
function explainRefusal(error: unknown, lamports: bigint): unknown {
  const available =
    error instanceof CommandFailure ? /faucet-empty \(.*\bavailable (\d+)/.exec(error.message)?.[1] : undefined;
  if (available === undefined) return error;
  const has = `the faucet has ${formatSol(BigInt(available))} SOL`;
  return new CommandFailure(`${formatSol(lamports)} SOL are asked for, and ${has}`, { cause: error });
}
