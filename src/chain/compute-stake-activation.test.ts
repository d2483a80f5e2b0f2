import { describe, expect, it } from "vitest";
import { computeStakeActivation, type StakeActivationInput } from "./compute-stake-activation.ts";

const never = 2n ** 64n - 1n;
const input: StakeActivationInput = {
  delegation: { stake: 1000n, activationEpoch: 10n, deactivationEpoch: never },
  targetEpoch: 11n,
  history: [{ epoch: 10n, effective: 4000n, activating: 2000n, deactivating: 0n }],
  newRateActivationEpoch: null,
};

describe("computeStakeActivation", () => {
  it("is the example of its story", () => {
    expect(computeStakeActivation(input)).toEqual({ effective: 500n, activating: 500n, deactivating: 0n });
    expect(computeStakeActivation({ ...input, newRateActivationEpoch: 11n }).effective).toBe(180n);
  });

  it("takes the history in any order, and of it the newest 512 entries", () => {
    const history = Array.from({ length: 512 }, (_, i) => ({ ...input.history[0]!, epoch: BigInt(i + 10) }));
    const at = (entries: StakeActivationInput["history"]) => computeStakeActivation({ ...input, history: entries });
    expect(at(history.toReversed()).effective).toBe(500n);
    expect(at(history).effective).toBe(500n);
    expect(at([...history, { ...input.history[0]!, epoch: 600n }]).effective).toBe(1000n);
  });

  it("tells a programmer what was wrong and what to give instead", () => {
    const messageOf = (change: object) => () => computeStakeActivation({ ...input, ...change } as StakeActivationInput);
    const delegation = (change: object) => messageOf({ delegation: { ...input.delegation, ...change } });
    const history = (change: object) => messageOf({ history: [{ ...input.history[0]!, ...change }] });
    for (const call of [
      delegation({ stake: 5 }),
      delegation({ activationEpoch: null }),
      delegation({ deactivationEpoch: "7" }),
      messageOf({ delegation: null }),
      messageOf({ targetEpoch: 11 }),
      messageOf({ history: null }),
      messageOf({ history: [null] }),
      history({ epoch: 1 }),
      history({ effective: 1 }),
      history({ activating: 1 }),
      history({ deactivating: undefined }),
      messageOf({ newRateActivationEpoch: 3 }),
      messageOf({ newRateActivationEpoch: undefined }),
      () => computeStakeActivation(null as never),
    ])
      expect(call).toThrow(TypeError);
    for (const call of [
      delegation({ stake: -1n }),
      delegation({ activationEpoch: never + 1n }),
      messageOf({ targetEpoch: -1n }),
      messageOf({ history: [...input.history, ...input.history] }),
      history({ deactivating: -5n }),
      messageOf({ newRateActivationEpoch: -3n }),
    ])
      expect(call).toThrow(RangeError);
    expect(delegation({ stake: 5 })).toThrow("delegation.stake is 5; give lamports as a bigint, such as 5n");
    expect(history({ activating: -1n })).toThrow("history[0].activating is -1; give 0 to 2^64 - 1 lamports");
    expect(messageOf({ history: {} })).toThrow(/history is not a list; give \[\{ epoch/);
    expect(messageOf({ newRateActivationEpoch: undefined })).toThrow(/or null for never/);
  });
});
