/**
 * Makes one file of the campaign's program and of all it imports; with a planted bug, if one is given: the text of one
 * source file with one piece of it replaced.
 *
 *     const bundle = await bundleCampaign(null);
 *     await runCampaign(bundle, ["--from", "0", "--to", "20"], onResult);
 */
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import type { CampaignResult } from "../../src/sim/campaign.ts";
import type { CampaignRun } from "../../src/sim/campaign-draw.ts";
import { bundleProgram, root } from "./bundle-program.ts";

/** In `file`, the text `find`, which stands there once, becomes `replace`. */
export type Patch = { readonly file: string; readonly find: string; readonly replace: string };

export type CampaignBundle = { readonly path: string; remove(): void };

/** The texts of the patched files, by path. Every patch must find its place, once. */
export function patchedTexts(patches: readonly Patch[]): ReadonlyMap<string, string> {
  const texts = new Map<string, string>();
  for (const { file, find, replace } of patches) {
    const path = resolve(root, file);
    const text = texts.get(path) ?? readFileSync(path, "utf8");
    const count = text.split(find).length - 1;
    if (count !== 1) throw new Error(`${file}: "${find}" stands there ${count} times, and must once`);
    texts.set(
      path,
      text.replace(find, () => replace),
    );
  }
  return texts;
}

export async function bundleCampaign(patches: readonly Patch[]): Promise<CampaignBundle> {
  const texts = patchedTexts(patches);
  const folder = mkdtempSync(join(tmpdir(), "escapement-campaign-"));
  const path = join(folder, "campaign.mjs");
  await bundleProgram("test/support/campaign-runner.ts", path, {
    plugins: [
      {
        name: "planted-bug",
        setup({ onLoad }) {
          onLoad({ filter: /\.ts$/ }, ({ path: source }) => {
            const contents = texts.get(source);
            return contents === undefined ? null : { contents, loader: "ts" };
          });
        },
      },
    ],
  });
  return { path, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** Runs the bundle in a process of its own; each result as it comes. */
export async function runCampaign(
  { path }: Pick<CampaignBundle, "path">,
  args: readonly string[],
  onResult: (result: CampaignResult) => void,
): Promise<void> {
  const child = spawn(process.execPath, [path, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  let complaints = "";
  child.stderr.on("data", (chunk: Buffer) => {
    complaints = `${complaints}${chunk}`.slice(-4000);
  });
  const ended = new Promise<number | null>((done) => child.once("close", done));
  for await (const line of createInterface({ input: child.stdout })) onResult(JSON.parse(line) as CampaignResult);
  const code = await ended;
  if (code !== 0) throw new Error(`the campaign ended with ${code}: ${complaints}`);
}

export type Catch = {
  /** Seeds played, the last of which was caught; null: all passed. */
  readonly seeds: number | null;
  readonly last: CampaignResult | null;
};

/**
 * Plays one run that is given, or seeds 0, 1, 2 … until something is wrong or so many have passed; with these patches.
 */
export async function playUntilCaught(patches: readonly Patch[], play: CampaignRun | number): Promise<Catch> {
  const bundle = await bundleCampaign(patches);
  const results: CampaignResult[] = [];
  const file = `${bundle.path}.json`;
  try {
    if (typeof play !== "number") writeFileSync(file, JSON.stringify(play));
    const seeds = ["--from", "0", "--to", String(play), "--stop-at-failure"];
    const args = typeof play === "number" ? seeds : ["--run", file];
    await runCampaign(bundle, args, (result) => results.push(result));
  } finally {
    bundle.remove();
  }
  const last = results.at(-1) ?? null;
  return { seeds: last === null || last.verdict.type === "pass" ? null : results.length, last };
}

export type SeedRange = {
  readonly from: number;
  readonly to: number;
  /** "2/4": the second of four parts. */
  readonly shard: string;
  readonly processes: number;
};

/** Plays a range of seeds in several processes at once, and tells each result as it comes. */
export async function playSeeds(
  { from, to, shard, processes }: SeedRange,
  onResult: (result: CampaignResult) => void,
): Promise<void> {
  const [part = 1, parts = 1] = shard.split("/").map(Number);
  const bundle = await bundleCampaign([]);
  try {
    const runs = Array.from({ length: processes }, (_, index) => {
      const own = `${(part - 1) * processes + index + 1}/${parts * processes}`;
      return runCampaign(bundle, ["--from", String(from), "--to", String(to), "--shard", own], onResult);
    });
    await Promise.all(runs);
  } finally {
    bundle.remove();
  }
}

/** What was wrong, and the command that plays it again. */
export function describeFailure({ seed, slots, verdict }: CampaignResult): string {
  if (verdict.type === "pass") return `seed ${seed}: pass`;
  const { type, checker, slot, validator, message, facts } = verdict;
  const who = validator === null ? "" : `, validator ${validator}`;
  const told = Object.entries(facts).map(([name, value]) => `${name} ${String(value)}`);
  const again = `ESCAPEMENT_SEEDS=${seed}..${Number(seed) + 1} npx vitest run --project long test/long/campaign.test.ts`;
  return `seed ${seed}: ${type} in slot ${slot} of ${slots} (${checker}${who}): ${message}; ${told.join(", ")}\n  ${again}`;
}
