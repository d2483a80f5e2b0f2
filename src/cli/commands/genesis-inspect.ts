/** `escapement genesis inspect`. */
import { defaultUrl, type OutputFormat } from "../arguments.ts";
import { UsageError } from "../failure.ts";
import { readDevnetGenesis, readGenesisFrom } from "../genesis-source.ts";
import { formatGenesisView, viewGenesis } from "../genesis-view.ts";
import { print, printJson, say } from "../output.ts";
import { createRpcClient } from "../rpc-client.ts";

export type GenesisInspectOptions = { readonly url?: string; readonly output: OutputFormat };

export async function runGenesisInspect(
  file: string | undefined,
  { url, output }: GenesisInspectOptions,
): Promise<void> {
  if (file !== undefined && url !== undefined)
    throw new UsageError("both a file and --url are given; give one of them");
  const source =
    file === undefined ? await readDevnetGenesis(createRpcClient(url ?? defaultUrl)) : await readGenesisFrom(file);
  if (!source.isTimeGiven)
    say(
      "the file gives no creationTime: time and hash are those of `sim run`; `dev` begins now, unless --genesis-time is given",
    );
  const view = viewGenesis(source);
  if (output === "json") printJson(view);
  else print(formatGenesisView(view));
}
