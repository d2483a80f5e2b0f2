/** Timings of a noisy machine: several rounds, and the median beside the worst. */

export function medianOf(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2;
}

/** How long each of some calls took, in milliseconds. */
export function timeRounds(rounds: number, call: (round: number) => unknown): number[] {
  const elapsed: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const startedAt = performance.now();
    call(round);
    elapsed.push(performance.now() - startedAt);
  }
  return elapsed;
}
