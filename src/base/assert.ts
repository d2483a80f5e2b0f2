/** Thrown when we are wrong: a broken invariant. It stops the validator that hit it; it is never caught and logged over. */
export class AssertionError extends Error {
  override readonly name = "AssertionError";
}

/** Our own mistake, in production too. A stranger's mistake is a Refusal (see refusal.ts), never an assertion. */
export function assert(condition: boolean, message: string): asserts condition {
  if (!condition) throw new AssertionError(message);
}

/** The value, which our own logic says must be there. */
export function assertDefined<T>(value: T | undefined | null, message: string): T {
  if (value === undefined || value === null) throw new AssertionError(message);
  return value;
}

/** Marks a switch as complete: the compiler complains when a case is missing. */
export function assertNever(value: never): never {
  throw new AssertionError(`unexpected value ${JSON.stringify(value)}`);
}
