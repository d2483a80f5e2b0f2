/**
 * How much of a stake account's delegation counts in an epoch, of the past as of the future.
 *
 *     epoch   5         6        7        8          the chain is in 7
 *     history [5]       [6]      –        –          entries as the boundaries recorded them
 *     answer  recorded  recorded recorded projected  for 8: as if nobody stakes or unstakes from now on, nor earns
 *
 * For a past epoch too it is the delegation as it stands now that is asked about: what was split off, merged in or earned
 * since then counts as if it had always been there.
 */
import { accountAt, accountsEntries } from "../../chain/accounts-tree.ts";
import { stakeProgramAddress } from "../../chain/addresses.ts";
import type { Bank } from "../../chain/bank.ts";
import { type Address, u64Max } from "../../chain/ids.ts";
import type { ChainParams } from "../../chain/params.ts";
import { decodeStakeState } from "../../chain/stake-account.ts";
import {
  addToStakeHistory,
  type Delegation,
  type StakeActivation,
  type StakeHistory,
  stakeHistoryMax,
} from "../../chain/stake-activation.ts";
import { scanStakes } from "../../chain/stake-scan.ts";
import { stakeStatusAt } from "../../chain/stake-status.ts";
import { answered, failed, invalidParams, type RpcOutcome } from "../errors.ts";
import { addressSchema, bankFor, configSchema, contextFields, method, optional, required } from "../params.ts";
import { epochSchema } from "./inflation.ts";

/** Epochs ahead, where stake is still on its way then: a projection walks them one by one. */
export const projectedEpochsMax = 512;

/** Steps of the walk, each of one delegation through one epoch since it began to move: about a second of them. */
export const projectedStepsMax = 10_000_000;

const contextOnly = optional("config", configSchema(contextFields));
const nothing: StakeActivation = { effective: 0n, activating: 0n, deactivating: 0n };

/** `state` and the lamports, as the account's delegation stands now. */
export const escapementGetStakeActivation = method(
  [required("address", addressSchema), optional("epoch", epochSchema), contextOnly],
  ([address, wanted, config], view) => {
    const bank = bankFor(view, config);
    if (!bank.ok) return bank;
    const delegation = delegationOf(bank.value, address);
    if (!delegation.ok) return delegation;
    const epoch = wanted ?? bank.value.epoch;
    const projected = epoch > bank.value.epoch;
    if (delegation.value === null) return answered({ state: "inactive", ...nothing, epoch, projected });
    const { params } = view.chain;
    const history = historyFor(params, bank.value, epoch);
    if (!history.ok) return history;
    const status = stakeStatusAt(params, delegation.value, epoch, history.value);
    return answered({ state: stateOf(status), ...status, epoch, projected });
  },
);

/** Null when it is a stake account that delegates nothing. */
function delegationOf({ accounts }: Bank, address: Address): RpcOutcome<Delegation | null> {
  const account = accountAt(accounts, address);
  if (account === null) return failed(invalidParams(`address is ${address}; there is no such account.`));
  const state = account.owner === stakeProgramAddress ? decodeStakeState(account.data) : null;
  if (state === null) return failed(invalidParams(`address is ${address}; expected a stake account.`));
  return answered(state.type === "delegated" ? state.delegation : null);
}

function stateOf({ effective, activating, deactivating }: StakeActivation) {
  if (activating > 0n) return "activating";
  if (deactivating > 0n) return "deactivating";
  return effective > 0n ? "active" : "inactive";
}

/** The history that a status in `epoch` is computed from. */
function historyFor(params: ChainParams, bank: Bank, epoch: number): RpcOutcome<StakeHistory> {
  if (epoch <= bank.epoch || params.stakeWarmup === "instant") return answered(bank.stakeHistory);
  const delegations = scanStakes(accountsEntries(bank.accounts)).stakes.map(({ state }) => state.delegation);
  const projected = projectStakeHistory({ params, delegations, history: bank.stakeHistory, from: bank.epoch }, epoch);
  if (projected !== null) return answered(projected);
  const problem = `epoch is ${epoch}; expected one less far ahead of ${bank.epoch}`;
  return failed(invalidParams(`${problem}: too much stake is still on its way until then.`));
}

export type Projection = {
  readonly params: Pick<ChainParams, "stakeWarmup" | "stakeReducedRateEpoch">;
  readonly delegations: readonly Delegation[];
  /** To the end of the epoch before `from`. */
  readonly history: StakeHistory;
  readonly from: number;
};

/**
 * The history up to the epoch before `epoch`, if the delegations stay as they are. It ends earlier where nothing is on
 * its way any more: what follows is all alike. Null when that is not so within `projectedEpochsMax`, or takes more steps
 * than `stepsMax`.
 */
export function projectStakeHistory(
  projection: Projection,
  epoch: number,
  stepsMax = projectedStepsMax,
): StakeHistory | null {
  const { params, delegations, from } = projection;
  let { history } = projection;
  /** Delegations that still change, and what the others come to. */
  let changing = delegations;
  let settled = 0n;
  let steps = 0;
  for (let each = from; each < epoch; each++) {
    if (each - from >= projectedEpochsMax) return null;
    const sums = { effective: settled, activating: 0n, deactivating: 0n };
    const still: Delegation[] = [];
    for (const delegation of changing) {
      steps += Math.max(1, Math.min(stakeHistoryMax, each - movingSince(delegation)));
      if (steps > stepsMax) return null;
      const status = stakeStatusAt(params, delegation, each, history);
      sums.effective += status.effective;
      sums.activating += status.activating;
      sums.deactivating += status.deactivating;
      if (isSettled(delegation, status, each)) settled += status.effective;
      else still.push(delegation);
    }
    history = addToStakeHistory(history, { epoch: BigInt(each), ...sums });
    changing = still;
    if (changing.length === 0) break;
  }
  return history;
}

function movingSince({ activationEpoch, deactivationEpoch }: Delegation): number {
  return Number(deactivationEpoch === u64Max ? activationEpoch : deactivationEpoch);
}

/** Whether it will never again be other than it is. */
function isSettled(
  { stake, activationEpoch, deactivationEpoch }: Delegation,
  { activating, deactivating, effective }: StakeActivation,
  epoch: number,
): boolean {
  if (activating > 0n || deactivating > 0n) return false;
  if (effective > 0n) return deactivationEpoch === u64Max;
  const hasCome = activationEpoch === u64Max || activationEpoch < epoch;
  return stake === 0n || activationEpoch === deactivationEpoch || (hasCome && deactivationEpoch < epoch);
}
