/**
 * What a stake counts, told as the solana CLI does: from the Clock and StakeHistory sysvars, and the account that says from
 * which epoch on stake moves at the reduced rate.
 */
import * as v from "valibot";
import { ByteReader, DecodeError } from "../base/bytes.ts";
import type { Account } from "../chain/account.ts";
import {
  clockSysvarAddress,
  featureProgramAddress,
  reducedWarmupFeatureAddress,
  stakeHistorySysvarAddress,
} from "../chain/addresses.ts";
import { createEpochSchedule, epochAt } from "../chain/epoch-schedule.ts";
import { slotOf } from "../chain/ids.ts";
import type { Lockup } from "../chain/stake-account.ts";
import {
  createStakeHistory,
  type Delegation,
  type StakeActivation,
  type StakeHistory,
  stakeActivationAt,
  stakeActivationInstant,
} from "../chain/stake-activation.ts";
import { readAccounts } from "./account-reader.ts";
import { CommandFailure } from "./failure.ts";
import { count, type RpcClient } from "./rpc-client.ts";

export type StakeClock = {
  readonly epoch: bigint;
  readonly unixTimestamp: bigint;
  /** In the current epoch. */
  statusOf(delegation: Delegation): StakeActivation;
};

const epochInfoSchema = v.object({ stakeWarmup: v.optional(v.string()) });

export const epochScheduleSchema = v.object({ slotsPerEpoch: count, warmup: v.boolean() });

export async function readStakeClock(client: RpcClient): Promise<StakeClock> {
  const addresses = [clockSysvarAddress, stakeHistorySysvarAddress, reducedWarmupFeatureAddress];
  const [clock, history, feature] = await readAccounts(client, addresses);
  if (!clock || !history) throw new CommandFailure(`${client.url} has no Clock or StakeHistory sysvar`);
  const { epoch, unixTimestamp } = decodeClock(client, clock);
  const stakeHistory = decodeHistory(client, history);
  const { stakeWarmup } = await client.call("getEpochInfo", [{ commitment: "confirmed" }], epochInfoSchema);
  const reducedFrom = await readReducedRateEpoch(client, feature ?? null);
  return {
    epoch,
    unixTimestamp,
    statusOf: (delegation) =>
      stakeWarmup === "instant"
        ? stakeActivationInstant(delegation, epoch)
        : stakeActivationAt(delegation, epoch, stakeHistory, reducedFrom),
  };
}

/** Slot, start of the epoch, epoch, epoch of the newest schedule, time: 8 bytes each. */
function decodeClock(client: RpcClient, { data }: Account) {
  return readBytes(client, data, (reader) => {
    reader.bytes(16);
    const epoch = reader.u64();
    reader.bytes(8);
    return { epoch, unixTimestamp: BigInt.asIntN(64, reader.u64()) };
  });
}

/** A count, then epoch, effective, activating and deactivating stake: 8 bytes each. */
function decodeHistory(client: RpcClient, { data }: Account): StakeHistory {
  return readBytes(client, data, (reader) =>
    createStakeHistory(
      Array.from({ length: reader.count() }, () => ({
        epoch: reader.u64(),
        effective: reader.u64(),
        activating: reader.u64(),
        deactivating: reader.u64(),
      })),
    ),
  );
}

function readBytes<T>(client: RpcClient, data: Uint8Array, read: (reader: ByteReader) => T): T {
  try {
    return read(new ByteReader(data));
  } catch (error) {
    if (error instanceof DecodeError || error instanceof RangeError)
      throw new CommandFailure(`${client.url} has sysvars of another shape than Solana's`, { cause: error });
    throw error;
  }
}

/** The feature's account: a byte that says it is active, and the slot since when. */
async function readReducedRateEpoch(client: RpcClient, feature: Account | null): Promise<bigint | null> {
  if (feature?.owner !== featureProgramAddress || feature.data.length < 9 || feature.data[0] !== 1) return null;
  const slot = new DataView(feature.data.buffer, feature.data.byteOffset).getBigUint64(1, true);
  if (slot > BigInt(Number.MAX_SAFE_INTEGER)) return null;
  const { slotsPerEpoch, warmup } = await client.call("getEpochSchedule", [], epochScheduleSchema);
  return BigInt(epochAt(createEpochSchedule(slotsPerEpoch, warmup), slotOf(Number(slot))));
}

/** Whether only the custodian can have coins taken out now. */
export function isLockedAt({ unixTimestamp, epoch }: Lockup, clock: StakeClock): boolean {
  return unixTimestamp > clock.unixTimestamp || epoch > clock.epoch;
}

const activationSchema = v.object({ effective: v.union([v.number(), v.bigint()]) });
const epochsAheadMax = 32n;

/** The first epoch in which nothing of a deactivated stake counts any more, as things stand; null: not soon, or not told. */
export async function readCooledDownEpoch(
  client: RpcClient,
  address: string,
  clock: StakeClock,
): Promise<bigint | null> {
  for (let epoch = clock.epoch + 1n; epoch <= clock.epoch + epochsAheadMax; epoch++) {
    const parameters = [address, Number(epoch), { commitment: "confirmed" }];
    const activation = await client
      .call("escapement_getStakeActivation", parameters, activationSchema)
      .catch((error: unknown) => {
        // With much stake on its way the devnet does not look so far ahead.
        if (error instanceof CommandFailure) return null;
        throw error;
      });
    if (activation === null) return null;
    if (BigInt(activation.effective) === 0n) return epoch;
  }
  return null;
}
