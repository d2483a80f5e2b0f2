/**
 * The inflation that a chain chose, and where in its years an epoch stands.
 *
 *     lab, 256 slots of 100 ms an epoch, 315,569,259.936 slots a year
 *     epoch 0   pays nothing                                  epoch 1   pays for epoch 0, at year 256 / 315,569,259.936
 *
 * Inflation begins with the chain: years count from the first slot of its first epoch. As on Solana the rate is that of
 * the epoch that pays, for the slots of the epoch that earned. Source: agave runtime, slot_in_year_for_inflation.
 */
import type { Chain } from "./chain.ts";
import { firstSlotOf } from "./epoch-schedule.ts";
import type { Epoch } from "./ids.ts";
import { computeInflation, computeSlotsPerYear, type InflationParams, type InflationRates } from "./inflation.ts";
import type { ChainParams } from "./params.ts";

/** The parameters as fractions, as computeInflation and Solana's getInflationGovernor have them. */
export function inflationParamsOf(params: ChainParams): InflationParams {
  return {
    initial: params.inflationInitialBps / 10_000,
    terminal: params.inflationTerminalBps / 10_000,
    taper: params.inflationTaperBps / 10_000,
    foundation: params.inflationFoundationBps / 10_000,
    foundationTerm: params.inflationFoundationTermYears,
  };
}

/** Years from the chain's beginning to the first slot of `epoch`, which is not before it. */
export function inflationYearOf(chain: Pick<Chain, "epochs" | "firstEpoch" | "params">, epoch: Epoch): number {
  const { epochs, firstEpoch, params } = chain;
  return (firstSlotOf(epochs, epoch) - firstSlotOf(epochs, firstEpoch)) / computeSlotsPerYear(params.slotDurationMs);
}

/** The yearly rates at which the first block of `epoch` pays for the epoch before. */
export function inflationRatesOf(chain: Pick<Chain, "epochs" | "firstEpoch" | "params">, epoch: Epoch): InflationRates {
  return computeInflation({ params: inflationParamsOf(chain.params), year: inflationYearOf(chain, epoch) });
}
