/** Blocks of the past. */
import * as v from "valibot";
import { timeOf } from "../../chain/chain.ts";
import { type Slot, slotOf } from "../../chain/ids.ts";
import { blockFormatFields, encodeBlockFor } from "../encode-block.ts";
import { transactionEncodingSchema } from "../encode-transaction.ts";
import {
  answered,
  blockCleanedUp,
  blockNotAvailable,
  failed,
  invalidParams,
  type RpcOutcome,
  slotSkipped,
} from "../errors.ts";
import type { BlockHeader, Commitment, NodeView } from "../node-view.ts";
import {
  commitmentSchema,
  configSchema,
  contextFields,
  countSchema,
  historyCommitment,
  method,
  optional,
  required,
  slotSchema,
} from "../params.ts";

export const slotRangeMax = 500_000;

type HistoryCommitment = Exclude<Commitment, "processed">;

/** The header of the block in `slot`, or why there is none. */
function headerAt(view: NodeView, slot: Slot, commitment: HistoryCommitment): RpcOutcome<BlockHeader> {
  const { ledger } = view;
  if (slot > ledger.newestSlot(commitment)) return failed(blockNotAvailable(slot));
  const header = ledger.headerAt(slot);
  if (header !== null) return answered(header);
  const first = ledger.firstAvailableSlot();
  return failed(slot < first ? blockCleanedUp(slot, first) : slotSkipped(slot));
}

const blockConfig = configSchema({ commitment: commitmentSchema, ...blockFormatFields });
/** The old form: an encoding in the config's place. */
const blockConfigOrEncoding = v.union([transactionEncodingSchema, blockConfig], "a config object");

export const getBlock = method(
  [required("slot", slotSchema), optional("config", oneOf(blockConfigOrEncoding, blockConfig))],
  ([slot, given], view) => {
    const config = typeof given === "string" ? { encoding: given } : (given ?? {});
    const commitment = historyCommitment("commitment" in config ? config.commitment : undefined);
    if (!commitment.ok) return commitment;
    const header = headerAt(view, slot, commitment.value);
    if (!header.ok) return header;
    const block = view.ledger.blockAt(slot);
    return block === null ? failed(slotSkipped(slot)) : encodeBlockFor(view, block, config);
  },
);

/** The union's type, but the object's own messages where the input is an object. */
function oneOf<A, B>(
  union: v.GenericSchema<unknown, A>,
  config: v.GenericSchema<unknown, B>,
): v.GenericSchema<unknown, A | B> {
  return v.lazy((input) => (typeof input === "object" ? config : union) as v.GenericSchema<unknown, A | B>);
}

export const getBlockTime = method([required("slot", slotSchema)], ([slot], view) => {
  const { chain } = view;
  if (slot === chain.genesis.firstSlot) return answered(timeOf(chain, slot));
  const header = headerAt(view, slot, "confirmed");
  return header.ok ? answered(header.value.unixTimestamp) : header;
});

const listConfig = configSchema(contextFields);
const endOrConfig = v.union([slotSchema, listConfig], "a slot or a config object");

/** Slots with blocks from `start` to `end` (the newest when absent), both inclusive. */
export const getBlocks = method(
  [required("start", slotSchema), optional("end", endOrConfig), optional("config", listConfig)],
  ([start, second, third], view) => {
    const config = typeof second === "object" ? second : third;
    const commitment = historyCommitment(config?.commitment);
    if (!commitment.ok) return commitment;
    const end = typeof second === "number" ? second : view.ledger.newestSlot(commitment.value);
    if (end < start) return answered([]);
    if (end - start > slotRangeMax) return failed(invalidParams(`Slot range too large; max ${slotRangeMax}`));
    return answered(view.ledger.slotsBetween(start, end, commitment.value));
  },
);

export const getBlocksWithLimit = method(
  [
    required("start", slotSchema),
    required("limit", countSchema("a limit", 0, slotRangeMax)),
    optional("config", listConfig),
  ],
  ([start, limit, config], view) => {
    const commitment = historyCommitment(config?.commitment);
    if (!commitment.ok) return commitment;
    const newest = view.ledger.newestSlot(commitment.value);
    const slots = newest < start ? [] : view.ledger.slotsBetween(start, slotOf(newest), commitment.value);
    return answered(slots.slice(0, limit));
  },
);
