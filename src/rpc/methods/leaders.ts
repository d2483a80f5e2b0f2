/** Who leads when, and who did when it was their turn. */

import * as v from "valibot";
import type { Bank } from "../../chain/bank.ts";
import { epochAt, firstSlotOf, lastSlotOf, slotsIn } from "../../chain/epoch-schedule.ts";
import { type Address, type Slot, slotOf } from "../../chain/ids.ts";
import { type EpochLeaders, leaderIn } from "../../chain/leaders.ts";
import { findEpochRecord } from "../epoch-leaders.ts";
import { answered, failed, invalidParams, type RpcOutcome } from "../errors.ts";
import type { NodeView } from "../node-view.ts";
import {
  addressSchema,
  answerInContext,
  bankFor,
  commitmentSchema,
  configSchema,
  contextConfig,
  contextFields,
  countSchema,
  method,
  optional,
  required,
  slotSchema,
} from "../params.ts";

export const slotLeadersMax = 5000;

const scheduleFields = configSchema({ ...contextFields, identity: addressSchema });
type ScheduleConfig = v.InferOutput<typeof scheduleFields>;
const slotOrConfig = v.union([slotSchema, scheduleFields], "a slot or a config object");

/** By identity, the slots it leads, counted from the epoch's first; null when the epoch is not known. */
export const getLeaderSchedule = method(
  [optional("slot", slotOrConfig), optional("config", scheduleFields)],
  ([first, second], view) => {
    const config: ScheduleConfig | undefined = typeof first === "object" ? first : second;
    const bank = bankFor(view, config);
    if (!bank.ok) return bank;
    const slot = typeof first === "number" ? first : bank.value.slot;
    const record = findEpochRecord(view, bank.value, epochAt(view.chain.epochs, slot));
    if (record === null) return answered(null);
    return answered(scheduleByIdentity(view, record.leaders, config?.identity));
  },
);

function scheduleByIdentity(view: NodeView, leaders: EpochLeaders, identity: Address | undefined) {
  const schedule = new Map<Address, number[]>();
  const { rotations, slotsPerRotation } = leaders;
  const slots = slotsIn(view.chain.epochs, leaders.epoch);
  for (let rotation = 0; rotation < rotations.length; rotation++) {
    const leader = rotations[rotation]!.identity;
    if (identity !== undefined && identity !== leader) continue;
    const indexes = schedule.get(leader) ?? [];
    if (indexes.length === 0) schedule.set(leader, indexes);
    const end = Math.min((rotation + 1) * slotsPerRotation, slots);
    for (let index = rotation * slotsPerRotation; index < end; index++) indexes.push(index);
  }
  return Object.fromEntries([...schedule].sort(([a], [b]) => (a < b ? -1 : 1)));
}

export const getSlotLeader = method([contextConfig], ([config], view) => {
  const bank = bankFor(view, config);
  if (!bank.ok) return bank;
  const leaders = leadersBetween(view, bank.value, bank.value.slot, bank.value.slot);
  return leaders.ok ? answered(leaders.value[0]) : leaders;
});

export const getSlotLeaders = method(
  [required("start", slotSchema), required("limit", countSchema("a limit", 1, slotLeadersMax))],
  ([start, limit], view) => {
    if (start > Number.MAX_SAFE_INTEGER - limit)
      return failed(invalidParams(`start is ${start}; expected a smaller slot.`));
    return leadersBetween(view, view.bank("processed"), start, slotOf(start + limit - 1));
  },
);

/** The identity of each slot's leader, from `first` to `last`. */
function leadersBetween(view: NodeView, bank: Bank, first: Slot, last: Slot): RpcOutcome<Address[]> {
  const { epochs } = view.chain;
  const identities: Address[] = [];
  for (let slot = first; slot <= last; ) {
    const epoch = epochAt(epochs, slot);
    const record = findEpochRecord(view, bank, epoch);
    if (record === null) {
      return failed(invalidParams(`Invalid slot range: leader schedule for epoch ${epoch} is unavailable`));
    }
    const end = Math.min(last, lastSlotOf(epochs, epoch));
    for (; slot <= end; slot = slotOf(slot + 1)) identities.push(leaderIn(record.leaders, slot).identity);
  }
  return answered(identities);
}

const productionConfig = optional(
  "config",
  configSchema({
    commitment: commitmentSchema,
    identity: addressSchema,
    range: configSchema({ firstSlot: slotSchema, lastSlot: slotSchema }),
  }),
);

/** By identity, its leader slots and how many of them have a block. Without a range: this epoch until now. */
export const getBlockProduction = method([productionConfig], ([config], view) => {
  const { commitment = "finalized", identity, range } = config ?? {};
  const bank = view.bank(commitment);
  const found = productionRange(view, bank, range ?? {});
  if (!found.ok) return found;
  const [first, last] = found.value;
  const leaders = leadersBetween(view, bank, first, last);
  if (!leaders.ok) return leaders;
  const produced = new Set(view.ledger.slotsBetween(first, last, commitment));
  const byIdentity = new Map<Address, [leaderSlots: number, blocks: number]>();
  for (const [index, leader] of leaders.value.entries()) {
    const slot = slotOf(first + index);
    // Genesis was nobody's turn.
    if (slot === view.chain.genesis.firstSlot || (identity !== undefined && identity !== leader)) continue;
    const counts = byIdentity.get(leader) ?? [0, 0];
    byIdentity.set(leader, [counts[0] + 1, counts[1] + (produced.has(slot) ? 1 : 0)]);
  }
  const sorted = [...byIdentity].sort(([a], [b]) => (a < b ? -1 : 1));
  const value = { byIdentity: Object.fromEntries(sorted), range: { firstSlot: first, lastSlot: last } };
  return answerInContext(view, bank, value);
});

type SlotRange = { readonly firstSlot?: Slot | undefined; readonly lastSlot?: Slot | undefined };

function productionRange(view: NodeView, bank: Bank, range: SlotRange): RpcOutcome<readonly [Slot, Slot]> {
  const { ledger, chain } = view;
  // Genesis has no block, but a range may begin with it.
  const oldest =
    ledger.firstAvailableSlot() - 1 === chain.genesis.firstSlot ? chain.genesis.firstSlot : ledger.firstAvailableSlot();
  const epochStart = slotOf(Math.max(firstSlotOf(chain.epochs, bank.epoch), oldest));
  const { firstSlot: first = epochStart, lastSlot: last = bank.slot } = range;
  if (last < first) return failed(invalidParams(`lastSlot, ${last}, cannot be less than firstSlot, ${first}`));
  if (first < oldest) return failed(invalidParams(`firstSlot, ${first}, is too small; min ${oldest}`));
  if (last > bank.slot) return failed(invalidParams(`lastSlot, ${last}, is too large; max ${bank.slot}`));
  return answered([first, last]);
}
