import { createNoopSigner, getTransactionDecoder } from "@solana/kit";
import { getDeactivateInstruction, getDelegateStakeInstruction, getWithdrawInstruction } from "@solana-program/stake";
import { describe, expect, it } from "vitest";
import type { Account } from "../../src/chain/account.ts";
import type { InstructionRequest } from "../../src/chain/create-transaction.ts";
import { type Address, epochOf } from "../../src/chain/ids.ts";
import { decodeStakeState } from "../../src/chain/stake-account.ts";
import {
  addressNamed,
  createStakeEnv,
  createStakeWorld,
  delegationOf,
  metaOf,
  sol,
  stakeAccountWith,
  stakeFeePayer,
  stakeRent,
  stakeTransactionOf,
  voteAccountWith,
  voteStateWith,
  walletWith,
} from "../support/stake-program.ts";
import { requestOf } from "../support/transactions.ts";

/**
 * What slashing leaves of a stake account must be one that Solana's own stake program, whose bytecode LiteSVM carries,
 * knows how to go on with: also a delegation of nothing, which no instruction of that program ever makes.
 */
const litesvm = await import("litesvm").catch(() => null);
if (litesvm === null) console.warn("LiteSVM has no build for this platform: its differential test is skipped");

const owner = addressNamed("owner");
const stake = addressNamed("stake");
const vote = addressNamed("vote");
const authority = createNoopSigner(owner);

const deactivate = requestOf(getDeactivateInstruction({ stake, stakeAuthority: authority }));
const delegate = requestOf(getDelegateStakeInstruction({ stake, vote, stakeAuthority: authority }));
const withdraw = (lamports: bigint) =>
  requestOf(getWithdrawInstruction({ stake, recipient: owner, withdrawAuthority: authority, args: lamports }));

/** Slashed to `left` lamports of delegation, with `extra` lamports that were never delegated. */
const slashedTo = (left: bigint, extra = 0n) =>
  stakeAccountWith(
    {
      type: "delegated",
      meta: metaOf({ staker: owner, withdrawer: owner }),
      delegation: delegationOf({ voteAccount: vote, stake: left }),
    },
    stakeRent + left + extra,
  );

describe.skipIf(litesvm === null)("what slashing leaves of a stake, in the hands of both stake programs", () => {
  function play(account: Account, steps: readonly (InstructionRequest | "next epoch")[]) {
    const { LiteSVM, Clock } = litesvm!;
    const svm = new LiteSVM().withSigverify(false).withBlockhashCheck(false).withTransactionHistory(0n);
    const world = createStakeWorld(createStakeEnv({ epoch: epochOf(10) }));
    const put = (address: Address, each: Account) => {
      world.accounts.set(address, each);
      const { lamports, data, owner: programAddress } = each;
      svm.setAccount({
        address,
        lamports: lamports as never,
        data,
        programAddress,
        executable: false,
        space: BigInt(data.length),
      });
    };
    put(owner, walletWith(10n * sol));
    put(stakeFeePayer, walletWith(10n * sol));
    put(vote, voteAccountWith(voteStateWith([8, 9])));
    put(stake, account);
    const results: unknown[] = [];
    for (const step of steps) {
      if (step === "next epoch") world.env = { ...world.env, epoch: epochOf(world.env.epoch + 1) };
      const { epoch, slot } = world.env;
      svm.setClock(new Clock(BigInt(slot), 0n, BigInt(epoch), BigInt(epoch + 1), 0n));
      if (step === "next epoch") continue;
      const { error } = world.run(step);
      const theirs = svm.sendTransaction(getTransactionDecoder().decode(stakeTransactionOf(step).bytes));
      svm.expireBlockhash();
      expect("err" in theirs ? theirs.toString() : null, JSON.stringify(error)).toBe(error);
      results.push(error);
    }
    const ours = world.accounts.get(stake) ?? null;
    const theirs = svm.getAccount(stake);
    expect(theirs.exists ? theirs.lamports : 0n).toBe(ours?.lamports ?? 0n);
    return { results, account: ours };
  }

  it("withdraws all of an account whose delegation fell to nothing, deactivated or not", () => {
    expect(play(slashedTo(0n), [withdraw(stakeRent)])).toEqual({ results: [null], account: null });
    expect(play(slashedTo(0n, 5n), [deactivate, withdraw(stakeRent + 5n)])).toMatchObject({ account: null });
    expect(play(slashedTo(0n), [deactivate, "next epoch", withdraw(stakeRent)])).toMatchObject({ account: null });
  });

  it("delegates anew what was added to such an account", () => {
    const { account } = play(slashedTo(0n, 3n * sol), [deactivate, "next epoch", delegate]);
    const state = decodeStakeState(account!.data);
    expect(state).toMatchObject({ type: "delegated", delegation: { stake: 3n * sol, activationEpoch: 11n } });
  });

  it("cools down and withdraws what is left after a part was taken, below the minimum delegation too", () => {
    for (const left of [1n, 7n, 95n * sol]) {
      expect(play(slashedTo(left), [deactivate, "next epoch", withdraw(stakeRent + left)])).toMatchObject({
        account: null,
      });
    }
  });
});
