/** Where the chain stands: slot, height, epoch, counts, supply. */
import { firstSlotOf, slotsIn } from "../../chain/epoch-schedule.ts";
import { answered } from "../errors.ts";
import {
  answerFrom,
  answerInContext,
  bankFor,
  booleanSchema,
  configSchema,
  contextConfig,
  contextFields,
  method,
  optional,
} from "../params.ts";

export const getSlot = method([contextConfig], ([config], view) => answerFrom(view, config, (bank) => bank.slot));

export const getBlockHeight = method([contextConfig], ([config], view) =>
  answerFrom(view, config, (bank) => bank.height),
);

export const getTransactionCount = method([contextConfig], ([config], view) =>
  answerFrom(view, config, (bank) => bank.transactionCount),
);

export const getEpochInfo = method([contextConfig], ([config], view) =>
  answerFrom(view, config, ({ slot, height, epoch, transactionCount }) => ({
    absoluteSlot: slot,
    blockHeight: height,
    epoch,
    slotIndex: slot - firstSlotOf(view.chain.epochs, epoch),
    slotsInEpoch: slotsIn(view.chain.epochs, epoch),
    transactionCount,
    // Not on Solana, where stake always takes its time: said only where it does not.
    ...(view.chain.params.stakeWarmup === "instant" ? { stakeWarmup: "instant" } : {}),
  })),
);

export const getEpochSchedule = method([], (_, { chain }) => {
  const { slotsPerEpoch, warmup, firstNormalEpoch, firstNormalSlot } = chain.epochs;
  // Stakes freeze one epoch ahead.
  return answered({
    slotsPerEpoch,
    leaderScheduleSlotOffset: slotsPerEpoch,
    warmup,
    firstNormalEpoch,
    firstNormalSlot,
  });
});

const supplyConfig = optional(
  "config",
  configSchema({ ...contextFields, excludeNonCirculatingAccountsList: booleanSchema }),
);

/** Nothing is held back from circulation here. */
export const getSupply = method([supplyConfig], ([config], view) => {
  const bank = bankFor(view, config);
  if (!bank.ok) return bank;
  const { total } = bank.value.supply;
  return answerInContext(view, bank.value, {
    total,
    circulating: total,
    nonCirculating: 0,
    nonCirculatingAccounts: [],
  });
});
