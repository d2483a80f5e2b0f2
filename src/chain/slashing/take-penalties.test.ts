import { createNoopSigner } from "@solana/kit";
import { getWithdrawInstruction } from "@solana-program/stake";
import { expect, it } from "vitest";
import {
  createSlashingWorld,
  delegatorOwner,
  duplicateBlocks,
  extendTo,
  land,
  recordIn,
  stakeIn,
  submit,
} from "../../../test/support/slashing-world.ts";
import { requestOf } from "../../../test/support/transactions.ts";
import { lamportsPerSol } from "../ids.ts";
import { rentExemptMinimum } from "../rent.ts";
import { stakeAccountBytes } from "../stake-account.ts";
import { stakeStatusAt } from "../stake-status.ts";

it("leaves no stake that counts without the coins, where some were withdrawn while it cooled", () => {
  const params = { slashDuplicateBlockBps: 1000, slashCorrelationMultiplier: 0 };
  // 400 of 1400 SOL leave from epoch 0 on: 126 of them cool down by epoch 1, when 274 still count.
  const delegators = [{ validator: 1, stake: 400n, deactivationEpoch: 0n }];
  const world = createSlashingWorld({ params, delegators });
  const [stake] = world.delegators;
  const inEpoch1 = extendTo(world, world.genesisBank, 40);
  const withdraw = getWithdrawInstruction({
    stake: stake!,
    recipient: delegatorOwner.address,
    withdrawAuthority: createNoopSigner(delegatorOwner.address),
    args: 126n * lamportsPerSol,
  });
  const withdrawn = land(world, inEpoch1, [requestOf(withdraw)], world.reporter);
  expect(withdrawn.error, withdrawn.logs.join("\n")).toBeNull();
  // It offended in epoch 0, when all 400 counted: 40 are due, of the 274 that are there.
  const { bank, error } = submit(world, withdrawn.bank, duplicateBlocks(world, 1, 10), { validator: 1 });
  expect(error).toBeNull();
  const next = extendTo(world, bank, 64);
  expect(recordIn(world, next, 1)!.convictions[0]!.settlement).toMatchObject({ shareBps: 1000, stakeAccounts: 2 });
  const { lamports, delegation } = stakeIn(next, stake!);
  const held = lamports - rentExemptMinimum(stakeAccountBytes, world.chain.params);
  expect(held).toBe(234n * lamportsPerSol);
  expect(delegation.stake).toBe(held);
  for (const epoch of [1, 2, 3]) {
    const { effective } = stakeStatusAt(world.chain.params, delegation, epoch, next.stakeHistory);
    expect(effective).toBeLessThanOrEqual(held);
  }
  // Without the cut 360 would be delegated, and 246.6 of them still count in epoch 1.
  const uncut = { ...delegation, stake: 360n * lamportsPerSol };
  expect(stakeStatusAt(world.chain.params, uncut, 1, next.stakeHistory).effective).toBeGreaterThan(held);
});
