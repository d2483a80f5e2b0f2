/**
 * The same work done by others, in the same run on the same machine, in turns.
 *
 *     npm run bench:peers                  all; fetches the peers into bench/peers first
 *     npm run bench:peers -- rpc start     some: in-process, rpc, start
 *     npm run bench:peers -- settings      which settings Anvil does best with
 *
 *     in-process   transfers a second against LiteSVM: checks and executes, but keeps no blocks and reaches no agreement
 *     rpc          transfers a second over JSON-RPC, in batches of 100 and one by one, against Anvil
 *     start        time until JSON-RPC answers, and idle memory, against Anvil: a native binary
 *
 * Escapement's side is bench/transfers.ts and `escapement dev`: four validators that check, execute and vote on everything.
 * Anvil is one node, whose block is final when it is made. A transfer counts where its chain says that it is in a block;
 * Escapement's in a confirmed one.
 */
import { spawnSync } from "node:child_process";
import { installPeers } from "./support/install-peers.ts";
import { launchDev } from "./support/launch-dev.ts";
import { anvilVariants, measureAnvil, measureAnvilStart } from "./support/peer-anvil.ts";
import { pause, residentMb, stop } from "./support/processes.ts";
import { appendResult } from "./support/results.ts";
import { formatColumns, roundFigure } from "./support/targets.ts";
import { medianOf } from "./support/timing.ts";

type Compared = {
  readonly what: string;
  readonly unit: string;
  readonly peer: string;
  readonly escapement: number;
  readonly other: number;
  /** Escapement's figure over the peer's. */
  readonly ratio: number;
  readonly escapementRounds: readonly number[];
  readonly otherRounds: readonly number[];
  /** Rounds that came to no end, such as where a busy machine let a blockhash expire. */
  readonly failures: readonly string[];
};

const rounds = 3;
const idleSeconds = 15;

type Both = { readonly escapement: () => Promise<number>; readonly other: () => Promise<number> };

/** In turns, so that the machine's moods meet both; medians of the rounds that came to an end. */
async function compare(what: string, unit: string, peer: string, { escapement, other }: Both): Promise<Compared> {
  const rounded: Record<string, number[]> = { Escapement: [], [peer]: [] };
  const failures: string[] = [];
  for (let round = 0; round < rounds; round++) {
    for (const [name, measure] of [["Escapement", escapement] as const, [peer, other] as const]) {
      try {
        const measured = roundFigure(await measure());
        rounded[name]!.push(measured);
        process.stdout.write(`${what}: ${name} ${measured} ${unit}\n`);
      } catch (error) {
        failures.push(`${name}: ${(error as Error).message}`);
        process.stderr.write(`${what}: ${name} came to no end: ${(error as Error).message}\n`);
      }
    }
  }
  const [ours, theirs] = [rounded.Escapement!, rounded[peer]!];
  const medians = { escapement: medianOf(ours), other: medianOf(theirs) };
  const ratio = roundFigure(medians.escapement / medians.other);
  return { what, unit, peer, ...medians, ratio, escapementRounds: ours, otherRounds: theirs, failures };
}

/** One run of bench/transfers.ts in a process of its own. */
async function runTransfers(...args: string[]): Promise<number> {
  const { stdout, status } = spawnSync(process.execPath, ["bench/run.mjs", "transfers", "--one", ...args], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
    maxBuffer: 2 ** 26,
  });
  if (status !== 0) throw new Error(`transfers ${args.join(" ")} ended with exit code ${status}`);
  return (JSON.parse(stdout.trim().split("\n").at(-1)!) as { perSecond: number }).perSecond;
}

async function measureDevIdle(): Promise<number> {
  const { child } = await launchDev();
  await pause(1000 * idleSeconds);
  const held = residentMb(child);
  await stop(child);
  return held;
}

async function measureDevAnswer(): Promise<number> {
  const { child, answerMs } = await launchDev();
  await stop(child);
  return answerMs;
}

const sections: Readonly<Record<string, () => Promise<Compared[]>>> = {
  "in-process": async () => [
    await compare("transfers in one process", "a second", "LiteSVM", {
      escapement: () => runTransfers("in-process"),
      other: () => runTransfers("litesvm"),
    }),
  ],
  rpc: async () => [
    await compare("transfers over JSON-RPC, batches of 100", "a second", "Anvil", {
      escapement: () => runTransfers("rpc", "100"),
      other: async () => (await measureAnvil(100, 60_000)).perSecond,
    }),
    await compare("transfers over JSON-RPC, one by one", "a second", "Anvil", {
      escapement: () => runTransfers("rpc", "1"),
      other: async () => (await measureAnvil(1, 20_000)).perSecond,
    }),
  ],
  start: async () => [
    await compare("start until JSON-RPC answers", "ms", "Anvil", {
      escapement: measureDevAnswer,
      other: async () => (await measureAnvilStart(0)).answerMs,
    }),
    await compare(`memory after ${idleSeconds} idle seconds`, "MB", "Anvil", {
      escapement: measureDevIdle,
      other: async () => (await measureAnvilStart(idleSeconds)).idleMb,
    }),
  ],
};

/** Each of Anvil's settings in turns; those that come to no end in a minute are told. */
async function tryAnvilSettings(): Promise<object> {
  const perSecond: Record<string, (number | null)[]> = {};
  for (let round = 0; round < 2; round++) {
    for (const [name, settings] of Object.entries(anvilVariants)) {
      const run = await measureAnvil(100, 20_000, name).catch((error: Error) => error.message);
      perSecond[name] = [...(perSecond[name] ?? []), typeof run === "string" ? null : run.perSecond];
      process.stdout.write(`${name.padEnd(14)}${JSON.stringify(run)}   ${settings.join(" ")}\n`);
    }
  }
  return perSecond;
}

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !(name in sections) && name !== "settings");
if (unknown.length > 0) {
  process.stderr.write(
    `there is no comparison ${unknown.join(" or ")}; there are ${Object.keys(sections).join(", ")}, settings\n`,
  );
  process.exit(2);
}
const built = spawnSync("npm", ["run", "--silent", "build"], { stdio: "inherit" });
if (built.status !== 0) throw new Error("the build failed");
const versions = installPeers();
const compared: Compared[] = [];
for (const [name, measure] of Object.entries(sections)) {
  if (wanted.length === 0 || wanted.includes(name)) compared.push(...(await measure()));
}
const rows = compared.map(({ what, unit, peer, escapement, other, ratio }) => [
  what,
  `Escapement ${escapement} ${unit}`,
  `${peer} ${other} ${unit}`,
  `${ratio} of it`,
]);
process.stdout.write(`\n${formatColumns(rows)}\n`);
const settings = wanted.includes("settings") ? await tryAnvilSettings() : undefined;
appendResult("peers", { versions, anvil: anvilVariants.best, compared, settings });
