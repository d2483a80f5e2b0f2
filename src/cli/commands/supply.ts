/** `escapement supply`. */
import * as v from "valibot";
import type { OutputFormat } from "../arguments.ts";
import { formatFields, formatSol } from "../format.ts";
import { print, printJson } from "../output.ts";
import { amount, contextOf, createRpcClient } from "../rpc-client.ts";

export type SupplyOptions = { readonly url: string; readonly output: OutputFormat };

const supplySchema = contextOf(
  v.object({
    total: amount,
    circulating: amount,
    nonCirculating: amount,
    nonCirculatingAccounts: v.array(v.string()),
  }),
);

export async function runSupply({ url, output }: SupplyOptions): Promise<void> {
  const supply = await createRpcClient(url).call("getSupply", [{ commitment: "confirmed" }], supplySchema);
  if (output === "json") {
    printJson(supply);
    return;
  }
  print(
    formatFields([
      ["Total", `${formatSol(supply.total)} SOL`],
      ["Circulating", `${formatSol(supply.circulating)} SOL`],
      ["Non-Circulating", `${formatSol(supply.nonCirculating)} SOL`],
    ]),
  );
}
