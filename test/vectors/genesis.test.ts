import { describe, expect, it } from "vitest";
import { computeStakeActivation } from "../../src/chain/compute-stake-activation.ts";
import { createEpochSchedule } from "../../src/chain/epoch-schedule.ts";
import { computeInflation } from "../../src/chain/inflation.ts";
import { never } from "../../src/chain/stake-account.ts";
import { readVector, vectorsNote, vectorsPresent } from "../support/vectors.ts";

type GenesisVector = {
  readonly epoch_schedule: {
    readonly slots_per_epoch: string;
    readonly warmup: boolean;
    readonly first_normal_epoch: string;
    readonly first_normal_slot: string;
  };
  readonly inflation: {
    readonly initial: number;
    readonly terminal: number;
    readonly taper: number;
    readonly foundation: number;
    readonly foundation_term: number;
  };
  readonly delegated_stakes: readonly {
    readonly stake: string;
    readonly activation_epoch: string;
    readonly deactivation_epoch: string;
  }[];
};

/** What three real clusters began with. */
describe.skipIf(!vectorsPresent)(`the genesis of a real cluster (${vectorsNote})`, () => {
  it.each(["mainnet", "testnet", "devnet"])(
    "%s: numbers its epochs, counts its stake and inflates as ours would",
    (name) => {
      const vector = readVector<GenesisVector>(`genesis/${name}.json`);
      const { slots_per_epoch, warmup, first_normal_epoch, first_normal_slot } = vector.epoch_schedule;
      expect(createEpochSchedule(Number(slots_per_epoch), warmup)).toEqual({
        slotsPerEpoch: Number(slots_per_epoch),
        warmup,
        firstNormalEpoch: Number(first_normal_epoch),
        firstNormalSlot: Number(first_normal_slot),
      });
      expect(vector.delegated_stakes.length).toBeGreaterThan(0);
      for (const { stake, activation_epoch, deactivation_epoch } of vector.delegated_stakes) {
        const delegation = {
          stake: BigInt(stake),
          activationEpoch: BigInt(activation_epoch),
          deactivationEpoch: BigInt(deactivation_epoch),
        };
        expect(delegation.activationEpoch).toBe(never);
        for (const targetEpoch of [0n, 1n, 1000n]) {
          const status = computeStakeActivation({ delegation, targetEpoch, history: [], newRateActivationEpoch: null });
          expect(status).toEqual({ effective: BigInt(stake), activating: 0n, deactivating: 0n });
        }
      }
      const { foundation_term: foundationTerm, ...rates } = vector.inflation;
      const { initial, foundation } = rates;
      const first = computeInflation({ params: { ...rates, foundationTerm }, year: 0 });
      expect(first).toEqual({
        total: initial,
        foundation: foundationTerm > 0 ? initial * foundation : 0,
        validator: initial - (foundationTerm > 0 ? initial * foundation : 0),
      });
    },
  );
});
