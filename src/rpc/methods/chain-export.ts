/** What Solana has no word for: the chain itself, to be verified elsewhere, and how a leader came about. */
import { encodeHex } from "../../base/bytes.ts";
import { epochAt } from "../../chain/epoch-schedule.ts";
import type { Slot } from "../../chain/ids.ts";
import { explainDraw } from "../../chain/leader-schedule.ts";
import { leaderIn } from "../../chain/leaders.ts";
import type { ChainParams } from "../../chain/params.ts";
import { tutorialClockAt } from "../../chain/tutorial-leaders.ts";
import { encodeBase64 } from "../encode-bytes.ts";
import { findEpochRecord } from "../epoch-leaders.ts";
import { answered, failed, invalidParams } from "../errors.ts";
import type { EpochRecord, NodeView } from "../node-view.ts";
import { countSchema, method, required, slotSchema } from "../params.ts";

export const exportedBlocksMax = 1000;

/** An answer holds at least one block, and more as long as they stay below this together. */
const exportedBytesMax = 16_000_000;

/** Blocks as `encodeBlock` writes them, from `firstSlot` on, confirmed or better; `nextSlot` is where to go on, null at the end. */
export const escapementGetBlocks = method(
  [required("firstSlot", slotSchema), required("limit", countSchema("a limit", 1, exportedBlocksMax))],
  ([firstSlot, limit], { ledger }) => {
    const newest = ledger.newestSlot("confirmed");
    const slots = newest < firstSlot ? [] : ledger.slotsBetween(firstSlot, newest, "confirmed");
    const blocks: string[] = [];
    let bytesTotal = 0;
    for (const slot of slots.slice(0, limit)) {
      const bytes = ledger.bytesAt(slot);
      if (bytes === null) break;
      bytesTotal += bytes.length;
      if (blocks.length > 0 && bytesTotal > exportedBytesMax) break;
      blocks.push(encodeBase64(bytes));
    }
    return answered({ blocks, nextSlot: slots[blocks.length] ?? null });
  },
);

/** The draw behind a slot's leader. Amounts are decimal texts; keys and seeds of the tutorial hex. */
export const escapementExplainLeader = method([required("slot", slotSchema)], ([slot], view) => {
  const epoch = epochAt(view.chain.epochs, slot);
  const record = findEpochRecord(view, view.bank("processed"), epoch);
  if (record === null) {
    return failed(invalidParams(`slot is ${slot}, in epoch ${epoch}; its leaders are not known.`));
  }
  const { leaders } = record;
  const { voteAccount, identity, stake } = leaderIn(leaders, slot);
  const rotation = Math.floor((slot - leaders.firstSlot) / leaders.slotsPerRotation);
  return answered({
    slot,
    epoch,
    policy: view.chain.params.leaderPolicy,
    rotation,
    ...explainRotation(view, record, slot, rotation),
    total: leaders.table.total.toString(),
    voteAccount,
    identity,
    stake: stake.toString(),
  });
});

function explainRotation({ chain }: NodeView, { leaders, seedHash }: EpochRecord, slot: Slot, rotation: number) {
  const { key, table } = leaders;
  if (key === null) return explainTutorial(chain.params, slot);
  const drawn = explainDraw({ stakes: table.entries, key, rotation });
  return {
    seedHash,
    key: encodeHex(key),
    draw: drawn.draw.toString(),
    rejected: drawn.rejected,
    cumulativeBefore: drawn.cumulativeBefore.toString(),
    cumulativeAfter: drawn.cumulativeAfter.toString(),
  };
}

/** The tutorial draws with Python's doubles from its own clock: there is a seed, but no key and no exact draw. */
function explainTutorial({ tutorialSeed }: ChainParams, slot: Slot) {
  const seedHash = tutorialClockAt(tutorialSeed, slot).hash;
  return { seedHash, key: null, draw: null, rejected: null, cumulativeBefore: null, cumulativeAfter: null };
}
