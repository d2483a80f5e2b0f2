/** Stake in epochs gone by, now and to come. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createCaller } from "../../../test/support/rpc-calls.ts";
import { createSmallChain } from "../../../test/support/small-chain.ts";
import { keypairOf } from "../../../test/support/transactions.ts";
import { accountAt, applyAccountChanges } from "../../chain/accounts-tree.ts";
import { epochOf, lamportsOf, u64Max } from "../../chain/ids.ts";
import type { ChainParams } from "../../chain/params.ts";
import { decodeDelegatedStake, encodeStakeState } from "../../chain/stake-account.ts";
import {
  addToStakeHistory,
  createStakeHistory,
  type Delegation,
  type StakeHistory,
  stakeHistoryMax,
} from "../../chain/stake-activation.ts";
import { stakeStatusAt } from "../../chain/stake-status.ts";
import { projectedEpochsMax, projectStakeHistory } from "./stake-activation.ts";

const sol = 1_000_000_000n;
const never = u64Max;

/**
 * A view whose chain stands in epoch 10, with the small chain's 2700 SOL active from genesis on, and one stake account
 * for each delegation given. Of the epochs before, the history says the same.
 */
function viewOf(delegations: readonly Delegation[], params: Partial<ChainParams> = {}) {
  const small = createSmallChain({ params });
  const genesis = small.head();
  const template = accountAt(genesis.accounts, small.validators[0]!.stakeAccount)!;
  const state = decodeDelegatedStake(template.data)!;
  const addresses = delegations.map((_, index) => keypairOf(`delegator ${index}`).address);
  const initialized = keypairOf("initialized").address;
  const changes = delegations.map((delegation, index) => ({
    address: addresses[index]!,
    account: {
      ...template,
      data: encodeStakeState({
        ...state,
        delegation: { ...state.delegation, ...delegation, stake: lamportsOf(delegation.stake) },
      }),
    },
  }));
  const idle = { ...template, data: encodeStakeState({ type: "initialized", meta: state.meta }) };
  const accounts = applyAccountChanges(genesis.accounts, [...changes, { address: initialized, account: idle }]);
  const all: Delegation[] = [{ stake: 2700n * sol, activationEpoch: never, deactivationEpoch: never }, ...delegations];
  const stakeHistory = naive({ ...small.chain.params }, all, createStakeHistory([]), 0, 10);
  const bank = { ...genesis, accounts, stakeHistory, epoch: epochOf(10) };
  const caller = createCaller({ ...small.view, bank: () => bank });
  return { ...caller, addresses, initialized, small };
}

/** The history of delegations that stay as they are, one epoch after the other, without any short cut. */
function naive(
  params: ChainParams,
  delegations: readonly Delegation[],
  history: StakeHistory,
  from: number,
  epoch: number,
): StakeHistory {
  let grown = history;
  for (let each = from; each < epoch; each++) {
    const sums = { effective: 0n, activating: 0n, deactivating: 0n };
    for (const delegation of delegations) {
      const status = stakeStatusAt(params, delegation, each, grown);
      sums.effective += status.effective;
      sums.activating += status.activating;
      sums.deactivating += status.deactivating;
    }
    grown = addToStakeHistory(grown, { epoch: BigInt(each), ...sums });
  }
  return grown;
}

describe("escapement_getStakeActivation", () => {
  const warming = { stake: 1000n * sol, activationEpoch: 9n, deactivationEpoch: never };
  const cooling = { stake: 500n * sol, activationEpoch: never, deactivationEpoch: 10n };
  const { get, refusal, addresses, initialized, small } = viewOf([warming, cooling]);
  const ask = (index: number, epoch?: number) => get("escapement_getStakeActivation", addresses[index], epoch);

  it("tells the past and the present from the history", () => {
    const nothing = { effective: 0, activating: 0, deactivating: 0 };
    expect(ask(0, 8)).toEqual({ state: "inactive", ...nothing, epoch: 8, projected: false });
    const whole = Number(1000n * sol);
    expect(ask(0, 9)).toEqual({ state: "activating", ...nothing, activating: whole, epoch: 9, projected: false });
    // 9 % of the 3200 SOL that were effective in epoch 9.
    const effective = Number(288n * sol);
    const now = { effective, activating: whole - effective, deactivating: 0, epoch: 10, projected: false };
    expect(ask(0)).toEqual({ state: "activating", ...now });
    expect(ask(0, 10)).toEqual(ask(0));
    expect(ask(1, 9)).toMatchObject({ state: "active", effective: Number(500n * sol), deactivating: 0 });
    expect(ask(1)).toMatchObject({ state: "deactivating", deactivating: Number(500n * sol) });
  });

  it("projects the future, and says that it does", () => {
    const cluster = 3488n * sol;
    expect(ask(0, 11)).toMatchObject({
      state: "activating",
      effective: Number(288n * sol + (cluster * 9n) / 100n),
      epoch: 11,
      projected: true,
    });
    expect(ask(0, 13)).toMatchObject({ state: "active", effective: Number(1000n * sol), projected: true });
    expect(ask(1, 13)).toMatchObject({ state: "inactive", effective: 0, projected: true });
    expect(ask(0, 2 ** 53 - 1)).toMatchObject({ state: "active", effective: Number(1000n * sol) });
  });

  it("answers for stake accounts alone", () => {
    expect(get("escapement_getStakeActivation", initialized)).toMatchObject({ state: "inactive", epoch: 10 });
    expect(refusal("escapement_getStakeActivation", small.validators[0]!.voteAccount)).toMatch(
      /-32602 .*expected a stake account/,
    );
    expect(refusal("escapement_getStakeActivation", keypairOf("nobody").address)).toMatch(/there is no such account/);
    expect(refusal("escapement_getStakeActivation")).toMatch(/-32602 .*address is missing/);
    expect(refusal("escapement_getStakeActivation", addresses[0], -1)).toMatch(/-32602 .*epoch is -1/);
    expect(refusal("escapement_getStakeActivation", addresses[0], 1, { minContextSlot: 9 })).toMatch(/^-32016/);
  });

  it("projects no further than a history reaches", () => {
    // Delegated from genesis on, to begin in a far epoch: until then there is no telling what comes to be.
    const far = 10 + projectedEpochsMax;
    const late = viewOf([{ stake: 1000n * sol, activationEpoch: 2000n, deactivationEpoch: never }]);
    const ask = (epoch: number) => late.call("escapement_getStakeActivation", late.addresses[0], epoch);
    expect(ask(far).result).toMatchObject({ state: "inactive", effective: 0, projected: true });
    expect(ask(far + 1).error).toMatchObject({
      code: -32602,
      message: expect.stringMatching(
        /epoch is 523; expected one less far ahead of 10: too much stake is still on its way/,
      ),
    });
  });

  it("moves at once where the chain does", () => {
    const instant = viewOf([warming, cooling], { stakeWarmup: "instant" });
    const at = (index: number, epoch: number) =>
      instant.get("escapement_getStakeActivation", instant.addresses[index], epoch).state;
    expect([8, 9, 10].map((epoch) => at(0, epoch))).toEqual(["inactive", "activating", "active"]);
    expect([9, 10, 11].map((epoch) => at(1, epoch))).toEqual(["active", "deactivating", "inactive"]);
  });
});

describe("projecting the stake history", () => {
  it("walks so many steps and not one more: as many as the delegations on their way have behind them", () => {
    const { chain } = createSmallChain();
    const cooling = { stake: 1000n * sol, activationEpoch: never, deactivationEpoch: 1n };
    const projection = {
      params: chain.params,
      delegations: [cooling, cooling, cooling],
      history: createStakeHistory([]),
      from: 1,
    };
    // In epochs 1, 2 and 3 each delegation takes 1, 1 and 2.
    expect(projectStakeHistory(projection, 4, 12)).not.toBeNull();
    expect(projectStakeHistory(projection, 4, 11)).toBeNull();
  });

  const epochs = fc.oneof(fc.constant(never), fc.bigInt(0n, 30n));
  const delegation = fc.record({
    stake: fc.oneof(fc.bigInt(0n, 10n), fc.bigInt(0n, 10_000n * sol)),
    activationEpoch: epochs,
    deactivationEpoch: epochs,
  });

  it("gives every delegation what epoch by epoch gives it", () => {
    const { chain } = createSmallChain();
    fc.assert(
      fc.property(fc.array(delegation, { maxLength: 6 }), fc.nat(20), fc.nat(60), (delegations, from, ahead) => {
        const past = naive(chain.params, delegations, createStakeHistory([]), 0, from);
        const projected = projectStakeHistory({ params: chain.params, delegations, history: past, from }, from + ahead);
        const expected = naive(chain.params, delegations, past, from, from + ahead);
        for (const each of delegations) {
          expect(stakeStatusAt(chain.params, each, from + ahead, projected!)).toEqual(
            stakeStatusAt(chain.params, each, from + ahead, expected),
          );
        }
      }),
      { seed: 1234, numRuns: 300 },
    );
    expect(stakeHistoryMax).toBe(projectedEpochsMax);
  });
});
