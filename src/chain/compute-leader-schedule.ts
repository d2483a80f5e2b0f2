/**
 * The library's leader schedule: any policy, any epoch, from plain values.
 *
 *     computeLeaderSchedule({ policy: "solana", epoch: 980, stakes, slotsPerEpoch: 432_000, slotsPerRotation: 4 })
 *     // { epoch: 980, slotsPerRotation: 4, rotations: […] }      108,000 vote accounts
 */
import { parseHashInput } from "./hash-text.ts";
import { type Address, lamportsOf, parseAddress, u64Max } from "./ids.ts";
import { computeLeaderSeed, drawLeaders, orderStakes, solanaLeaderKey } from "./leader-schedule.ts";
import { type LeaderPolicy, tutorialSlotsMax } from "./params.ts";
import type { StakeEntry } from "./stake-table.ts";
import { drawTutorialLeaders, tutorialClockAt, tutorialHashesPerSlot } from "./tutorial-leaders.ts";

export type LeaderScheduleInput = {
  readonly policy: LeaderPolicy;
  /** 0 to 2^64 - 1. */
  readonly epoch: number | bigint;
  /** Base58 addresses, stake in lamports. */
  readonly stakes: readonly { readonly voteAccount: string; readonly identity: string; readonly stake: bigint }[];
  readonly slotsPerEpoch: number;
  readonly slotsPerRotation: number;
  /** `poh`: the PoH hash, as 32 bytes, 64 hex digits or base58. `tutorial`: the seed text. `solana`: none. */
  readonly seed?: Uint8Array | string;
};

export type LeaderScheduleResult = {
  /** As given. */
  readonly epoch: number | bigint;
  readonly slotsPerRotation: number;
  /** The vote account of each rotation: rotation i leads slots i * slotsPerRotation … of the epoch. */
  readonly rotations: Address[];
};

const rotationsMax = 10_000_000;
const tutorialSeed = "genesis";

/**
 * The vote account that leads each rotation of an epoch; ceil(slotsPerEpoch / slotsPerRotation) of them.
 *
 * - `solana`: as on Solana's mainnet and testnet. The seed is the epoch number.
 * - `poh`: the same draws, keyed with sha256("escapement:leader-seed:v1" || seed || epoch as u64, little-endian).
 * - `tutorial`: the tutorial's own sequence. Its slot 0 is the genesis block, so that epoch e covers slots
 *   e * slotsPerEpoch + 1 to (e + 1) * slotsPerEpoch. Stakes count in the order given, and slotsPerRotation must be 1.
 *   `seed` is the clock's seed text, "genesis" unless told. The clock runs from its beginning to the epoch's end: at
 *   most a million slots.
 *
 * For `solana` and `poh` the order of `stakes` does not matter, entries without stake are left out, and of entries equal
 * in address and stake one counts. An address that repeats with another stake counts for each of its entries.
 *
 * @throws TypeError, RangeError: a message that says what was wrong, what is expected, and what to do.
 */
export function computeLeaderSchedule(input: LeaderScheduleInput): LeaderScheduleResult {
  const { policy, epoch, slotsPerEpoch, slotsPerRotation } = input;
  requireCount(slotsPerEpoch, "slotsPerEpoch");
  requireCount(slotsPerRotation, "slotsPerRotation");
  requireEpoch(epoch);
  const rotationsCount = Math.ceil(slotsPerEpoch / slotsPerRotation);
  if (rotationsCount > rotationsMax)
    throw new RangeError(`an epoch has ${rotationsCount} rotations; at most ${rotationsMax}: make epochs shorter`);
  const stakes = requireStakes(input.stakes);
  if (policy === "tutorial") return { epoch, slotsPerRotation, rotations: drawTutorialRotations(input, stakes) };
  const entries = orderStakes(stakes);
  const drawn = drawLeaders(entries, requireKey(input), rotationsCount);
  return { epoch, slotsPerRotation, rotations: nameLeaders(entries, drawn) };
}

/** By itself it is compiled soon, also where no schedule was asked for before. */
function nameLeaders(entries: readonly StakeEntry[], drawn: Uint32Array): Address[] {
  const names = entries.map(({ voteAccount }) => voteAccount);
  const leaders = new Array<Address>(drawn.length);
  for (let rotation = 0; rotation < drawn.length; rotation++) leaders[rotation] = names[drawn[rotation]!]!;
  return leaders;
}

function requireCount(value: unknown, name: string): void {
  if (!Number.isSafeInteger(value)) throw new TypeError(`${name} is ${String(value)}; give a whole number`);
  if ((value as number) < 1) throw new RangeError(`${name} is ${value}; give 1 or more`);
}

function requireEpoch(epoch: unknown): void {
  if (typeof epoch !== "bigint" && !Number.isSafeInteger(epoch))
    throw new TypeError(`epoch is ${String(epoch)}; give a whole number, above 2^53 - 1 as a bigint`);
  if ((epoch as number | bigint) < 0 || (epoch as number | bigint) > u64Max)
    throw new RangeError(`epoch is ${epoch}; give 0 to 2^64 - 1`);
}

function requireStakes(stakes: LeaderScheduleInput["stakes"]): StakeEntry[] {
  if (!Array.isArray(stakes)) throw new TypeError("stakes is not a list; give [{ voteAccount, identity, stake }, …]");
  let total = 0n;
  const parsed = (stakes as LeaderScheduleInput["stakes"]).map(({ voteAccount, identity, stake }, index) => {
    if (typeof stake !== "bigint")
      throw new TypeError(
        `stakes[${index}].stake is ${String(stake)}; give lamports as a bigint, such as 1_000_000_000n`,
      );
    if (stake < 0n) throw new RangeError(`stakes[${index}].stake is ${stake}; give 0 or more lamports`);
    total += stake;
    if (total > u64Max)
      throw new RangeError(`stakes up to stakes[${index}] add up to ${total}; give at most 2^64 - 1 lamports in all`);
    return {
      voteAccount: requireAddress(voteAccount, index, "voteAccount"),
      identity: requireAddress(identity, index, "identity"),
      stake: lamportsOf(stake),
    };
  });
  if (total === 0n) throw new RangeError("stakes add up to nothing; give at least one entry with stake above 0");
  return parsed;
}

function requireAddress(text: unknown, index: number, name: string): Address {
  const address = typeof text === "string" ? parseAddress(text) : null;
  if (address === null)
    throw new TypeError(`stakes[${index}].${name} is ${String(text)}; give an address: base58 of 32 bytes`);
  return address;
}

/** The ChaCha20 key of a policy that draws with it. */
function requireKey({ policy, epoch, seed }: LeaderScheduleInput): Uint8Array {
  if (policy === "solana") {
    if (seed !== undefined)
      throw new TypeError('policy "solana" is seeded by the epoch; leave seed out, or choose policy "poh"');
    return solanaLeaderKey(epoch);
  }
  if (policy !== "poh") throw new TypeError(`policy is ${String(policy)}; give "poh", "solana" or "tutorial"`);
  if (seed === undefined) throw new TypeError('policy "poh" needs a seed; give the PoH hash the epoch is drawn from');
  const hash = parseHashInput(seed);
  if (hash === null)
    throw new TypeError('seed is not a hash; for policy "poh" give 32 bytes, 64 hex digits, or base58 of 32 bytes');
  return computeLeaderSeed(hash, epoch);
}

function drawTutorialRotations(input: LeaderScheduleInput, stakes: readonly StakeEntry[]): Address[] {
  const { epoch, slotsPerEpoch, slotsPerRotation, seed = tutorialSeed } = input;
  if (slotsPerRotation !== 1)
    throw new RangeError(`slotsPerRotation is ${slotsPerRotation}; policy "tutorial" draws every slot: give 1`);
  if (typeof seed !== "string")
    throw new TypeError('seed is not a text; policy "tutorial" starts its clock from a text');
  const empty = stakes.findIndex(({ stake }) => stake === 0n);
  if (empty !== -1) throw new RangeError(`stakes[${empty}].stake is 0; policy "tutorial" knows only stakes above 0`);
  const slotsBefore = BigInt(epoch) * BigInt(slotsPerEpoch);
  if (slotsBefore + BigInt(slotsPerEpoch) > BigInt(tutorialSlotsMax))
    throw new RangeError(
      `epoch ${epoch} ends ${tutorialHashesPerSlot} hashes a slot past slot ${tutorialSlotsMax}; give an earlier epoch`,
    );
  const clock = tutorialClockAt(seed, Number(slotsBefore));
  const weights = stakes.map(({ stake }) => stake);
  return drawTutorialLeaders(clock, weights, slotsPerEpoch).leaders.map((index) => stakes[index]!.voteAccount);
}
