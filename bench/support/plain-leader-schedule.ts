/** The leader schedule as one would first write it: bigints throughout, binary search. What the library's is compared with. */
import { createChaCha20 } from "../../src/base/chacha20.ts";

export type PlainStake = { readonly voteAccount: string; readonly identity: string; readonly stake: bigint };

/** For stakes without ties. */
export function computePlainSchedule(stakes: readonly PlainStake[], epoch: number, rotations: number): string[] {
  const entries = [...stakes].sort((a, b) => (a.stake > b.stake ? -1 : 1));
  const ends = new BigUint64Array(entries.length);
  let total = 0n;
  for (const [index, { stake }] of entries.entries()) {
    total += stake;
    ends[index] = total;
  }
  const zone = 2n ** 64n - 1n - (2n ** 64n % total);
  const key = new Uint8Array(32);
  new DataView(key.buffer).setBigUint64(0, BigInt(epoch), true);
  const source = createChaCha20(key);
  const leaders: string[] = [];
  while (leaders.length < rotations) {
    const product = source.nextU64() * total;
    if (BigInt.asUintN(64, product) > zone) continue;
    const draw = product >> 64n;
    let low = 0;
    let high = ends.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (ends[middle]! > draw) high = middle;
      else low = middle + 1;
    }
    leaders.push(entries[low]!.voteAccount);
  }
  return leaders;
}
