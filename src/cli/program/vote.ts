/** `escapement vote …` and `vote-account`: names and meanings are those of the solana CLI's vote commands. */
import { type Command, Option } from "commander";
import { parseAmountOrAll, parseCommission } from "../staking-arguments.ts";
import { count, outputOption, textArgument, textOption, urlOption } from "./options.ts";
import { addRewardOptions, addWalletOptions } from "./stake.ts";

const voteArgument = () => textArgument("<vote account>", "address or key file");
const withdrawerArgument = () => textArgument("<withdrawer key file>", "of the authorized withdrawer");
const example = (command: string) => `\nExample:\n  escapement ${command}`;

export function addVote(program: Command): void {
  const vote = program.command("vote").description("make and change validators' vote accounts");
  addMaking(vote);
  addUpdating(vote);
  addAuthorizing(vote, "voter", "Voter", "choose who signs the votes, from the next epoch on");
  addAuthorizing(vote, "withdrawer", "Withdrawer", "choose who may withdraw, and change the vote account");
  addWithdrawing(vote);
  addValidators(program);
  addRewardOptions(
    program
      .command("vote-account")
      .description("a vote account's owners, votes and credits")
      .addArgument(voteArgument()),
  )
    .addOption(urlOption())
    .addOption(outputOption())
    .addHelpText("after", example("vote-account <vote account> --with-rewards"))
    .action(async (account, options) => (await import("../commands/vote-account.ts")).runVoteAccount(account, options));
}

function addMaking(vote: Command): void {
  addWalletOptions(
    vote
      .command("create")
      .description("make a vote account")
      .addArgument(textArgument("<key file>", "of the new account; with --seed: of the base it is derived from"))
      .addArgument(textArgument("<identity key file>", "of the validator"))
      .addArgument(textArgument("<withdrawer>", "of the authorized withdrawer: address or key file")),
  )
    .addOption(
      new Option("--commission <percent>", "of the inflation rewards, two decimals at most")
        .argParser(parseCommission)
        .default(10_000, "100"),
    )
    .addOption(
      textOption("--authorized-voter <address>", "who signs the votes: address or key file (default: the identity)"),
    )
    .addOption(textOption("--seed <text>", "the address derived from the key file's and this text is meant"))
    .option("--allow-unsafe-authorized-withdrawer", "let the withdrawer be the identity or the vote account itself")
    .addHelpText("after", example("vote create vote.json identity.json <withdrawer> --commission 5 --keypair me.json"))
    .action(async (path, identity, withdrawer, options) =>
      (await import("../commands/vote-create.ts")).runVoteCreate(path, identity, withdrawer, options),
    );
}

function addUpdating(vote: Command): void {
  addWalletOptions(
    vote
      .command("update-commission")
      .description("change the commission; it holds for a coming epoch's rewards")
      .addArgument(voteArgument())
      .addArgument(textArgument("<percent>", "0 to 100, two decimals at most").argParser(parseCommission))
      .addArgument(withdrawerArgument()),
  )
    .addHelpText("after", example("vote update-commission <vote account> 7.5 withdrawer.json"))
    .action(async (account, commission, withdrawer, options) =>
      (await import("../commands/vote-update.ts")).runVoteUpdateCommission(account, commission, withdrawer, options),
    );
  addWalletOptions(
    vote
      .command("update-validator")
      .description("give a vote account to another identity")
      .addArgument(voteArgument())
      .addArgument(textArgument("<identity key file>", "of the new identity"))
      .addArgument(withdrawerArgument()),
  )
    .addHelpText("after", example("vote update-validator <vote account> new-identity.json withdrawer.json"))
    .action(async (account, identity, withdrawer, options) =>
      (await import("../commands/vote-update.ts")).runVoteUpdateValidator(account, identity, withdrawer, options),
    );
}

function addAuthorizing(vote: Command, name: string, kind: "Voter" | "Withdrawer", description: string): void {
  addWalletOptions(
    vote
      .command(`authorize-${name}`)
      .description(description)
      .addArgument(voteArgument())
      .addArgument(textArgument("<authority key file>", "of the present authority"))
      .addArgument(textArgument("<new authority>", "address or key file")),
  )
    .addHelpText("after", example(`vote authorize-${name} <vote account> authority.json <new authority>`))
    .action(async (account, authority, newAuthority, options) =>
      (await import("../commands/vote-update.ts")).runVoteAuthorize(kind, account, authority, newAuthority, options),
    );
}

function addWithdrawing(vote: Command): void {
  const withdrawerOption = () =>
    textOption("--authorized-withdrawer <file>", "key file of the authorized withdrawer (default: --keypair)");
  const toArgument = () => textArgument("<to>", "address or key file of the recipient");
  addWalletOptions(
    vote
      .command("withdraw")
      .description("take coins out above the rent reserve")
      .addArgument(voteArgument())
      .addArgument(toArgument())
      .addArgument(textArgument("<amount>", "SOL, or ALL above the rent reserve").argParser(parseAmountOrAll)),
  )
    .addOption(withdrawerOption())
    .addHelpText("after", example("vote withdraw <vote account> me.json ALL --keypair withdrawer.json"))
    .action(async (account, to, amount, options) =>
      (await import("../commands/vote-withdraw.ts")).runVoteWithdraw(account, to, amount, options),
    );
  addWalletOptions(
    vote
      .command("close")
      .description("take everything out; the account is gone")
      .addArgument(voteArgument())
      .addArgument(toArgument()),
  )
    .addOption(withdrawerOption())
    .addHelpText("after", example("vote close <vote account> me.json --keypair withdrawer.json"))
    .action(async (account, to, options) =>
      (await import("../commands/vote-withdraw.ts")).runVoteWithdraw(account, to, "CLOSE", options),
    );
}

/** The solana CLI's words for what to sort by. */
export const validatorSortKeys = [
  "delinquent",
  "commission",
  "credits",
  "identity",
  "last-vote",
  "root",
  "skip-rate",
  "stake",
  "version",
  "vote-account",
] as const;

function addValidators(program: Command): void {
  program
    .command("validators")
    .description("validators, their stakes and records")
    .addOption(new Option("--sort <key>", "by what, ascending (default: stake)").choices(validatorSortKeys))
    .addOption(new Option("-r, --reverse", "the other way round"))
    .addOption(new Option("-n, --number", "number the rows"))
    .addOption(new Option("--keep-unstaked-delinquents", "show delinquent validators without stake too"))
    .addOption(
      count("--delinquent-slot-distance <slots>", "behind by so many, a validator counts as delinquent", 1, 2 ** 40),
    )
    .addOption(urlOption())
    .addOption(outputOption())
    .addHelpText("after", example("validators --sort credits --reverse"))
    .action(async (options) => (await import("../commands/validators.ts")).runValidators(options));
}
