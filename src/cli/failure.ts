/**
 * The two ways in which a command can fail, by exit code. Both carry one clear sentence for a person; the border in
 * main.ts prints it without a stack trace. Any other error is our own mistake and does show its stack.
 *
 *     0   done
 *     1   the thing failed: a verification, a transaction, no devnet at the URL      CommandFailure
 *     2   wrong usage: a flag, an argument, a file given                             UsageError
 */
export const exitCodes = { ok: 0, failed: 1, usage: 2 } as const;

export class CommandFailure extends Error {
  override readonly name = "CommandFailure";
  /** Further lines, such as a transaction's logs. */
  readonly details: readonly string[];

  constructor(message: string, options: { readonly details?: readonly string[]; readonly cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.details = options.details ?? [];
  }
}

export class UsageError extends Error {
  override readonly name = "UsageError";
}
