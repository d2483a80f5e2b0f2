/** What a whole-chain verification found, in a sentence. */
export type FailedVerification = {
  /** Of the first bad block, from 0; -1: genesis. */
  readonly index: number;
  readonly code: string;
  readonly facts: Readonly<Record<string, unknown>>;
};

/** `verification failed at block 17 (slot 18): state-hash-wrong; stateHash 7x…, computed 9f…` */
export function describeVerification({ index, code, facts }: FailedVerification): string {
  const { slot, ...rest } = facts;
  const place = index < 0 ? "genesis" : `block ${index + 1}${slot === undefined ? "" : ` (slot ${String(slot)})`}`;
  const seen = Object.entries(rest).map(([name, value]) => `${name} ${String(value)}`);
  return `verification failed at ${place}: ${code}${seen.length === 0 ? "" : `; ${seen.join(", ")}`}`;
}
