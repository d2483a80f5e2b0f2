/**
 * How many lamports an epoch brings: a yearly rate that tapers off, of all coins there are, for the epoch's part of a year.
 *
 *     year 0        8%                        initial
 *     year 1        8% · 0.85  = 6.8%         initial · (1 - taper) ^ year
 *     year 10.3     1.5%                      terminal, from there on
 *
 *     pot = trunc(validator rate · capitalization · (slots in the epoch / slots in a year))
 *
 * These are Solana's floats, in Solana's order of operations: every product is rounded, so another order is another pot.
 * All of the protocol's inflation floats are in this file. They are the same on every engine: IEEE 754 fixes + - * / and
 * conversions to the last bit, and the power, which JavaScript leaves to the engine, is `exactPow`.
 * Source: solana-sdk inflation/src/lib.rs; agave runtime, calculate_previous_epoch_inflation_rewards.
 */
import { assert } from "../base/assert.ts";
import { exactPow } from "../base/exact-pow.ts";
import { u64Max } from "./ids.ts";

/** Fractions of one, the first three and the rates a year. */
export type InflationParams = {
  /** Rate at year 0. */
  readonly initial: number;
  /** Rate that is never gone below. */
  readonly terminal: number;
  /** Part by which the rate falls each year: from 0 to below 1. */
  readonly taper: number;
  /** Part of the inflation that goes to the foundation, … */
  readonly foundation: number;
  /** … for so many years. */
  readonly foundationTerm: number;
};

/** Fractions of the capitalization a year; total is foundation + validator but for rounding. */
export type InflationRates = { readonly total: number; readonly foundation: number; readonly validator: number };

const secondsPerYear = 365.242_199 * 24 * 60 * 60;

/** The rates at `year`, counted from the inflation's start: slots since then / slots in a year; 0 or more. */
export function computeInflation(input: { readonly params: InflationParams; readonly year: number }): InflationRates {
  const { params, year } = input;
  assert(Number.isFinite(year) && year >= 0, `not a year of inflation: ${year}`);
  assert(params.taper >= 0 && params.taper < 1, `the taper is ${params.taper}, not in [0, 1)`);
  const tapered = params.initial * exactPow(1 - params.taper, year);
  const total = Math.max(tapered, params.terminal);
  const foundation = year < params.foundationTerm ? total * params.foundation : 0;
  return { total, foundation, validator: total - foundation };
}

/** Slots in a year of 365.242199 days; 78892314.984 for slots of 400 ms. */
export function computeSlotsPerYear(slotDurationMs: number): number {
  assert(slotDurationMs > 0 && Number.isFinite(slotDurationMs), `not a slot's duration: ${slotDurationMs} ms`);
  return secondsPerYear * (1000 / slotDurationMs);
}

/**
 * Lamports an epoch of `slotsInEpoch` slots may pay to validators and stakers, rounded down. `capitalization` is all
 * lamports there are before.
 */
export function computeEpochPot(fields: {
  readonly validatorRate: number;
  readonly capitalization: bigint;
  readonly slotsInEpoch: number;
  readonly slotsPerYear: number;
}): bigint {
  const { validatorRate, capitalization, slotsInEpoch, slotsPerYear } = fields;
  assert(capitalization >= 0n && capitalization <= u64Max, `not a capitalization: ${capitalization}`);
  assert(Number.isSafeInteger(slotsInEpoch) && slotsInEpoch >= 0, `not a number of slots: ${slotsInEpoch}`);
  assert(slotsPerYear > 0 && Number.isFinite(slotsPerYear), `not a number of slots a year: ${slotsPerYear}`);
  assert(validatorRate >= 0 && Number.isFinite(validatorRate), `not a rate: ${validatorRate}`);
  const pot = validatorRate * Number(capitalization) * (slotsInEpoch / slotsPerYear);
  return pot >= 2 ** 64 ? u64Max : BigInt(Math.trunc(pot));
}
