/**
 * `escapement dev`: a devnet with a real clock, until it is told to stop.
 *
 *     slot 12  epoch 0  leader #1 7Np4…CT4K  block  votes 4  transactions 1  confirmed 11  finalized 0
 */
import { formatRefusal } from "../../base/refusal.ts";
import { createDevnet, type Devnet, DevnetError, type SlotSummary } from "../../host/devnet.ts";
import type { GenesisFile } from "../../sim/genesis-file.ts";
import type { OutputFormat } from "../arguments.ts";
import { createReadyLine, describeReady, formatBanner } from "../dev-banner.ts";
import { checkDumpPath, writeDump } from "../dump-file.ts";
import { CommandFailure, exitCodes, UsageError } from "../failure.ts";
import { readBytesFile } from "../files.ts";
import { shortenAddress } from "../format.ts";
import { saveMemoryWhenIdle } from "../idle-memory.ts";
import { planOfLoaded } from "../loaded-plan.ts";
import {
  type NetworkOptions,
  networkError,
  networkOptionNames,
  type PlannedNetwork,
  planNetwork,
} from "../network-options.ts";
import { colors, print, printJson, say } from "../output.ts";
import { untilStopped } from "../until-stopped.ts";

export type DevOptions = NetworkOptions & {
  readonly rpcPort: number;
  readonly wsPort?: number;
  readonly host: string;
  readonly ledgerSlots?: number;
  readonly dump?: string;
  readonly load?: string;
  readonly paused: boolean;
  readonly quiet: boolean;
  readonly output: OutputFormat;
};

/** Stops by force when closing takes longer: whoever pressed Ctrl-C wants his terminal back. */
const closeTimeoutMs = 900;

export async function runDev(options: DevOptions): Promise<void> {
  if (options.rpcPort === 65_535 && options.wsPort === undefined)
    throw new UsageError(
      "there is no port above --rpc-port 65535 for WebSockets; give --ws-port, or another --rpc-port",
    );
  if (options.dump !== undefined) checkDumpPath(options.dump);
  const { devnet, plan } = options.load === undefined ? startPlanned(options) : startLoaded(options, options.load);
  const genesisTime = devnet.genesis.creationTime;
  const urls = await listen(devnet, options);
  const stopped = untilStopped();
  const ready = describeReady({ devnet, plan, ...urls, genesisTime, running: !options.paused });
  if (options.output === "json") printJson(createReadyLine(ready));
  else print(formatBanner(ready));
  if (!options.quiet) reportSlots(devnet, options.output);
  reportTrouble(devnet);
  saveMemoryWhenIdle();
  if (!options.paused) devnet.start();
  const signal = await stopped;
  say(`${signal}: closing`);
  const failure = options.dump === undefined ? null : writeDump(devnet, options.dump);
  setTimeout(() => process.exit(failure === null ? exitCodes.ok : exitCodes.failed), closeTimeoutMs).unref();
  await devnet.close();
  if (failure !== null) throw failure;
}

type Started = { readonly devnet: Devnet; readonly plan: PlannedNetwork };

function startPlanned(options: DevOptions): Started {
  const plan = planNetwork(options);
  const genesisTime = plan.creationTime ?? Math.floor(Date.now() / 1000);
  return { plan, devnet: startDevnet(plan, genesisTime, options.ledgerSlots) };
}

function startLoaded(options: DevOptions, path: string): Started {
  const clash = networkOptionNames.find((name) => options[name] !== undefined);
  if (clash !== undefined) {
    throw new UsageError(
      `--load brings its own network: leave --${clash.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)} away`,
    );
  }
  const kept = options.ledgerSlots === undefined ? {} : { ledgerSlotsMax: options.ledgerSlots };
  try {
    const devnet = createDevnet({ load: readBytesFile(path, "dump"), ...kept });
    return { devnet, plan: planOfLoaded(devnet) };
  } catch (error) {
    if (error instanceof DevnetError)
      throw new UsageError(`the dump ${path} cannot be used: ${formatRefusal(error.refusal)}`);
    throw error;
  }
}

function startDevnet(plan: PlannedNetwork, creationTime: number, ledgerSlots: number | undefined): Devnet {
  const { seed, profile, overrides, validators, firstSlot, accounts, accountLamports, document } = plan;
  const kept = ledgerSlots === undefined ? {} : { ledgerSlotsMax: ledgerSlots };
  const common = { seed, params: overrides, creationTime, firstSlot, ...kept };
  try {
    if (document !== null) return createDevnet({ ...common, genesis: document as GenesisFile });
    return createDevnet({ ...common, profile, validators, accounts: accounts as number, accountLamports });
  } catch (error) {
    if (error instanceof DevnetError) throw networkError(plan, error.refusal);
    throw error;
  }
}

type Urls = { readonly rpcUrl: string; readonly wsUrl: string };

async function listen(devnet: Devnet, { host, rpcPort, wsPort }: DevOptions): Promise<Urls> {
  try {
    return await devnet.listen({ host, rpcPort, ...(wsPort === undefined ? {} : { wsPort }) });
  } catch (error) {
    await devnet.close();
    throw new CommandFailure((error as Error).message, { cause: error });
  }
}

function reportSlots(devnet: Devnet, output: OutputFormat): void {
  const numberOf = new Map(devnet.validators.map(({ identity }, index) => [identity.address, index]));
  devnet.on("slot", (summary) => {
    if (output === "json") printJson({ type: "slot", ...summary });
    else print(formatSlot(summary, numberOf.get(summary.leader)));
  });
}

/** A refused block, or a mistake of our own while answering, is worth a word even when nothing else is said. */
function reportTrouble(devnet: Devnet): void {
  devnet.on("block-refused", ({ slot, blockId, validator, refusal }) => {
    say(`slot ${slot}: validator ${shortenAddress(validator)} refused block ${blockId}: ${formatRefusal(refusal)}`);
  });
  devnet.on("server-error", (error) => {
    say(
      `a mistake of Escapement's own while answering a client: ${error instanceof Error ? error.stack : String(error)}`,
    );
  });
}

function formatSlot(summary: SlotSummary, leader: number | undefined): string {
  const { slot, epoch, produced, transactions, votes, confirmedSlot, finalizedSlot } = summary;
  const built = produced ? colors.green("block  ") : colors.yellow("skipped");
  const name = `${`#${leader ?? "?"}`.padEnd(4)} ${shortenAddress(summary.leader)}`;
  const counts = `votes ${String(votes).padEnd(4)} transactions ${String(transactions).padEnd(5)}`;
  const settled = colors.dim(`confirmed ${confirmedSlot}  finalized ${finalizedSlot}`);
  return `slot ${String(slot).padEnd(7)} epoch ${String(epoch).padEnd(4)} leader ${name}  ${built}  ${counts} ${settled}`;
}
