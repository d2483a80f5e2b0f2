/**
 * The two ways in which a command can fail, by exit code. Both carry one clear sentence for a person; the border in
 * main.ts prints it without a stack trace. Any other error is our own mistake and does show its stack.
 *
 *     0   done
 *     1   the thing failed: a verification, a transaction, no devnet at the URL      CommandFailure
 *     2   wrong usage: a flag, an argument, a file given                             UsageError
 */
export const exitCodes = { ok: 0, failed: 1, usage: 2 } as const;

type CommandFailureOptions = {
  readonly details?: readonly string[];
  readonly cause?: unknown;
  readonly data?: unknown;
};

export class CommandFailure extends Error {
  override readonly name = "CommandFailure";
  /** Further lines, such as a transaction's logs. */
  readonly details: readonly string[];
  /** What a server's error answer carried, or the error of a transaction that failed: for who can say more about it. */
  readonly data: unknown;

  constructor(message: string, options: CommandFailureOptions = {}) {
    super(message, { cause: options.cause });
    this.details = options.details ?? [];
    this.data = options.data;
  }
}

export class UsageError extends Error {
  override readonly name = "UsageError";
}
