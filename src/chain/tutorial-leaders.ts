/**
 * The tutorial's leaders, number for number: a free-running Proof of History over hex text, and Python's
 * `random.choices` seeded anew from its hash at every slot.
 *
 *     "genesis" ──1 hash──> state at slot 0 ──1000 hashes──> slot 1 ──1000 hashes──> slot 2 …
 *                                                             └ seed = int(hash, 16) % 2**32
 *                                                               random.choices(validators, weights = stakes)
 *
 * It shows a weakness: nothing mixes into this clock, so that anyone computes every leader of the future today; and
 * 32 bits of seed are few enough to search.
 *
 * Python's numbers are doubles. This is the one module of the protocol where floats are allowed, because its rule is
 * theirs; only +, * and comparisons are used, which IEEE 754 rounds alike on every engine.
 * Rule: CPython `Lib/random.py` (choices), `Modules/_randommodule.c` (init_by_array, genrand_res53).
 */
import { mersenneFromState } from "pure-rand/generator/mersenne";
import { assert } from "../base/assert.ts";
import { hexHashChain } from "../base/sha256.ts";

/** Where the tutorial's clock stands; plain data, to go on from. */
export type TutorialClock = {
  readonly slot: number;
  /** 64 hex digits: the PoH hash of this slot. */
  readonly hash: string;
};

export type TutorialStake = bigint | number;

/** Hashes from one slot to the next. */
export const tutorialHashesPerSlot = 1000;

/** Slots that a caller from outside may ask for in one call: some minutes of hashing. */
const slotsAtOnceMax = 1_000_000;

/** The clock at slot 0, the genesis block: one hash after the seed text. */
export function createTutorialClock(seed: string): TutorialClock {
  return { slot: 0, hash: hexHashChain(seed, 1) };
}

/** The clock so many slots later. */
export function advanceTutorialClock(clock: TutorialClock, slots: number): TutorialClock {
  assert(Number.isSafeInteger(slots) && slots >= 0, `not a count of slots: ${slots}`);
  return { slot: clock.slot + slots, hash: hexHashChain(clock.hash, slots * tutorialHashesPerSlot) };
}

/**
 * The index of the leader that a slot's PoH hash elects. Stakes are above 0, in the order in which the validators
 * registered; as in the tutorial they count as doubles (a bigint above 2^53 is rounded).
 */
export function drawTutorialLeader(hash: string, stakes: readonly TutorialStake[]): number {
  return findLeader(hash, computeCumulativeStakes(stakes));
}

/** The leaders' indices of the `slots` slots after the clock's, and the clock after them. */
export function drawTutorialLeaders(
  clock: TutorialClock,
  stakes: readonly TutorialStake[],
  slots: number,
): { readonly leaders: number[]; readonly clock: TutorialClock } {
  const cumulativeStakes = computeCumulativeStakes(stakes);
  const leaders: number[] = [];
  let reached = clock;
  for (let i = 0; i < slots; i++) {
    reached = advanceTutorialClock(reached, 1);
    leaders.push(findLeader(reached.hash, cumulativeStakes));
  }
  return { leaders, clock: reached };
}

/**
 * The index of the leader of each of slots 1 to `slots` of the chain that starts from this seed text.
 *
 * @param input stakes in the order of registration, each a number above 0 or an entry that has one as its `stake`; at
 *   most a million slots, some minutes of work
 * @throws TypeError, RangeError: a message that says what was wrong, what is expected, and what to do.
 */
export function computeTutorialLeaders(input: {
  readonly seed: string;
  readonly stakes: readonly (TutorialStake | { readonly stake: TutorialStake })[];
  readonly slots: number;
}): number[] {
  const { seed, slots } = input;
  if (typeof seed !== "string") throw new TypeError(`seed is ${String(seed)}; give a text, such as "genesis"`);
  if (!Number.isSafeInteger(slots)) throw new TypeError(`slots is ${String(slots)}; give a whole number`);
  if (slots < 0 || slots > slotsAtOnceMax)
    throw new RangeError(
      `slots is ${slots}; give 0 to ${slotsAtOnceMax}, as each costs ${tutorialHashesPerSlot} hashes`,
    );
  return drawTutorialLeaders(createTutorialClock(seed), requireStakes(input.stakes), slots).leaders;
}

function requireStakes(stakes: Parameters<typeof computeTutorialLeaders>[0]["stakes"]): TutorialStake[] {
  if (!Array.isArray(stakes) || stakes.length === 0)
    throw new TypeError("stakes is not a list of at least one; give [1000n, 500n, …]");
  return (stakes as readonly (TutorialStake | { readonly stake: TutorialStake })[]).map((entry, index) => {
    const stake: unknown = typeof entry === "object" && entry !== null ? entry.stake : entry;
    if (typeof stake !== "bigint" && typeof stake !== "number")
      throw new TypeError(`stakes[${index}] is ${String(stake)}; give a bigint or a number`);
    if (!(stake > 0) || !Number.isFinite(Number(stake)))
      throw new RangeError(`stakes[${index}] is ${stake}; give a stake above 0`);
    return stake;
  });
}

/**
 * The index of the leader of each of `slots` slots from `firstSlot` on, for a chain whose slots are the tutorial's.
 * Slot 0 is the genesis block, which nobody leads; its own draw stands in its place.
 */
export function createTutorialSchedule(input: {
  readonly seed: string;
  readonly stakes: readonly TutorialStake[];
  readonly firstSlot: number;
  readonly slots: number;
}): number[] {
  const { seed, stakes, firstSlot, slots } = input;
  if (slots === 0) return [];
  const first = tutorialClockAt(seed, firstSlot);
  const rest = drawTutorialLeaders(first, stakes, slots - 1);
  remember(seed, rest.clock);
  return [drawTutorialLeader(first.hash, stakes), ...rest.leaders];
}

// Clocks reached, newest last: an epoch's schedule goes on where the one before it ended. It changes no result.
const reachedClocks: { readonly seed: string; readonly clock: TutorialClock }[] = [];
const reachedClocksMax = 64;

function remember(seed: string, clock: TutorialClock): void {
  if (reachedClocks.some((reached) => reached.seed === seed && reached.clock.slot === clock.slot)) return;
  if (reachedClocks.length === reachedClocksMax) reachedClocks.shift();
  reachedClocks.push({ seed, clock });
}

/** The clock at a slot, from the nearest one known before it. */
export function tutorialClockAt(seed: string, slot: number): TutorialClock {
  let nearest: TutorialClock | null = null;
  for (const { seed: reachedSeed, clock } of reachedClocks) {
    if (reachedSeed !== seed || clock.slot > slot) continue;
    if (nearest === null || clock.slot > nearest.slot) nearest = clock;
  }
  nearest ??= createTutorialClock(seed);
  return advanceTutorialClock(nearest, slot - nearest.slot);
}

/** Python: `list(accumulate(weights))`. */
function computeCumulativeStakes(stakes: readonly TutorialStake[]): number[] {
  assert(stakes.length > 0, "there is no stake to draw from");
  let sum = 0;
  return stakes.map((stake) => {
    const weight = Number(stake);
    assert(Number.isFinite(weight) && weight > 0, `not a stake: ${stake}`);
    sum += weight;
    return sum;
  });
}

/** Python: `bisect(cum_weights, random() * total, 0, n - 1)`: the first sum above the draw, or the last. */
function findLeader(hash: string, cumulativeStakes: readonly number[]): number {
  assert(/^[0-9a-f]{64}$/.test(hash), `not a PoH hash in hex: ${hash}`);
  const last = cumulativeStakes.length - 1;
  const draw = drawUnit(Number.parseInt(hash.slice(-8), 16)) * cumulativeStakes[last]!;
  let low = 0;
  let high = last;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (draw < cumulativeStakes[middle]!) high = middle;
    else low = middle + 1;
  }
  return low;
}

const stateLength = 624;

/** Python: `random.seed(seed)`, then the first `random()`: 53 bits from two words. */
function drawUnit(seed: number): number {
  const twister = mersenneFromState([0, ...computePythonState(seed)]);
  // The generator renews each word of its state after giving it, and so expects renewed ones; Python's are fresh from
  // the seed. Once around, every word is renewed.
  for (let i = 0; i < stateLength; i++) twister.next();
  const high = (twister.next() >>> 5) * 0x400_0000;
  return (high + (twister.next() >>> 6)) * (1 / 0x20_0000_0000_0000);
}

/** The Mersenne Twister's init_by_array for a key of one word: what Python makes of a 32-bit seed. */
function computePythonState(seed: number): number[] {
  const state = [19650218];
  for (let i = 1; i < stateLength; i++) {
    const before = state[i - 1]!;
    state.push((Math.imul(1812433253, before ^ (before >>> 30)) + i) | 0);
  }
  let at = 1;
  const stirred = (factor: number, added: number) => {
    const before = state[at - 1]!;
    state[at] = ((state[at]! ^ Math.imul(before ^ (before >>> 30), factor)) + added) | 0;
    at++;
    if (at === stateLength) {
      state[0] = state[stateLength - 1]!;
      at = 1;
    }
  };
  for (let i = 0; i < stateLength; i++) stirred(1664525, seed);
  for (let i = 1; i < stateLength; i++) stirred(1566083941, -at);
  state[0] = 0x80000000 | 0;
  return state;
}
