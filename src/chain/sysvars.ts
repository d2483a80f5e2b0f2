/**
 * The sysvars: accounts in which the chain tells programs and clients about itself. Nobody else can write them or pay to
 * them; their sizes and lamports stay as genesis made them.
 *
 *     openBank     Clock, SlotHashes (the parent on top)          each block
 *                  StakeHistory, EpochRewards                     when they changed
 *     freezeBank   RecentBlockhashes, SlotHistory (this block)    each block
 *     never        EpochSchedule, Rent
 *
 * The order and the times are agave's: what a block's transactions could see of its own block (its blockhash, its bit) is
 * written when none can come any more.
 */
import { assertDefined } from "../base/assert.ts";
import { type Account, withData } from "./account.ts";
import { createPiecedAccount, type DataPieces, piecesOf } from "./account-data.ts";
import type { AccountsOverlay } from "./accounts-overlay.ts";
import {
  clockSysvarAddress,
  epochRewardsSysvarAddress,
  recentBlockhashesSysvarAddress,
  slotHashesSysvarAddress,
  slotHistorySysvarAddress,
  stakeHistorySysvarAddress,
} from "./addresses.ts";
import type { OpeningBank, WorkingBank } from "./bank.ts";
import { timeOf } from "./chain.ts";
import type { Address, Hash } from "./ids.ts";
import { addToSlotHistory } from "./slot-history.ts";
import {
  encodeClock,
  encodeEpochRewards,
  encodeRecentBlockhash,
  encodeSlotHash,
  encodeStakeHistory,
  epochStartTimestampIn,
  prependEntry,
  recentBlockhashesLayout,
  slotHashesLayout,
} from "./sysvar-layouts.ts";

/** After an epoch's boundary and the payment of rewards, before any transaction. */
export function writeSysvarsAtOpen(opening: OpeningBank): void {
  const { chain, parent, slot, epoch, overlay, stakeHistory, rewardsProgress } = opening;
  const unixTimestamp = timeOf(chain, slot);
  write(overlay, clockSysvarAddress, (clock) => {
    const epochStartTimestamp = epoch > parent.epoch ? unixTimestamp : epochStartTimestampIn(clock);
    return encodeClock({ slot, epochStartTimestamp, epoch, unixTimestamp });
  });
  const slotHash = encodeSlotHash(parent.slot, parent.blockId);
  writePieces(overlay, slotHashesSysvarAddress, (hashes) => prependEntry(hashes, slotHash, slotHashesLayout));
  if (stakeHistory !== parent.stakeHistory) {
    write(overlay, stakeHistorySysvarAddress, () => encodeStakeHistory(stakeHistory));
  }
  if (rewardsProgress !== parent.rewardsProgress) {
    write(overlay, epochRewardsSysvarAddress, () => encodeEpochRewards(rewardsProgress));
  }
}

/** After the last transaction and the fees, before the state is fixed. */
export function writeSysvarsAtFreeze({ overlay, slot, chain }: WorkingBank, blockhash: Hash): void {
  const entry = encodeRecentBlockhash(blockhash, chain.params.lamportsPerSignature);
  writePieces(overlay, recentBlockhashesSysvarAddress, (hashes) =>
    prependEntry(hashes, entry, recentBlockhashesLayout),
  );
  writePieces(overlay, slotHistorySysvarAddress, (history) => addToSlotHistory(history, slot));
}

function write(overlay: AccountsOverlay, address: Address, next: (data: Uint8Array) => Uint8Array): void {
  const account = sysvarIn(overlay, address);
  overlay.set(address, withData(account, next(account.data)));
}

/** For sysvars that change a little each block. */
function writePieces(overlay: AccountsOverlay, address: Address, next: (pieces: DataPieces) => DataPieces): void {
  const account = sysvarIn(overlay, address);
  overlay.set(address, createPiecedAccount(account, next(piecesOf(account))));
}

function sysvarIn(overlay: AccountsOverlay, address: Address): Account {
  return assertDefined(overlay.get(address), `the sysvar ${address} is not there`);
}
