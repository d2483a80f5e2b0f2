/** What `leader-schedule` and `explain leader` compute from without a devnet, completed from the stakes file. */
import type { LeaderPolicy } from "../chain/params.ts";
import type { StakeEntry } from "../chain/stake-table.ts";
import { UsageError } from "./failure.ts";
import { readStakesFile } from "./files.ts";

export type OfflineLeaderOptions = {
  readonly stakes?: string;
  readonly policy?: LeaderPolicy;
  readonly epoch?: number;
  readonly slots?: number;
  readonly slotsPerRotation?: number;
  readonly firstSlot?: number;
  readonly seed?: string;
};

export type LeaderInputs = {
  readonly stakes: readonly StakeEntry[];
  readonly policy: LeaderPolicy;
  readonly epoch: number;
  readonly slots: number;
  readonly slotsPerRotation: number;
  /** Of the epoch. The tutorial's slot 0 is its genesis block, so that its epochs begin one later. */
  readonly firstSlot: number;
  readonly seed: string | undefined;
};

export function readLeaderInputs(options: OfflineLeaderOptions & { readonly stakes: string }): LeaderInputs {
  const file = readStakesFile(options.stakes);
  const epoch = options.epoch ?? file.epoch;
  const slots = options.slots ?? file.slots;
  if (epoch === null) throw new UsageError("the stakes file does not name its epoch; give --epoch");
  if (slots === null) throw new UsageError("the stakes file does not say how long its epoch is; give --slots");
  const policy = options.policy ?? "solana";
  if (policy === "poh" && options.seed === undefined)
    throw new UsageError("--policy poh draws from a PoH hash; give it with --seed, as 64 hex digits or base58");
  if (policy === "solana" && options.seed !== undefined)
    throw new UsageError("--policy solana is seeded by the epoch alone; leave out --seed, or choose --policy poh");
  const isFileEpoch = epoch === file.epoch && slots === file.slots;
  const numbered = epoch * slots + (policy === "tutorial" ? 1 : 0);
  return {
    stakes: file.stakes,
    policy,
    epoch,
    slots,
    slotsPerRotation: options.slotsPerRotation ?? (policy === "tutorial" ? 1 : 4),
    firstSlot: options.firstSlot ?? (isFileEpoch && file.firstSlot !== null ? file.firstSlot : numbered),
    seed: options.seed,
  };
}

/** Flags that mean something only together with --stakes. */
export function refuseOfflineFlags(
  options: OfflineLeaderOptions,
  names: readonly (keyof OfflineLeaderOptions)[],
): void {
  const given = names.find((name) => options[name] !== undefined);
  if (given === undefined) return;
  const flag = `--${given.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
  throw new UsageError(`${flag} is for computing without a devnet; give the stakes with --stakes, or leave it out`);
}
