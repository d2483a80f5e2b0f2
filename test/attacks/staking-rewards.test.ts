/**
 * Group D, third part: what can be done to rewards (D10), and whether registering, delegating, slashing and paying go
 * together on one chain (D11).
 */
import { describe, expect, it } from "vitest";
import { accountAt } from "../../src/chain/accounts-tree.ts";
import {
  slashingProgramAddress,
  stakeProgramAddress,
  systemProgramAddress,
  voteProgramAddress,
} from "../../src/chain/addresses.ts";
import { applyBlock } from "../../src/chain/apply-block.ts";
import { createUpdateCommissionInstruction } from "../../src/chain/create-vote-instructions.ts";
import { type Address, epochOf } from "../../src/chain/ids.ts";
import { type ChainParams, createParams } from "../../src/chain/params.ts";
import { programs } from "../../src/chain/programs/registry.ts";
import { verifyChain } from "../../src/chain/verify-chain.ts";
import { createNetwork } from "../../src/sim/network.ts";
import { leaderKeyAt, produceAt, testCrypto, testParams, transferInstruction } from "../support/chain-builder.ts";
import { recordIn } from "../support/slashing-world.ts";
import {
  attempt,
  balanceIn,
  convict,
  createStakingChain,
  createVotingCluster,
  delegate,
  delegationIn,
  extendTo,
  extendToEpoch,
  fee,
  keypairNamed,
  lamportsIn,
  landed,
  offendersOf,
  openStake,
  openVote,
  sol,
  still,
} from "./stakers.ts";

describe("D10, D11: rewards, and how all of it fits together", () => {
  it("D10: every stake is paid once an epoch, in a block, by its size; what is paid is what the supply grows by", () => {
    const voting = createVotingCluster({
      commissions: [10, 0, 100],
      stakeAccounts: [
        { validator: 0, stake: 300n * sol, state: "active" },
        { validator: 2, stake: 300n * sol, state: "active" },
      ],
    });
    const { network, seen } = voting;
    // In the last slots of epoch 2 the second validator asks for all of it, where it asked for nothing.
    voting.advanceTo(93);
    const { identity: withdrawer, voteAccount } = network.validators[1]!;
    voting.submit(withdrawer, [
      createUpdateCommissionInstruction({ voteAccount, withdrawer: withdrawer.address, commission: 100 }),
    ]);
    expect(voting.head().epoch).toBe(2);
    voting.advanceTo(32 * 5 + 2);
    const [delegated, behindGreed] = network.stakeAccounts as [Address, Address];
    const [own0, own1, own2] = network.genesis.validators.map(({ stakeAccount }) => stakeAccount) as [
      Address,
      Address,
      Address,
    ];
    const paid = new Map<Address, bigint>();
    let minted = 0n;
    for (const { bank } of seen) {
      const earned = bank.rewards.filter(({ type }) => type !== "fee");
      for (const { address, lamports, type, postBalance } of earned) {
        expect(lamports).toBeGreaterThan(0n);
        expect(balanceIn(bank, address), type).toBe(postBalance);
        minted += lamports;
      }
      expect(bank.supply.minted).toBe(minted);
      expect(lamportsIn(bank)).toBe(bank.supply.total);
    }
    const rewardsOf = (epoch: number, stake: Address) =>
      seen
        .filter(({ bank }) => bank.epoch === epoch)
        .flatMap(({ bank }) => bank.rewards.filter(({ address, type }) => address === stake && type === "staking"));
    // Votes earn as they become roots, more than an epoch of 32 slots later.
    for (const stake of [own0, own1, delegated]) expect(rewardsOf(1, stake)).toEqual([]);
    for (const epoch of [2, 3, 4]) {
      const before = seen.findLast(({ bank }) => bank.epoch === epoch - 1)!.bank;
      for (const stake of [own0, own1, delegated]) {
        const [reward, ...repeated] = rewardsOf(epoch, stake);
        expect(repeated).toEqual([]);
        paid.set(stake, (paid.get(stake) ?? 0n) + reward!.lamports);
      }
      // At a commission of 100 % all of it is the validator's, and that is told beforehand.
      expect([rewardsOf(epoch, own2), rewardsOf(epoch, behindGreed)]).toEqual([[], []]);
      // Delegators get what the validator's own stake gets: the same for each lamport, but for a rounded one.
      const [mine, theirs] = [own0, delegated].map((stake) => rewardsOf(epoch, stake)[0]!.lamports) as [bigint, bigint];
      const [stake, other] = [own0, delegated].map((each) => delegationIn(before, each).stake as bigint) as [
        bigint,
        bigint,
      ];
      const difference = mine * other - theirs * stake;
      expect(difference < 0n ? -difference : difference).toBeLessThan(2n * (stake + other));
    }
    // What epochs 2 and 3 earned was shared as frozen before them: the greed takes effect with epoch 4, as announced.
    expect(rewardsOf(5, own1)).toEqual([]);
    const commissionOf = (epoch: number) =>
      seen
        .filter(({ bank }) => bank.epoch === epoch)
        .flatMap(({ bank }) => bank.rewards.filter(({ address, type }) => address === voteAccount && type === "voting"))
        .map(({ commissionBps }) => commissionBps);
    expect([2, 3, 4, 5].map(commissionOf)).toEqual([[], [], [], [10_000]]);
    const [first, last] = [seen[0]!.bank, seen.findLast(({ bank }) => bank.epoch === 4)!.bank];
    for (const [stake, lamports] of paid) expect(balanceIn(last, stake) - balanceIn(first, stake)).toBe(lamports);
    const blocks = seen.map(({ block }) => block);
    expect(verifyChain({ genesis: network.genesis, blocks, crypto: testCrypto })).toMatchObject({ ok: true });

    // A leader who pays an epoch's rewards once more has a state that nobody else has.
    const paying = seen.find(
      ({ bank }) => bank.epoch === 2 && bank.rewards.some(({ type }) => type === "staking"),
    )!.bank;
    const built = {
      network,
      chain: voting.cluster.chain,
      genesisBank: first,
      keys: new Map(network.validators.map(({ identity }) => [identity.address, identity])),
    };
    const progress = paying.rewardsProgress!;
    const greedy = { ...paying, rewardsProgress: { ...progress, partitionsPaid: 0 } };
    const { block, bank: twice } = produceAt(built, greedy, paying.slot + 1);
    expect(balanceIn(twice, delegated)).toBeGreaterThan(balanceIn(paying, delegated));
    expect(applyBlock(built.chain, paying, block)).toMatchObject({ ok: false, code: "state-hash-wrong" });
    expect(balanceIn(extendTo(built, paying, paying.slot + 1), delegated)).toBe(balanceIn(paying, delegated));
  });

  it("D10: nobody calls for a reward: no instruction of any program mints, whoever signs it", () => {
    const built = createStakingChain({ stakeAccounts: [{ validator: 0, stake: 60n * sol, state: "active" }] });
    const { start, owner } = built;
    const { identity, voteAccount } = built.network.validators[0]!;
    const stake = built.stakes[0]!;
    const keys = [
      { address: stake, isSigner: false, isWritable: true },
      { address: voteAccount, isSigner: false, isWritable: true },
      { address: owner.address, isSigner: true, isWritable: true },
      { address: identity.address, isSigner: true, isWritable: true },
    ];
    let refused = 0;
    for (const programAddress of [
      stakeProgramAddress,
      voteProgramAddress,
      slashingProgramAddress,
      systemProgramAddress,
    ]) {
      for (let tag = 0; tag < 32; tag++) {
        const data = Uint8Array.of(tag, 0, 0, 0, ...new Uint8Array(40).fill(1));
        const tried = attempt(built, start, owner, [{ programAddress, accounts: keys, data }], { signers: [identity] });
        if (tried.error !== null) refused++;
        expect(tried.bank.supply.minted).toBe(start.supply.minted);
        expect(tried.bank.supply.total).toBe(start.supply.total - fee);
        expect(tried.bank.rewards.every(({ type }) => type === "fee")).toBe(true);
      }
    }
    // DelegateStake, Deactivate and their like may go through; they mint nothing either.
    expect(refused).toBeGreaterThan(100);
  });

  it("D10: a leader without an account loses what is too little to open one with, and the supply says so", () => {
    const built = createStakingChain({ params: still });
    const { start, thief } = built;
    const { identity } = built.network.validators[0]!;
    const whole = balanceIn(start, identity.address) - fee;
    let bank = start;
    // Its own fee may come back to it as leader, so that another must lead the block in which it empties its account.
    while (leaderKeyAt(built, bank, bank.slot + 1) === identity) bank = extendTo(built, bank, bank.slot + 1);
    bank = landed(built, bank, identity, [transferInstruction(identity.address, thief.address, whole)]);
    expect(accountAt(bank.accounts, identity.address)).toBeNull();
    while (leaderKeyAt(built, bank, bank.slot + 1) !== identity) bank = extendTo(built, bank, bank.slot + 1);
    const led = landed(built, bank, thief, [transferInstruction(thief.address, thief.address, 1n)]);
    expect(led.leader).toBe(identity.address);
    expect(accountAt(led.accounts, identity.address)).toBeNull();
    expect(led.rewards).toEqual([]);
    expect(led.supply.burned - bank.supply.burned).toBe(fee);
    expect(lamportsIn(led)).toBe(led.supply.total);
  });

  it("D10: rewards cannot be negative: an inflation below nothing, or none of a number, is no parameter", () => {
    for (const field of ["inflationInitialBps", "inflationTerminalBps", "inflationTaperBps"] as const) {
      for (const value of [-1, -0.5, Number.NaN, Number.POSITIVE_INFINITY, 5n, "5", null]) {
        const refused = createParams("lab", { [field]: value } as Partial<ChainParams>);
        expect(refused).toMatchObject({ ok: false, code: "params-invalid", facts: { field } });
      }
    }
    const commissions = (commission: number) =>
      createNetwork(
        {
          seed: "commission",
          params: testParams(),
          creationTime: 0,
          validators: [{ stake: sol, commission }],
          accounts: 0,
          accountLamports: 0n,
        },
        testCrypto.signatures,
      );
    for (const commission of [-1, 101, Number.NaN]) {
      expect(commissions(commission)).toMatchObject({ ok: false, code: "commission-out-of-range" });
    }
    expect([commissions(0).ok, commissions(100).ok]).toEqual([true, true]);
  });

  it("D11: cannot be expressed: nothing is added by pasting over a class; on one chain every program still answers", () => {
    // The chapter's second extension replaced the registry by one without its first methods. Here there is no registry
    // object: programs stand in one list, each at its own address, and registering, delegating, slashing and paying are
    // steps of one chain. That they are all there is what can be tested: each is asked for in the same block's state.
    expect(new Set(programs.map(({ address }) => address)).size).toBe(programs.length);
    const built = createStakingChain({
      params: { slashCorrelationMultiplier: 0, stakeWarmup: "instant" },
      stakeAccounts: [{ validator: 1, stake: 60n * sol, state: "active" }],
    });
    const by = built.owner.address;
    const [node, vote, stake] = ["node", "vote", "stake"].map((name) => keypairNamed(`another ${name}`));
    let bank = convict(built, built.start, 1);
    const opened = openVote(built, by, vote!.address, node!.address);
    bank = landed(built, bank, built.owner, opened, { signers: [vote!, node!] });
    const staked = openStake(built, by, stake!.address, 5n * sol);
    const delegated = [...staked, delegate(stake!.address, vote!.address, by)];
    bank = landed(built, bank, built.owner, delegated, { signers: [stake!] });
    bank = extendToEpoch(built, bank, 2);
    expect(recordIn(offendersOf(built), bank, 1)!.takenTotal).toBe(18n * sol);
    const validators = bank.stakeTables.get(epochOf(3))!.entries.map(({ voteAccount }) => voteAccount);
    expect(validators).toEqual([built.votes[0], built.votes[2], vote!.address]);
    expect(bank.rewardsProgress!.rewards.epoch).toBe(1);
  });
});
