import { describe, expect, it } from "vitest";
import { computeEpochPot, computeInflation, type InflationParams } from "../../src/chain/inflation.ts";
import { readVector, vectorsNote, vectorsPresent } from "../support/vectors.ts";

type InflationVector = {
  readonly params: { initial: number; terminal: number; taper: number; foundation: number; foundation_term: number };
  /** `year` as C's %a prints it, rates as the hex digits of their bits. */
  readonly cases: readonly { year: string; total?: string; foundation?: string; validator: string }[];
  readonly epoch_reward: readonly {
    slots_per_year: number;
    num_slots: number;
    slots_in_prev_epoch: number;
    prev_capitalization: string;
    duration_years: number;
    validator_rate: number;
    foundation_rate: number;
    validator_rewards: string;
  }[];
};

function hexBitsOf(value: number): string {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  return view.getBigUint64(0).toString(16);
}

/** Such as 0x1.ba9f11a7bf14fp-1. */
function parseHexFloat(text: string): number {
  const [, whole, fraction, power] = /^0x([01])\.([0-9a-f]+)p([+-]\d+)$/.exec(text)!;
  return (Number(whole) + Number.parseInt(fraction!, 16) / 16 ** fraction!.length) * 2 ** Number(power);
}

describe.skipIf(!vectorsPresent)(`inflation (${vectorsNote})`, () => {
  const read = () => readVector<InflationVector>("inflation/float.json");
  const paramsOf = ({ params }: InflationVector): InflationParams => ({
    ...params,
    foundationTerm: params.foundation_term,
  });

  it("has Firedancer's bit patterns", () => {
    const vector = read();
    let checked = 0;
    for (const { year, ...bits } of vector.cases) {
      const rates = computeInflation({ params: paramsOf(vector), year: parseHexFloat(year) });
      for (const [name, expected] of Object.entries(bits)) {
        expect(hexBitsOf(rates[name as keyof typeof bits]), `${name}, year ${year}`).toBe(expected);
        checked++;
      }
    }
    expect(checked).toBe(8);
  });

  it("has the rates and the pot of Agave's bank", () => {
    const vector = read();
    for (const each of vector.epoch_reward) {
      const { slots_per_year: slotsPerYear, slots_in_prev_epoch: slotsInEpoch } = each;
      const year = each.num_slots / slotsPerYear;
      expect(slotsInEpoch / slotsPerYear).toBe(each.duration_years);
      const { foundation, validator } = computeInflation({ params: paramsOf(vector), year });
      expect(validator).toBe(each.validator_rate);
      expect(foundation).toBe(each.foundation_rate);
      const capitalization = BigInt(each.prev_capitalization);
      const pot = computeEpochPot({ validatorRate: validator, capitalization, slotsInEpoch, slotsPerYear });
      expect(pot).toBe(BigInt(each.validator_rewards));
    }
    expect(vector.epoch_reward.length).toBe(1);
  });
});
