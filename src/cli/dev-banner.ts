/** What `escapement dev` says when it is ready: for people, and as the first line of JSON. */
import type { Keypair } from "../chain/crypto.ts";
import type { Devnet } from "../host/devnet.ts";
import { version } from "../host/version.ts";
import { defaultUrl } from "./arguments.ts";
import { formatFields, formatPercent, formatSol, formatTable, shareOf } from "./format.ts";
import { type GenesisNames, keygenCommand, namesOf } from "./genesis-names.ts";
import { formatStakeAccounts } from "./genesis-stakes-view.ts";
import { formatStatus, type GenesisView, viewGenesis } from "./genesis-view.ts";
import { formatWalletSecret } from "./keypair-file.ts";
import type { PlannedNetwork } from "./network-options.ts";
import { colors } from "./output.ts";

/** A devnet that listens, and what it begins with. */
export type ReadyDevnet = {
  readonly devnet: Devnet;
  readonly plan: PlannedNetwork;
  readonly rpcUrl: string;
  readonly wsUrl: string;
  readonly genesisTime: number;
  readonly running: boolean;
  readonly names: GenesisNames | null;
  readonly genesis: GenesisView;
};

type Listening = Omit<ReadyDevnet, "names" | "genesis">;

export function describeReady(listening: Listening): ReadyDevnet {
  const { devnet, plan, rpcUrl } = listening;
  const names = namesOf(plan, devnet);
  const offline = plan.validators.flatMap(({ status }, index) => (status === "delinquent" ? [index] : []));
  const source = { kind: "devnet", name: rpcUrl, genesis: devnet.genesis, offline, isTimeGiven: true, names } as const;
  return { ...listening, names, genesis: viewGenesis(source) };
}

/** The command that gives this chain again: what was typed, and what it left to the moment. */
function formatReproduction(seed: string, genesisTime: number): string {
  const typed = process.argv.slice(2);
  const has = (flag: string) => typed.some((word) => word === flag || word.startsWith(`${flag}=`));
  const words = ["escapement", ...typed];
  // A dump brings its own.
  if (!has("--load") && !has("--seed")) words.push("--seed", seed);
  if (!has("--load") && !has("--genesis-time")) words.push("--genesis-time", String(genesisTime));
  return words.map((word) => (/^[\w./:,=@%+-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`)).join(" ");
}

type OwnAccount = { readonly keypair: Keypair; readonly index: number; readonly name: string | null };

/** Accounts whose keys are known, each with its key's number under the seed. */
function ownAccounts({ devnet, names }: ReadyDevnet): OwnAccount[] {
  const own = names?.accounts.filter(({ keyIndex }) => keyIndex !== null);
  return devnet.accounts.map((keypair, place) => {
    const named = own?.[place];
    return { keypair, index: named?.keyIndex ?? place, name: named?.name ?? null };
  });
}

export function createReadyLine(ready: ReadyDevnet) {
  const { devnet, plan, rpcUrl, wsUrl, genesisTime, running, genesis } = ready;
  const { seed } = devnet;
  const balanceOf = balancesOf(devnet);
  return {
    type: "ready",
    version,
    rpcUrl,
    wsUrl,
    running,
    seed,
    genesisHash: devnet.chain.genesisHash,
    genesisTime,
    slotDurationMs: plan.params.slotDurationMs,
    slotsPerEpoch: plan.params.slotsPerEpoch,
    policy: plan.params.leaderPolicy,
    faucet: devnet.faucet.address,
    accounts: ownAccounts(ready).map(({ keypair, index, name }) => ({
      name,
      index,
      address: keypair.address,
      secretKey: formatWalletSecret(keypair),
      lamports: String(balanceOf(keypair.address)),
    })),
    validators: genesis.validators.map(({ activatedStake, jailedUntilEpoch, slashed, ...each }) => ({
      ...each,
      activatedStake: String(activatedStake),
      jailedUntilEpoch: jailedUntilEpoch === null ? null : String(jailedUntilEpoch),
      slashed: String(slashed),
    })),
    stakeAccounts: stakesOf(ready).map(({ name, stakePubkey, validator, state, stake }) => {
      return { name, stakePubkey, validator, state, stake: String(stake) };
    }),
    reproduce: formatReproduction(seed, genesisTime),
  };
}

/** Those of the file; each validator's own goes without saying. */
function stakesOf({ devnet, genesis }: ReadyDevnet) {
  const ofFile = new Set(devnet.stakeAccounts);
  return genesis.stakeAccounts.filter(({ stakePubkey }) => ofFile.has(stakePubkey));
}

const validatorsShownMax = 20;
const accountsShownMax = 10;
const stakesShownMax = 20;

export function formatBanner(ready: ReadyDevnet): string {
  const { devnet, plan, rpcUrl, wsUrl, genesisTime, running } = ready;
  const { params } = plan;
  const title = (text: string) => `\n${colors.bold(text)}`;
  const stakes = stakesOf(ready);
  return [
    `${colors.bold(`Escapement ${version}`)}, a proof-of-stake devnet`,
    "",
    formatFields([
      ["Page", colors.cyan(`${rpcUrl}/`)],
      ["JSON-RPC", colors.cyan(rpcUrl)],
      ["WebSocket", colors.cyan(wsUrl)],
      ["Genesis hash", devnet.chain.genesisHash],
      ["Slots", `${params.slotDurationMs} ms each, ${params.slotsPerEpoch} an epoch`],
      ["Leaders", `policy ${params.leaderPolicy}, ${params.slotsPerRotation} slots a turn`],
      ["Seed", devnet.seed],
    ]),
    title("Validators"),
    formatValidators(ready.genesis),
    ...(stakes.length === 0
      ? []
      : [title("Stake accounts"), andMore(formatStakeAccounts(stakes.slice(0, stakesShownMax)), stakes.length)]),
    title("Funded accounts"),
    formatAccounts(ready),
    title("To run this chain again"),
    formatReproduction(devnet.seed, genesisTime),
    ...(running ? [] : [title("The clock stands"), formatStanding(ready)]),
    "",
  ].join("\n");
}

function andMore(table: string, length: number): string {
  const hidden = length - stakesShownMax;
  return hidden <= 0 ? table : `${table}\n… and ${hidden} more (\`escapement stakes\`)`;
}

function formatStanding({ devnet, rpcUrl }: ReadyDevnet): string {
  const at = rpcUrl.replace(/\/$/, "") === defaultUrl ? "" : ` --url ${rpcUrl}`;
  return [
    `at slot ${devnet.slot}, in epoch ${devnet.epoch}; requests are answered`,
    `to make a slot:   escapement ctl warp --slots 1${at}`,
    `to let it run:    escapement ctl resume${at}`,
  ].join("\n");
}

/** What counts in the first epoch: of all that delegate to a validator, nothing of who is jailed. */
function formatValidators({ validators }: GenesisView): string {
  const total = validators.reduce((sum, { activatedStake }) => sum + activatedStake, 0n);
  const isNamed = validators.some(({ name }) => name !== null);
  const hasStatus = validators.some(({ status }) => status !== "active");
  const rows = validators
    .slice(0, validatorsShownMax)
    .map((each, index) => [
      `#${index}`,
      ...(isNamed ? [each.name ?? "-"] : []),
      each.identityPubkey,
      each.voteAccountPubkey,
      ...(hasStatus ? [formatStatus(each)] : []),
      formatSol(each.activatedStake),
      formatPercent(shareOf(each.activatedStake, total)),
    ]);
  const left = ["", ...(isNamed ? ["Name"] : []), "Identity", "Vote account", ...(hasStatus ? ["Status"] : [])];
  const columns = [
    ...left.map((title) => ({ title, align: "left" as const })),
    ...["Stake (SOL)", "Share"].map((title) => ({ title, align: "right" as const })),
  ];
  const table = formatTable(columns, rows);
  const hidden = validators.length - validatorsShownMax;
  return hidden <= 0 ? table : `${table}\n… and ${hidden} more (\`escapement validators\`)`;
}

/** At genesis. */
function balancesOf({ genesis }: Devnet): (address: string) => bigint {
  const accounts = new Map<string, bigint>(genesis.accounts.map(([address, { lamports }]) => [address, lamports]));
  return (address) => accounts.get(address) ?? 0n;
}

function formatAccounts(ready: ReadyDevnet): string {
  const { devnet, plan, names } = ready;
  const own = ownAccounts(ready);
  const others = names?.accounts.filter(({ keyIndex }) => keyIndex === null) ?? [];
  if (own.length + others.length === 0) return "none; use `escapement airdrop`";
  const balanceOf = balancesOf(devnet);
  const lineOf = (head: string, name: string | null, address: string) =>
    `${head} ${name === null ? "" : `${name} `}${address}  ${formatSol(balanceOf(address))} SOL`;
  const lines = [
    ...own.map(({ keypair, index, name }) => {
      const secret = colors.dim(`secret ${formatWalletSecret(keypair)}`);
      return `${lineOf(`#${index}`, name, keypair.address)}\n   ${secret}`;
    }),
    ...others.map(({ name, address }) => `${lineOf("-", name, address)}\n   ${colors.dim("somebody else's key")}`),
  ];
  const hidden = lines.length - accountsShownMax;
  const shown = hidden > 0 ? [...lines.slice(0, accountsShownMax), `… and ${hidden} more`] : lines;
  const [first] = own;
  if (first === undefined) return shown.join("\n");
  const { index, name } = first;
  const keygen = keygenCommand(devnet.seed, plan.params.signatureScheme, index, `${name ?? "key"}.json`);
  const warning = "PUBLIC TEST KEYS: anybody who knows the seed has them. Never send anything of value to them.";
  return [colors.yellow(warning), ...shown, `A key file of #${index}: ${keygen}`].join("\n");
}
