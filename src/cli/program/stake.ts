/** `escapement stake …`, `stakes` and `stake-account`: names and meanings are those of the solana CLI's stake commands. */
import { type Command, Option } from "commander";
import { countBetween, parsePositiveSol } from "../arguments.ts";
import { parseAmountAllOrAvailable, parseAmountOrAll, parseDate, parseU64 } from "../staking-arguments.ts";
import { collectTexts, count, outputOption, textArgument, textOption, urlOption } from "./options.ts";

/** Who signs and who pays, where to, and how to answer. */
export function addWalletOptions(command: Command): Command {
  return command
    .addOption(textOption("-k, --keypair <file>", "key file that signs for whatever role has none of its own"))
    .addOption(textOption("--fee-payer <file>", "key file of who pays the fee (default: --keypair)"))
    .addOption(urlOption())
    .addOption(outputOption());
}

const stakeArgument = () => textArgument("<stake account>", "address or key file");
const keyArgument = (name: string, description: string) => textArgument(name, description);
const stakeAuthorityOption = () =>
  textOption("--stake-authority <file>", "key file of the stake authority (default: --keypair)");
const withdrawAuthorityOption = () =>
  textOption("--withdraw-authority <file>", "key file of the withdraw authority (default: --keypair)");
const custodianOption = () => textOption("--custodian <file>", "key file of the lockup's custodian");
const lockupEpochOption = () => new Option("--lockup-epoch <n>", "no withdrawal before this epoch").argParser(parseU64);
const lockupDateOption = () =>
  new Option("--lockup-date <date>", "no withdrawal before, as in RFC 3339: 2027-01-01T00:00:00Z").argParser(parseDate);
const derivedSeedOption = (base: string) =>
  textOption("--seed <text>", `the address derived from ${base} and this text is meant`);

const example = (command: string) => `\nExample:\n  escapement ${command}`;

export function addStake(program: Command): void {
  const stake = program.command("stake").description("make, delegate, move and take back stake");
  addMaking(stake);
  addDelegating(stake);
  addMoving(stake);
  addOwning(stake);
  addShowing(program);
}

function addMaking(stake: Command): void {
  addWalletOptions(
    stake
      .command("create")
      .description("make a stake account and fund it")
      .addArgument(keyArgument("<key file>", "of the new account; with --seed: of the base it is derived from"))
      .addArgument(textArgument("<amount>", "SOL, or ALL").argParser(parseAmountOrAll)),
  )
    .addOption(textOption("--from <file>", "key file of who funds it (default: --keypair)"))
    .addOption(derivedSeedOption("the key file's"))
    .addOption(
      textOption("--stake-authority <address>", "who may delegate it: address or key file (default: who funds it)"),
    )
    .addOption(
      textOption(
        "--withdraw-authority <address>",
        "who may withdraw from it: address or key file (default: who funds it)",
      ),
    )
    .addOption(lockupEpochOption())
    .addOption(lockupDateOption())
    .addOption(textOption("--custodian <address>", "who may lift or change the lockup: address or key file"))
    .addHelpText("after", example("stake create stake.json 100 --keypair me.json"))
    .action(async (path, amount, options) =>
      (await import("../commands/stake-create.ts")).runStakeCreate(path, amount, options),
    );
}

function addDelegating(stake: Command): void {
  addWalletOptions(
    stake
      .command("delegate")
      .description("delegate a stake account to a validator's vote account")
      .addArgument(stakeArgument())
      .addArgument(textArgument("<vote account>", "address or key file; `escapement validators` lists them")),
  )
    .addOption(stakeAuthorityOption())
    .addHelpText("after", example("stake delegate stake.json <vote account> --keypair me.json"))
    .action(async (account, vote, options) =>
      (await import("../commands/stake-delegate.ts")).runStakeDelegate(account, vote, options),
    );
  addWalletOptions(
    stake
      .command("deactivate")
      .description("take a delegation back; it cools down from the next epoch on")
      .addArgument(stakeArgument()),
  )
    .addOption(stakeAuthorityOption())
    .addOption(derivedSeedOption("the address"))
    .option("--delinquent", "by anybody: the validator has not voted for 5 epochs")
    .addHelpText("after", example("stake deactivate stake.json --keypair me.json"))
    .action(async (account, options) =>
      (await import("../commands/stake-deactivate.ts")).runStakeDeactivate(account, options),
    );
}

function addMoving(stake: Command): void {
  addWalletOptions(
    stake
      .command("withdraw")
      .description("take coins out that are not staked, or no longer")
      .addArgument(stakeArgument())
      .addArgument(textArgument("<to>", "address or key file of the recipient"))
      .addArgument(textArgument("<amount>", "SOL, AVAILABLE, or ALL").argParser(parseAmountAllOrAvailable)),
  )
    .addOption(withdrawAuthorityOption())
    .addOption(custodianOption())
    .addOption(derivedSeedOption("the address"))
    .addHelpText("after", example("stake withdraw stake.json me.json ALL --keypair me.json"))
    .action(async (account, to, amount, options) =>
      (await import("../commands/stake-withdraw.ts")).runStakeWithdraw(account, to, amount, options),
    );
  addWalletOptions(
    stake
      .command("split")
      .description("put a part of a stake into an account of its own")
      .addArgument(stakeArgument())
      .addArgument(keyArgument("<key file>", "of the new account; with --seed: of the base it is derived from"))
      .addArgument(textArgument("<amount>", "SOL").argParser(parsePositiveSol)),
  )
    .addOption(stakeAuthorityOption())
    .addOption(derivedSeedOption("the key file's"))
    .addHelpText("after", example("stake split stake.json part.json 25 --keypair me.json"))
    .action(async (account, path, amount, options) =>
      (await import("../commands/stake-split.ts")).runStakeSplit(account, path, amount, options),
    );
  addWalletOptions(
    stake
      .command("merge")
      .description("put one stake account into another that is alike")
      .addArgument(stakeArgument())
      .addArgument(textArgument("<source>", "address or key file of the stake account that will be gone")),
  )
    .addOption(stakeAuthorityOption())
    .addHelpText("after", example("stake merge stake.json part.json --keypair me.json"))
    .action(async (account, source, options) =>
      (await import("../commands/stake-merge.ts")).runStakeMerge(account, source, options),
    );
}

function addOwning(stake: Command): void {
  addWalletOptions(
    stake.command("authorize").description("choose another stake or withdraw authority").addArgument(stakeArgument()),
  )
    .addOption(textOption("--new-stake-authority <address>", "who may delegate from now on: address or key file"))
    .addOption(textOption("--new-withdraw-authority <address>", "who may withdraw from now on: address or key file"))
    .addOption(stakeAuthorityOption())
    .addOption(withdrawAuthorityOption())
    .addOption(custodianOption())
    .addHelpText("after", example("stake authorize stake.json --new-stake-authority <address> --keypair me.json"))
    .action(async (account, options) =>
      (await import("../commands/stake-authorize.ts")).runStakeAuthorize(account, options),
    );
  addWalletOptions(
    stake.command("set-lockup").description("lock a stake up, or change its lockup").addArgument(stakeArgument()),
  )
    .addOption(lockupEpochOption())
    .addOption(lockupDateOption())
    .addOption(
      textOption("--new-custodian <address>", "who may lift or change the lockup from now on: address or key file"),
    )
    .addOption(
      textOption(
        "--custodian <file>",
        "key file of the custodian; while no lockup is in force, of the withdraw authority (default: --keypair)",
      ),
    )
    .addHelpText("after", example("stake set-lockup stake.json --lockup-epoch 12 --keypair me.json"))
    .action(async (account, options) =>
      (await import("../commands/stake-authorize.ts")).runStakeSetLockup(account, options),
    );
}

/** `--with-rewards` and what goes with it. */
export function addRewardOptions(command: Command): Command {
  return command
    .option("--with-rewards", "show the inflation rewards of the newest epochs too")
    .addOption(
      new Option(
        "--num-rewards-epochs <n>",
        "with --with-rewards: of how many epochs, at most 50 (default: 1)",
      ).argParser(countBetween(1, 50)),
    )
    .addOption(count("--starting-epoch <n>", "with --with-rewards: the first of them", 0, Number.MAX_SAFE_INTEGER));
}

function addShowing(program: Command): void {
  program
    .command("stakes")
    .description("all stake accounts, or those delegated to some vote accounts")
    .addArgument(textArgument("[vote accounts...]", "addresses or key files").argParser(collectTexts))
    .addOption(
      textOption(
        "--withdraw-authority <address>",
        "only those that this authority may withdraw from: address or key file",
      ),
    )
    .addOption(urlOption())
    .addOption(outputOption())
    .addHelpText("after", example("stakes --withdraw-authority <address> --output json"))
    .action(async (votes, options) => (await import("../commands/stakes.ts")).runStakes(votes ?? [], options));
  addRewardOptions(
    program
      .command("stake-account")
      .description("what a stake account holds, whose it is, and how much of it counts")
      .addArgument(stakeArgument()),
  )
    .addOption(urlOption())
    .addOption(outputOption())
    .addHelpText("after", example("stake-account stake.json --with-rewards"))
    .action(async (account, options) =>
      (await import("../commands/stake-account.ts")).runStakeAccount(account, options),
    );
}
