/**
 * One command line: parsed, run, and every failure turned into one sentence and an exit code.
 *
 *     $ escapement sim run --slots abc
 *     escapement sim run: option '--slots <n>' argument 'abc' is invalid. Give a whole number … Try `escapement sim run --help`.
 */
import type { Command, CommanderError } from "commander";
import { KernelError } from "../host/poh-kernel.ts";
import { CommandFailure, exitCodes, UsageError } from "./failure.ts";
import { createProgram } from "./program.ts";
import { suggestCommand } from "./unknown-command.ts";

/** Commander's own stop: help was shown, or the words typed make no command. */
class Stop {
  readonly error: CommanderError;
  readonly command: Command;

  constructor(error: CommanderError, command: Command) {
    this.error = error;
    this.command = command;
  }
}

function pathOf(command: Command): string {
  return command.parent === null ? command.name() : `${pathOf(command.parent)} ${command.name()}`;
}

function prepare(command: Command): void {
  command.configureOutput({ outputError: () => {} });
  command.exitOverride((error) => {
    throw new Stop(error, command);
  });
  for (const inner of command.commands) prepare(inner);
}

/** Runs one command line; the exit code. What it prints goes to this process's stdout and stderr. */
export async function runCommand(argv: readonly string[]): Promise<number> {
  const firstWord = argv.findIndex((argument) => !argument.startsWith("-"));
  const ownFlags = firstWord === -1 ? argv : argv.slice(0, firstWord);
  const program = createProgram();
  prepare(program);
  try {
    if (ownFlags.includes("--version") || ownFlags.includes("-V")) {
      const { printVersion } = await import("./commands/version.ts");
      printVersion(ownFlags.includes("--verbose"));
      return exitCodes.ok;
    }
    await program.parseAsync(argv, { from: "user" });
    return exitCodes.ok;
  } catch (error) {
    return explain(error);
  }
}

/** Says what went wrong; the exit code. */
function explain(error: unknown): number {
  if (error instanceof Stop) return explainStop(error);
  if (error instanceof KernelError) return complain(error.message, exitCodes.usage);
  if (error instanceof UsageError) return complain(error.message, exitCodes.usage);
  if (error instanceof CommandFailure) return complain([error.message, ...error.details].join("\n"), exitCodes.failed);
  throw error;
}

function explainStop({ error, command }: Stop): number {
  // Help that was asked for has exit code 0; help instead of a missing subcommand was printed to stderr.
  if (error.exitCode === 0) return exitCodes.ok;
  const path = pathOf(command);
  if (error.code === "commander.help")
    return complain(`\n${path}: give one of the commands above.`, exitCodes.usage, "");
  const problem = error.message.replace(/^error: /, "").replace(/\s*\n\s*/g, " ");
  const hint = error.code === "commander.unknownCommand" ? suggestionFor(command) : null;
  // Ours stands in the place of commander's, which goes by likeness of letters alone.
  const told = hint === null ? problem : `${problem.replace(/ \(Did you mean .*\)$/, "")} (${hint})`;
  const end = /[.?!)]$/.test(told) ? "" : ".";
  return complain(`${path}: ${told}${end} Try \`${path} --help\`.`, exitCodes.usage, "");
}

function suggestionFor(command: Command): string | null {
  const names = command.commands.map((each) => each.name());
  return suggestCommand(command.args[0] ?? "", names);
}

function complain(message: string, exitCode: number, prefix = "escapement: "): number {
  process.stderr.write(`${prefix}${message}\n`);
  return exitCode;
}
