/**
 * The accounts that every chain begins with, though its genesis text does not list them: the sysvars, which follow from
 * what it says, and 130 kB of zeros tell nobody anything.
 *
 *     genesis text ──> accounts listed in it
 *          └──rules──> sysvars, and the switch of warm-up rates: with the lamports that make them rent-exempt, which
 *                      are part of the supply
 */

import { assertDefined } from "../base/assert.ts";
import { ByteWriter } from "../base/bytes.ts";
import type { Account } from "./account.ts";
import { createPiecedAccount, type DataPieces } from "./account-data.ts";
import {
  clockSysvarAddress,
  epochRewardsSysvarAddress,
  epochScheduleSysvarAddress,
  featureProgramAddress,
  recentBlockhashesSysvarAddress,
  reducedWarmupFeatureAddress,
  rentSysvarAddress,
  slotHashesSysvarAddress,
  slotHistorySysvarAddress,
  stakeHistorySysvarAddress,
  sysvarOwnerAddress,
} from "./addresses.ts";
import { createEpochSchedule, epochAt, firstSlotOf } from "./epoch-schedule.ts";
import type { Genesis } from "./genesis.ts";
import { type Address, epochOf, type Hash, type Slot, slotOf } from "./ids.ts";
import type { ChainParams } from "./params.ts";
import { leastBalance } from "./rent.ts";
import { createSlotHistory, slotHistoryBytes } from "./slot-history.ts";
import type { StakeHistory } from "./stake-activation.ts";
import {
  clockBytes,
  createEmptyList,
  encodeClock,
  encodeEpochRewards,
  encodeEpochSchedule,
  encodeRecentBlockhash,
  encodeRent,
  encodeStakeHistory,
  epochRewardsBytes,
  epochScheduleBytes,
  listBytes,
  prependEntry,
  recentBlockhashesLayout,
  rentBytes,
  slotHashesLayout,
  stakeHistoryLayout,
} from "./sysvar-layouts.ts";

/** Bytes of data, by address. They never change. */
export const sysvarSizes: ReadonlyMap<Address, number> = new Map([
  [clockSysvarAddress, clockBytes],
  [epochRewardsSysvarAddress, epochRewardsBytes],
  [epochScheduleSysvarAddress, epochScheduleBytes],
  [recentBlockhashesSysvarAddress, listBytes(recentBlockhashesLayout)],
  [rentSysvarAddress, rentBytes],
  [slotHashesSysvarAddress, listBytes(slotHashesLayout)],
  [slotHistorySysvarAddress, slotHistoryBytes],
  [stakeHistorySysvarAddress, listBytes(stakeHistoryLayout)],
]);

const featureBytes = 9;

type GenesisFacts = Pick<Genesis, "params" | "creationTime" | "firstSlot">;

/** In no order; the history is what the chain knows of stakes when it begins. */
export function genesisSysvarAccounts(
  { params, creationTime, firstSlot }: GenesisFacts,
  genesisHash: Hash,
  stakeHistory: StakeHistory,
): [Address, Account][] {
  const schedule = createEpochSchedule(params.slotsPerEpoch, params.epochWarmup);
  const clock = {
    slot: firstSlot,
    epochStartTimestamp: creationTime,
    epoch: epochAt(schedule, firstSlot),
    unixTimestamp: creationTime,
  };
  const blockhash = encodeRecentBlockhash(genesisHash, params.lamportsPerSignature);
  const flat: [Address, Uint8Array][] = [
    [clockSysvarAddress, encodeClock(clock)],
    [epochRewardsSysvarAddress, encodeEpochRewards(null)],
    [epochScheduleSysvarAddress, encodeEpochSchedule(schedule)],
    [rentSysvarAddress, encodeRent(params)],
    [stakeHistorySysvarAddress, encodeStakeHistory(stakeHistory)],
  ];
  const head = (bytes: number, owner: Address) => ({
    lamports: leastBalance(bytes, params),
    owner,
    executable: false,
  });
  const sysvarHead = (address: Address) =>
    head(assertDefined(sysvarSizes.get(address), "every sysvar has its size"), sysvarOwnerAddress);
  const noBlockhashes = createEmptyList(recentBlockhashesLayout);
  const pieced: [Address, DataPieces][] = [
    [recentBlockhashesSysvarAddress, prependEntry(noBlockhashes, blockhash, recentBlockhashesLayout)],
    // Ancestors alone, and genesis has none.
    [slotHashesSysvarAddress, createEmptyList(slotHashesLayout)],
    [slotHistorySysvarAddress, createSlotHistory(firstSlot)],
  ];
  const accounts: [Address, Account][] = [];
  for (const [address, data] of flat) accounts.push([address, { ...sysvarHead(address), data }]);
  for (const [address, pieces] of pieced) accounts.push([address, createPiecedAccount(sysvarHead(address), pieces)]);
  const slot = reducedRateSlotOf(params);
  if (slot !== null) {
    const data = new ByteWriter(featureBytes).u8(1).count(slot).finish();
    accounts.push([reducedWarmupFeatureAddress, { ...head(featureBytes, featureProgramAddress), data }]);
  }
  return accounts;
}

/** What these accounts hold, part of the supply from the beginning. */
export function genesisSysvarLamports(params: ChainParams): bigint {
  const sizes = [...sysvarSizes.values()];
  if (reducedRateSlotOf(params) !== null) sizes.push(featureBytes);
  return sizes.reduce((sum, bytes) => sum + leastBalance(bytes, params), 0n);
}

/** Whether a genesis may not list the address, because the rules put an account there (or, the switch, may). */
export function isGenesisSysvar(address: Address): boolean {
  return sysvarSizes.has(address) || address === reducedWarmupFeatureAddress;
}

/** The first slot of the epoch from which on the reduced rate counts; null when no number tells it: then it never does. */
function reducedRateSlotOf(params: ChainParams): Slot | null {
  const { stakeReducedRateEpoch: epoch, slotsPerEpoch, epochWarmup } = params;
  // Warm-up epochs are shorter, so this bound holds for them as well.
  if (epoch * slotsPerEpoch > Number.MAX_SAFE_INTEGER) return null;
  return slotOf(firstSlotOf(createEpochSchedule(slotsPerEpoch, epochWarmup), epochOf(epoch)));
}
