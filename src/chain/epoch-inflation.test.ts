import { describe, expect, it } from "vitest";
import { createTestChain } from "../../test/support/chain-builder.ts";
import { inflationParamsOf, inflationRatesOf, inflationYearOf } from "./epoch-inflation.ts";
import { epochOf } from "./ids.ts";
import { profiles } from "./params.ts";

describe("a chain's inflation", () => {
  it("is Solana's in every profile, as fractions", () => {
    for (const params of Object.values(profiles))
      expect(inflationParamsOf(params)).toEqual({
        initial: 0.08,
        terminal: 0.015,
        taper: 0.15,
        foundation: 0,
        foundationTerm: 0,
      });
  });

  it("counts its years from the first slot of the chain's first epoch, wherever that is", () => {
    const params = { slotDurationMs: 100, slotsPerEpoch: 256 };
    for (const firstSlot of [0, 256 * 1000 + 17]) {
      const { chain } = createTestChain({ firstSlot, params });
      const yearAfter = (epochs: number) => inflationYearOf(chain, epochOf(chain.firstEpoch + epochs));
      expect([0, 1, 1000].map(yearAfter)).toEqual([0, 256 / 315_569_259.936, 256_000 / 315_569_259.936]);
      expect(inflationRatesOf(chain, chain.firstEpoch)).toEqual({ total: 0.08, foundation: 0, validator: 0.08 });
    }
  });
});
