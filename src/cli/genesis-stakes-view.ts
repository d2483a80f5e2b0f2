/**
 * The stake accounts of a genesis, one by one and summed by state.
 *
 *     Name     Address  Validator  State         Stake (SOL)  Staker  Withdrawer  Lockup
 *     savings  9xK…     north      deactivating  250.5        alice   bob         epoch 1000, custodian bob
 */
import { stakeProgramAddress } from "../chain/addresses.ts";
import type { Genesis } from "../chain/genesis.ts";
import type { Address, Epoch } from "../chain/ids.ts";
import { decodeStakeState, type Lockup, type StakeState } from "../chain/stake-account.ts";
import { createStakeHistory } from "../chain/stake-activation.ts";
import { stakeStatusAt } from "../chain/stake-status.ts";
import { formatSol, formatTable, shortenAddress } from "./format.ts";
import type { GenesisNames } from "./genesis-names.ts";
import { formatTime } from "./stake-view.ts";

const stakeStates = ["initialized", "activating", "active", "deactivating", "inactive"] as const;
type StakeStateName = (typeof stakeStates)[number];
type StakeSums = { accounts: number; lamports: bigint; locked: number };

export type GenesisStakeView = ReturnType<typeof viewStakeAccounts>[number];

/** The validators' own first, then those of the file in its order, then others by address. Amounts are lamports. */
export function viewStakeAccounts(genesis: Genesis, epoch: Epoch, names: GenesisNames | null) {
  const { params, accounts, validators, creationTime } = genesis;
  const nameOf = nameFinder(genesis, names);
  const stakeNames = new Map(names?.stakes.map(({ name, address }) => [address, name]));
  const validatorNames = new Map(
    validators.map(({ voteAccount }, index) => [voteAccount, names?.validators[index] ?? null]),
  );
  const first = [...validators.map(({ stakeAccount }) => stakeAccount), ...stakeNames.keys()];
  const rank = new Map(first.map((address, index) => [address, index]));
  const rankOf = (address: Address) => rank.get(address) ?? first.length;
  return accounts
    .flatMap(([address, { owner, lamports, data }]) => {
      const state = owner === stakeProgramAddress ? decodeStakeState(data) : null;
      if (state === null || !("meta" in state)) return [];
      const { staker, withdrawer, lockup, rentReserve } = state.meta;
      const voteAccount = state.type === "delegated" ? state.delegation.voteAccount : null;
      const isLocked = lockup.unixTimestamp > BigInt(creationTime) || lockup.epoch > BigInt(epoch);
      return {
        name: stakeNames.get(address) ?? null,
        stakePubkey: address,
        validator: voteAccount === null ? null : (validatorNames.get(voteAccount) ?? null),
        voteAccountPubkey: voteAccount,
        state: stateNameOf(state, params, epoch),
        stake: state.type === "delegated" ? state.delegation.stake : lamports - rentReserve,
        lamports,
        staker,
        stakerName: nameOf(staker),
        withdrawer,
        withdrawerName: nameOf(withdrawer),
        lockup: isLocked ? { ...lockup, custodianName: nameOf(lockup.custodian) } : null,
      };
    })
    .sort((a, b) => rankOf(a.stakePubkey) - rankOf(b.stakePubkey));
}

function nameFinder({ validators }: Genesis, names: GenesisNames | null): (address: Address) => string | null {
  const known = new Map<Address, string>();
  for (const [index, { identity }] of validators.entries())
    if (names !== null) known.set(identity, `${names.validators[index]}'s identity`);
  for (const { name, address } of names?.accounts ?? []) known.set(address, name);
  return (address) => known.get(address) ?? null;
}

function stateNameOf(
  state: Extract<StakeState, { meta: unknown }>,
  params: Genesis["params"],
  epoch: Epoch,
): StakeStateName {
  if (state.type === "initialized") return "initialized";
  const { effective, activating, deactivating } = stakeStatusAt(
    params,
    state.delegation,
    epoch,
    createStakeHistory([]),
  );
  if (activating > 0n) return "activating";
  if (deactivating > 0n) return "deactivating";
  return effective > 0n ? "active" : "inactive";
}

export function sumStakes(stakes: readonly GenesisStakeView[]): Record<StakeStateName, StakeSums> {
  const emptySums = (): StakeSums => ({ accounts: 0, lamports: 0n, locked: 0 });
  const sums = {
    initialized: emptySums(),
    activating: emptySums(),
    active: emptySums(),
    deactivating: emptySums(),
    inactive: emptySums(),
  };
  for (const { state, lamports, lockup } of stakes) {
    const group = sums[state];
    group.accounts++;
    group.lamports += lamports;
    if (lockup !== null) group.locked++;
  }
  return sums;
}

export function formatStakeSums(stakes: ReturnType<typeof sumStakes>): string {
  const rows = stakeStates
    .filter((state) => stakes[state].accounts > 0)
    .map((state) => [state, stakes[state].accounts, stakes[state].locked, formatSol(stakes[state].lamports)]);
  return formatTable(
    ["State", "Accounts", "Locked", "Balance (SOL)"].map((title, i) => ({ title, align: i === 0 ? "left" : "right" })),
    rows,
  );
}

/** Names where there are some, else addresses in short; JSON has them in full. */
export function formatStakeAccounts(stakes: readonly GenesisStakeView[]): string {
  const titles = ["Name", "Address", "Validator", "State", "Stake (SOL)", "Staker", "Withdrawer", "Lockup"];
  const rows = stakes.map((each) => [
    each.name ?? "-",
    each.stakePubkey,
    each.voteAccountPubkey === null ? "-" : (each.validator ?? shortenAddress(each.voteAccountPubkey)),
    each.state,
    formatSol(each.stake),
    each.stakerName ?? shortenAddress(each.staker),
    each.withdrawerName ?? shortenAddress(each.withdrawer),
    each.lockup === null ? "-" : formatLockup(each.lockup),
  ]);
  return formatTable(
    titles.map((title) => ({ title, align: title === "Stake (SOL)" ? ("right" as const) : ("left" as const) })),
    rows,
  );
}

function formatLockup({
  epoch,
  unixTimestamp,
  custodian,
  custodianName,
}: Lockup & { readonly custodianName: string | null }): string {
  const parts = [
    ...(epoch === 0n ? [] : [`until epoch ${epoch}`]),
    ...(unixTimestamp === 0n ? [] : [`until ${formatTime(unixTimestamp)}`]),
  ];
  return `${parts.join(" and ")}, custodian ${custodianName ?? shortenAddress(custodian)}`;
}
