/**
 * The campaign as a program of its own: seeds in, one line of JSON a seed out.
 *
 *     node campaign.mjs --from 0 --to 1000 [--shard 1/4] [--stop-at-failure]      > results.jsonl
 *     node campaign.mjs --run run.json                                            one run, given as data
 *
 * It is bundled (campaign-bundle.ts), so that a planted bug can be patched in, and runs in processes of its own.
 */
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { createNodeCrypto } from "../../src/host/node-crypto.ts";
import { type CampaignResult, playCampaignRun, runCampaignSeed } from "../../src/sim/campaign.ts";

const { values } = parseArgs({
  options: {
    from: { type: "string", default: "0" },
    to: { type: "string", default: "1" },
    shard: { type: "string", default: "1/1" },
    run: { type: "string" },
    "stop-at-failure": { type: "boolean", default: false },
  },
});

/** A memory of checked signatures for each run: one run's must not make the next one's faster, nor fill the process. */

function print(result: CampaignResult): void {
  process.stdout.write(
    `${JSON.stringify(result, (_, value) => (typeof value === "bigint" ? String(value) : value))}\n`,
  );
}

if (values.run !== undefined) {
  print(playCampaignRun(JSON.parse(readFileSync(values.run, "utf8")), createNodeCrypto()));
} else {
  const [part = 1, parts = 1] = values.shard.split("/").map(Number);
  for (let seed = Number(values.from) + part - 1; seed < Number(values.to); seed += parts) {
    const result = runCampaignSeed(String(seed), createNodeCrypto());
    print(result);
    if (values["stop-at-failure"] && result.verdict.type !== "pass") break;
  }
}
