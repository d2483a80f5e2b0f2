import { expect, it } from "vitest";
import { accountAt } from "../chain/accounts-tree.ts";
import { lamportsOf, lamportsPerSol } from "../chain/ids.ts";
import { decodeDelegatedStake } from "../chain/stake-account.ts";
import { decodeVoteState } from "../chain/vote-state.ts";
import { createDevnet } from "./devnet.ts";

const quick = { params: { slotsPerEpoch: 32, hashesPerTick: 2, ticksPerSlot: 2 } };

it("delegates the faucet's coins, which come to count, and sets commissions, which come to be taken", async () => {
  const devnet = createDevnet({
    genesis: {
      ...quick,
      validators: [
        { name: "north", stake: 3000 },
        { name: "south", stake: 3000 },
      ],
    },
  });
  const { voteAccount } = devnet.validators[1]!;
  const sent = [
    devnet.staking.delegate(1, lamportsOf(500n * lamportsPerSol)),
    devnet.staking.delegate(1, lamportsOf(lamportsPerSol)),
  ];
  const changed = devnet.staking.setCommission(1, 725);
  expect([...sent, changed].map(({ ok }) => ok)).toEqual([true, true, true]);
  await devnet.advanceEpochs(3);
  const bank = devnet.view.bank("confirmed");
  for (const [index, lamports] of [500n * lamportsPerSol, lamportsPerSol].entries()) {
    const outcome = sent[index]!;
    if (!outcome.ok) throw new Error(outcome.code);
    const { data } = accountAt(bank.accounts, outcome.value.stakeAccount)!;
    const { delegation } = decodeDelegatedStake(data)!;
    expect(delegation.voteAccount).toBe(voteAccount);
    expect(delegation.stake).toBeGreaterThanOrEqual(lamports);
  }
  const staked = bank.stakeTables.get(bank.epoch)!.byVoteAccount.get(voteAccount)!.stake;
  expect(staked).toBe(3501n * lamportsPerSol);
  const voteState = decodeVoteState(accountAt(bank.accounts, voteAccount)!.data, voteAccount)!;
  expect(voteState.inflationRewardsCommissionBps).toBe(725);
  expect(devnet.verify().ok).toBe(true);
  await devnet.close();
});

it("says why not", async () => {
  const devnet = createDevnet({ validators: 2, ...quick });
  expect(devnet.staking.delegate(0, lamportsOf(10n ** 18n))).toMatchObject({ ok: false, code: "faucet-empty" });
  const call = async (method: string, ...params: unknown[]) => {
    const payload = { jsonrpc: "2.0", id: 1, method, params };
    const { error } = (await devnet.rpcTransport({ payload })) as { error?: { message: string } };
    return error?.message;
  };
  expect(await call("escapement_delegate", 7, 5)).toMatch(/validator-unknown/);
  expect(await call("escapement_delegate", 0, 0)).toMatch(/expected lamports|lamports is 0/);
  expect(await call("escapement_setCommission", 0, 10_001)).toMatch(/commissionBps is 10001/);
  expect(await call("escapement_setCommission", 0)).toMatch(/commissionBps is missing/);
  expect(await call("escapement_setCommission", 0, 300)).toBeUndefined();
  await devnet.close();
});
