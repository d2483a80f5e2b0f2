/**
 * `escapement dev`: a devnet with a real clock, until it is told to stop.
 *
 *     slot 12  epoch 0  leader #1 7Np4…CT4K  block  votes 4  transactions 1  confirmed 11  finalized 0
 */
import { formatRefusal } from "../../base/refusal.ts";
import type { Address } from "../../chain/ids.ts";
import { createDevnet, type Devnet, DevnetError, type SlotSummary } from "../../host/devnet.ts";
import { version } from "../../host/version.ts";
import type { GenesisFile } from "../../sim/genesis-file.ts";
import type { OutputFormat } from "../arguments.ts";
import { CommandFailure, UsageError } from "../failure.ts";
import { formatFields, formatPercent, formatSol, formatTable, shareOf, shortenAddress } from "../format.ts";
import { formatWalletSecret } from "../keypair-file.ts";
import { type NetworkOptions, type PlannedNetwork, planNetwork } from "../network-options.ts";
import { colors, print, printJson, say } from "../output.ts";

export type DevOptions = NetworkOptions & {
  readonly rpcPort: number;
  readonly wsPort?: number;
  readonly host: string;
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
  const plan = planNetwork(options);
  const genesisTime = plan.creationTime ?? Math.floor(Date.now() / 1000);
  const devnet = startDevnet(plan, genesisTime);
  const urls = await listen(devnet, options);
  const stopped = untilStopped();
  if (options.output === "json") printJson(readyLine(devnet, plan, urls, genesisTime));
  else print(formatBanner(devnet, plan, urls, genesisTime));
  if (!options.quiet) reportSlots(devnet, options.output);
  reportTrouble(devnet);
  devnet.start();
  const signal = await stopped;
  say(`${signal}: closing`);
  setTimeout(() => process.exit(0), closeTimeoutMs).unref();
  await devnet.close();
}

function startDevnet(plan: PlannedNetwork, creationTime: number): Devnet {
  const { seed, profile, overrides, validators, firstSlot, accounts, accountLamports, document } = plan;
  const common = { seed, params: overrides, creationTime, firstSlot };
  try {
    if (document !== null) return createDevnet({ ...common, genesis: document as GenesisFile });
    return createDevnet({ ...common, profile, validators, accounts: accounts as number, accountLamports });
  } catch (error) {
    if (error instanceof DevnetError) throw new UsageError(error.message);
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

function untilStopped(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    process.once("SIGINT", resolve);
    process.once("SIGTERM", resolve);
  });
}

/** The command that gives this chain again: what was typed, and what it left to the moment. */
function formatReproduction(seed: string, genesisTime: number): string {
  const typed = process.argv.slice(2);
  const has = (flag: string) => typed.some((word) => word === flag || word.startsWith(`${flag}=`));
  const words = ["escapement", ...typed];
  if (!has("--seed")) words.push("--seed", seed);
  if (!has("--genesis-time")) words.push("--genesis-time", String(genesisTime));
  return words.map((word) => (/^[\w./:,=@%+-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`)).join(" ");
}

function readyLine(devnet: Devnet, plan: PlannedNetwork, urls: Urls, genesisTime: number) {
  return {
    type: "ready",
    version,
    ...urls,
    seed: devnet.seed,
    genesisHash: devnet.chain.genesisHash,
    genesisTime,
    slotDurationMs: plan.params.slotDurationMs,
    slotsPerEpoch: plan.params.slotsPerEpoch,
    policy: plan.params.leaderPolicy,
    faucet: devnet.faucet.address,
    accounts: devnet.accounts.map((keypair) => ({
      address: keypair.address,
      secretKey: formatWalletSecret(keypair),
      lamports: String(balanceOf(devnet, keypair.address)),
    })),
    validators: devnet.validators.map(({ identity, voteAccount }, index) => ({
      identityPubkey: identity.address,
      voteAccountPubkey: voteAccount,
      activatedStake: String(plan.validators[index]!.stake),
    })),
    reproduce: formatReproduction(devnet.seed, genesisTime),
  };
}

const validatorsShownMax = 20;
const accountsShownMax = 10;

function formatBanner(devnet: Devnet, plan: PlannedNetwork, urls: Urls, genesisTime: number): string {
  const { params } = plan;
  const title = (text: string) => `\n${colors.bold(text)}`;
  return [
    `${colors.bold(`Escapement ${version}`)}, a proof-of-stake devnet`,
    "",
    formatFields([
      ["JSON-RPC", colors.cyan(urls.rpcUrl)],
      ["WebSocket", colors.cyan(urls.wsUrl)],
      ["Genesis hash", devnet.chain.genesisHash],
      ["Slots", `${params.slotDurationMs} ms each, ${params.slotsPerEpoch} an epoch`],
      ["Leaders", `policy ${params.leaderPolicy}, ${params.slotsPerRotation} slots a turn`],
      ["Seed", devnet.seed],
    ]),
    title("Validators"),
    formatValidators(devnet, plan),
    title("Funded accounts"),
    formatAccounts(devnet, params.signatureScheme),
    title("To run this chain again"),
    formatReproduction(devnet.seed, genesisTime),
    "",
  ].join("\n");
}

function formatValidators(devnet: Devnet, { validators }: PlannedNetwork): string {
  const total = validators.reduce((sum, { stake }) => sum + stake, 0n);
  const rows = devnet.validators.map(({ identity, voteAccount }, index) => {
    const { stake } = validators[index]!;
    return [`#${index}`, identity.address, voteAccount, formatSol(stake), formatPercent(shareOf(stake, total))];
  });
  const titles = ["", "Identity", "Vote account", "Stake (SOL)", "Share"];
  const table = formatTable(
    titles.map((name, i) => ({ title: name, align: i < 3 ? "left" : "right" })),
    rows.slice(0, validatorsShownMax),
  );
  const hidden = rows.length - validatorsShownMax;
  return hidden <= 0 ? table : `${table}\n… and ${hidden} more (\`escapement validators\`)`;
}

/** At genesis. */
function balanceOf({ genesis }: Devnet, address: Address): bigint {
  return genesis.accounts.find(([each]) => each === address)?.[1].lamports ?? 0n;
}

function formatAccounts(devnet: Devnet, scheme: string): string {
  const { accounts, seed } = devnet;
  if (accounts.length === 0) return "none; use `escapement airdrop`";
  const warning = "PUBLIC TEST KEYS: anybody who knows the seed has them. Never send anything of value to them.";
  const curve = scheme === "ed25519" ? "" : ` --scheme ${scheme}`;
  const lines = accounts.slice(0, accountsShownMax).map((keypair, index) => {
    const balance = `${formatSol(balanceOf(devnet, keypair.address))} SOL`;
    return `#${index} ${keypair.address}  ${balance}\n   ${colors.dim(`secret ${formatWalletSecret(keypair)}`)}`;
  });
  const hidden = accounts.length - accountsShownMax;
  if (hidden > 0) lines.push(`… and ${hidden} more`);
  const name = /^[\w.-]+$/.test(seed) ? seed : JSON.stringify(seed);
  return [
    colors.yellow(warning),
    ...lines,
    `A key file of #0: escapement keygen --seed ${name}${curve} --index 0 --outfile key.json`,
  ].join("\n");
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
