/**
 * The commands, their flags and their help. Each one's code is loaded only when it runs, so that `--help` is quick.
 */
import { Argument, Command, Option } from "commander";
import { integerRanges } from "../chain/params.ts";
import { parseCount, parsePort, parsePositiveSol, parseSol, parseText, parseValidators } from "./arguments.ts";
import { addControl } from "./program/control.ts";
import { addExplainSlash, addGenesis } from "./program/genesis.ts";
import { addExplainReward, addInflation } from "./program/inflation.ts";
import {
  addressArgument,
  count,
  outputOption,
  policyOption,
  textArgument,
  urlFlag,
  urlOption,
} from "./program/options.ts";
import { addSim } from "./program/sim.ts";
import { addStake } from "./program/stake.ts";
import { addVote } from "./program/vote.ts";
import { parseCommission } from "./staking-arguments.ts";

const generalHelp = `
Examples:
  escapement dev --validators 600,300,100 --slots-per-epoch 64
  escapement sim run --slots 2000 --seed 7 --export chain && escapement verify chain
  escapement keygen --outfile me.json && escapement airdrop 5 --keypair me.json
  escapement stake create stake.json 2 --keypair me.json && escapement stakes
  escapement explain leader 42

Exit codes:
  0  done
  1  it failed: a verification, a transaction, no devnet at the URL, a port in use
  2  wrong usage: a flag, an argument or a file given

Data goes to stdout, talk to stderr. NO_COLOR is respected; ESCAPEMENT_URL is the default of --url, and
ESCAPEMENT_POH_KERNEL (native, wasm, portable) chooses what hashes; --version --verbose says what does.
Wherever an address is asked for, the key file of that address does as well.`;

export function createProgram(): Command {
  const program = new Command("escapement")
    .description("A proof-of-stake devnet in one process, for Solana's own clients.")
    .option("-V, --version", "print the version; with --verbose also what it runs on")
    .option("--verbose", "with --version: Node.js, platform, Proof of History kernel, signatures")
    .addHelpText("after", generalHelp)
    .configureHelp({ showGlobalOptions: false });
  addDev(program);
  addSim(program, addNetworkOptions);
  addView(program);
  addVerify(program);
  addKeys(program);
  addTransfers(program);
  addChainState(program);
  addInflation(program);
  addLeaders(program);
  addControl(program);
  addStake(program);
  addVote(program);
  addGenesis(program);
  return program;
}

/** The flags that shape a chain, in the chain's own ranges; what one asks of another createParams says. */
function addNetworkOptions(command: Command): Command {
  return command
    .addOption(
      new Option(
        "--genesis <file>",
        "YAML or JSON: validators, accounts and stakes in any state; flags change its params, seed and time",
      ).argParser(parseText),
    )
    .addOption(
      new Option("--seed <text>", "every key and everything random comes from it (default: escapement)").argParser(
        parseText,
      ),
    )
    .addOption(
      new Option("--profile <name>", "preset of all parameters (default: lab)").choices(["lab", "solana", "tutorial"]),
    )
    .addOption(policyOption())
    .addOption(
      new Option("--validators <n|stakes>", "how many, or each one's stake in SOL: 1000,500,100 (default: 4)")
        .argParser(parseValidators)
        .conflicts("stakes"),
    )
    .addOption(
      new Option(
        "--stakes <file>",
        "stakes of a real network, rehearsed with stand-in keys; --policy solana by default",
      ).argParser(parseText),
    )
    .addOption(
      new Option("--commission <percent>", "of every validator, such as 7.25 (default: 5)").argParser(
        (text) => parseCommission(text) / 100,
      ),
    )
    .addOption(count("--slots-per-epoch <n>", "length of an epoch", ...integerRanges.slotsPerEpoch))
    .addOption(count("--slots-per-rotation <n>", "consecutive slots of one leader", ...integerRanges.slotsPerRotation))
    .addOption(count("--first-slot <n>", "the slot that genesis stands for (default: 0)", 0, 1_000_000_000_000))
    .addOption(count("--slot-ms <ms>", "length of a slot", ...integerRanges.slotDurationMs))
    .addOption(count("--ticks-per-slot <n>", "Proof of History ticks of a slot", ...integerRanges.ticksPerSlot))
    .addOption(count("--hashes-per-tick <n>", "Proof of History hashes of a tick", ...integerRanges.hashesPerTick))
    .addOption(
      count("--blockhash-ttl <blocks>", "how long a transaction may name a blockhash", ...integerRanges.blockhashTtl),
    )
    .addOption(
      new Option("--stake-warmup <how>", "stake comes and goes at Solana's rates, or all at the next epoch").choices([
        "rates",
        "instant",
      ]),
    )
    .addOption(new Option("--scheme <name>", "curve of the keys").choices(["ed25519", "secp256k1"]));
}

function addDev(program: Command): void {
  addNetworkOptions(program.command("dev").description("start a devnet: validators, JSON-RPC and WebSockets"))
    .addOption(
      new Option("--rpc-port <port>", "JSON-RPC, and WebSockets by upgrade; 0: any free one")
        .argParser(parsePort)
        .default(8899),
    )
    .addOption(new Option("--ws-port <port>", "WebSockets (default: --rpc-port + 1)").argParser(parsePort))
    .addOption(new Option("--host <address>", "address to listen on").argParser(parseText).default("127.0.0.1"))
    .addOption(count("--accounts <n>", "funded accounts (default: 5)", 0, 1000))
    .addOption(count("--genesis-time <unix seconds>", "when the chain begins (default: now)", 0, 253_402_300_799))
    .addOption(count("--ledger-slots <n>", "finalized slots whose blocks are kept (default: 100000)", 1, 1_000_000_000))
    .addOption(new Option("--dump <file>", "write the whole world to a file at the end").argParser(parseText))
    .addOption(
      new Option("--load <file>", "go on from such a file, instead of a network's options").argParser(parseText),
    )
    .option("--paused", "begin with the clock standing, until `ctl resume` or `ctl warp`", false)
    .option("-q, --quiet", "no line per slot", false)
    .addOption(outputOption())
    .action(async (options) => (await import("./commands/dev.ts")).runDev(options));
}

function addView(program: Command): void {
  program
    .command("view")
    .description("look at a recorded run in the browser: a file of `sim run --record`")
    .addArgument(textArgument("<file>", "recording"))
    .addOption(new Option("--port <port>", "of the page; 0: any free one").argParser(parsePort).default(8898))
    .addOption(new Option("--host <address>", "address to listen on").argParser(parseText).default("127.0.0.1"))
    .action(async (file, options) => (await import("./commands/view.ts")).runView(file, options));
}

function addVerify(program: Command): void {
  program
    .command("verify")
    .description("verify a whole chain from genesis: a file of `sim run --export`, or a running devnet's")
    .addArgument(new Argument("[file]", "chain file").argParser(parseText))
    .addOption(urlFlag("a running devnet: URL, host:port, port, or localhost for the default one"))
    .addOption(new Option("--genesis-hash <hash>", "which chain it must be").argParser(parseText))
    .addOption(new Option("--last-block <id>", "where it must end: else a shortened chain passes").argParser(parseText))
    .addOption(outputOption())
    .action(async (file, options) => (await import("./commands/verify.ts")).runVerify(file, options));
}

function addKeys(program: Command): void {
  program
    .command("keygen")
    .description("make a key pair, in a file that the solana CLI reads too")
    .addOption(
      new Option("-o, --outfile <file>", "where to write it, mode 0600").argParser(parseText).makeOptionMandatory(),
    )
    .option("-f, --force", "overwrite the file", false)
    .addOption(
      new Option("--seed <text>", "a network's seed: gives the key of one of its members").argParser(parseText),
    )
    .addOption(
      new Option("--role <role>", "with --seed: whose key")
        .choices(["account", "faucet", "identity", "vote"])
        .default("account"),
    )
    .addOption(count("--index <n>", "with --seed: the how-manyth, from 0", 0, 1_000_000, 0))
    .addOption(new Option("--scheme <name>", "curve of the key").choices(["ed25519", "secp256k1"]).default("ed25519"))
    .addOption(outputOption())
    .action(async (options) => (await import("./commands/keygen.ts")).runKeygen(options));
}

function addTransfers(program: Command): void {
  const keypairOption = () => new Option("-k, --keypair <file>", "whose account").argParser(parseText);
  program
    .command("airdrop")
    .description("ask the faucet for coins and wait until they are there")
    .addArgument(new Argument("<amount>", "SOL").argParser(parsePositiveSol))
    .addArgument(addressArgument("[address]", "to whom"))
    .addOption(keypairOption())
    .addOption(urlOption())
    .addOption(outputOption())
    .action(async (lamports, address, options) =>
      (await import("./commands/airdrop.ts")).runAirdrop(lamports, address, options),
    );
  program
    .command("transfer")
    .description("send coins and wait until they are there")
    .addArgument(addressArgument("<to>", "to whom"))
    .addArgument(new Argument("<amount>", "SOL").argParser(parseSol))
    .addOption(
      new Option("--from <file>", "key file of the sender, who pays the fee")
        .argParser(parseText)
        .makeOptionMandatory(),
    )
    .addOption(urlOption())
    .addOption(outputOption())
    .action(async (to, lamports, options) =>
      (await import("./commands/transfer.ts")).runTransfer(to, lamports, options),
    );
  program
    .command("balance")
    .description("coins of an account")
    .addArgument(addressArgument("[address]", "whose"))
    .addOption(keypairOption())
    .addOption(urlOption())
    .addOption(outputOption())
    .action(async (address, options) => (await import("./commands/balance.ts")).runBalance(address, options));
}

function addChainState(program: Command): void {
  program
    .command("epoch-info")
    .description("where the chain stands")
    .addOption(urlOption())
    .addOption(outputOption())
    .action(async (options) => (await import("./commands/epoch-info.ts")).runEpochInfo(options));
  program
    .command("block-production")
    .description("blocks made and slots skipped by each leader of this epoch")
    .addOption(urlOption())
    .addOption(outputOption())
    .action(async (options) => (await import("./commands/block-production.ts")).runBlockProduction(options));
}

/** Flags that give a schedule's inputs by hand, without a devnet. */
function addOfflineLeaderOptions(command: Command): Command {
  return command
    .addOption(new Option("--stakes <file>", "without a devnet: the stakes to draw from").argParser(parseText))
    .addOption(policyOption())
    .addOption(new Option("--epoch <n>", "which epoch").argParser(parseCount))
    .addOption(count("--slots <n>", "with --stakes: slots of the epoch (default: the file's)", 1, 40_000_000))
    .addOption(
      count(
        "--slots-per-rotation <n>",
        "with --stakes: consecutive slots of one leader (default: 4; tutorial: 1)",
        1,
        1_000_000,
      ),
    )
    .addOption(
      new Option("--seed <seed>", "with --policy poh: the PoH hash; tutorial: the seed text").argParser(parseText),
    )
    .addOption(urlOption())
    .addOption(outputOption());
}

function addLeaders(program: Command): void {
  addOfflineLeaderOptions(
    program.command("leader-schedule").description("who leads when: of a running devnet, or computed from --stakes"),
  ).action(async (options) => (await import("./commands/leader-schedule.ts")).runLeaderSchedule(options));
  const explain = program.command("explain").description("show the arithmetic, so that anyone can recompute it");
  addExplainReward(explain);
  addExplainSlash(explain);
  addOfflineLeaderOptions(
    explain
      .command("leader")
      .description("why a slot's leader is its leader: seed, draw, interval")
      .addArgument(new Argument("<slot>", "the chain's number of the slot").argParser(parseCount)),
  )
    .addOption(
      count(
        "--first-slot <n>",
        "with --stakes: the epoch's first slot (default: the file's, or epoch × slots)",
        0,
        Number.MAX_SAFE_INTEGER,
      ),
    )
    .action(async (slot, options) => (await import("./commands/explain-leader.ts")).runExplainLeader(slot, options));
}
