/**
 * Group D, second part: what can be done to slashing and to whoever has stake (D5 to D9). More on evidence and its
 * consequences: slashing-evidence.test.ts and slashing-penalties.test.ts.
 */
import { describe, expect, it } from "vitest";
import { accountAt, applyAccountChanges } from "../../src/chain/accounts-tree.ts";
import { applyBlock } from "../../src/chain/apply-block.ts";
import { createTransaction } from "../../src/chain/create-transaction.ts";
import { createWithdrawVoteInstruction } from "../../src/chain/create-vote-instructions.ts";
import type { Keypair } from "../../src/chain/crypto.ts";
import { type Address, epochOf } from "../../src/chain/ids.ts";
import { type ChainParams, createParams } from "../../src/chain/params.ts";
import { rentExemptMinimum } from "../../src/chain/rent.ts";
import {
  createDuplicateBlockEvidence,
  createSubmitEvidenceInstruction,
} from "../../src/chain/slashing/create-evidence.ts";
import { slashingErrors } from "../../src/chain/slashing/errors.ts";
import { slashingRecordAddress } from "../../src/chain/slashing/record.ts";
import { voteAccountBytes } from "../../src/chain/vote-state.ts";
import { createDevnet } from "../../src/host/devnet.ts";
import { createNetwork } from "../../src/sim/network.ts";
import { produceAt, reseal, type TestChainPlan, testCrypto, testParams } from "../support/chain-builder.ts";
import { createCaller } from "../support/rpc-calls.ts";
import { duplicateBlocks, recordIn, votePair } from "../support/slashing-world.ts";
import {
  balanceIn,
  convict,
  createStakingChain,
  deactivate,
  delegate,
  delegationIn,
  expectBacked,
  expectRefused,
  extendTo,
  extendToEpoch,
  frozenIn,
  keypairNamed,
  lamportsIn,
  landed,
  offendersOf,
  openStake,
  openVote,
  sol,
  statusIn,
  still,
  u64Max,
  unsigned,
  voteKeypair,
  withdraw,
} from "./stakers.ts";

describe("D5–D9: slashing", () => {
  /** Everything of whoever is convicted, and nothing that grows. */
  const all: TestChainPlan = { params: { ...still, slashDuplicateBlockBps: 10_000, stakeWarmup: "instant" } };

  it("D5: a validator slashed to nothing leaves the draw, the others lead on, and nothing divides by its zero", () => {
    const built = createStakingChain(all);
    const convicted = convict(built, built.start, 0);
    const bank = extendToEpoch(built, convicted, 5);
    const [own] = built.network.genesis.validators.map(({ stakeAccount }) => stakeAccount);
    expect(delegationIn(bank, own!).stake).toBe(0n);
    expect(statusIn(built, bank, own!)).toEqual({ effective: 0n, activating: 0n, deactivating: 0n });
    const shares = built.votes.map((vote) => frozenIn(bank, 5, vote));
    expect(shares).toEqual([0n, 300n * sol, 100n * sol]);
    expect(bank.stakeTables.get(epochOf(5))!.total).toBe(400n * sol);
    const leaders = new Set<Address | null>();
    let at = bank;
    while (at.slot < 190) {
      at = extendTo(built, at, at.slot + 1);
      leaders.add(at.leader);
    }
    const [slashed, ...others] = built.network.validators.map(({ identity }) => identity.address);
    expect(leaders).toEqual(new Set(others));
    expect(leaders.has(slashed!)).toBe(false);
    // What was left of its account can be taken home, and its stake account closed.
    const { identity } = built.network.validators[0]!;
    const stopped = landed(built, bank, identity, [deactivate(own!, identity.address)]);
    const cold = extendToEpoch(built, stopped, 6);
    const closed = landed(built, cold, identity, [withdraw(own!, balanceIn(cold, own!), identity.address)]);
    expect(accountAt(closed.accounts, own!)).toBeNull();
  });

  it("D5: when everybody is slashed to nothing the chain still goes on, on the newest stakes that were not nothing", () => {
    const built = createStakingChain(all);
    let bank = built.start;
    for (const validator of [0, 1, 2]) bank = convict(built, bank, validator);
    bank = extendToEpoch(built, bank, 6);
    for (const { stakeAccount } of built.network.genesis.validators)
      expect(delegationIn(bank, stakeAccount).stake).toBe(0n);
    expect(built.votes.map((vote) => frozenIn(bank, 6, vote))).toEqual([600n * sol, 300n * sol, 100n * sol]);
    // Fresh stake for a validator that nobody convicted ends that: two epochs later it leads alone.
    const [node, vote, stake] = ["fresh node", "fresh vote", "fresh stake"].map((name) => keypairNamed(name));
    const opened = openVote(built, built.owner.address, vote!.address, node!.address);
    bank = landed(built, bank, built.owner, opened, { signers: [vote!, node!] });
    const staked = openStake(built, built.owner.address, stake!.address, 5n * sol);
    const delegated = [...staked, delegate(stake!.address, vote!.address, built.owner.address)];
    bank = extendToEpoch(built, landed(built, bank, built.owner, delegated, { signers: [stake!] }), 7);
    const table = bank.stakeTables.get(epochOf(8))!;
    expect(table.entries).toEqual([{ voteAccount: vote!.address, identity: node!.address, stake: 5n * sol }]);
    expect(lamportsIn(bank)).toBe(bank.supply.total);
  });

  it("D5: nothing that is asked of a network without any stake divides by zero: the devnet answers and goes on", async () => {
    const devnet = createDevnet({
      validators: 1,
      accounts: 1,
      params: { ...still, slotsPerEpoch: 32, ticksPerSlot: 1, hashesPerTick: 2, slashDuplicateBlockBps: 10_000 },
    });
    await devnet.advanceSlots(4);
    const [{ identity, voteAccount }] = devnet.validators as [(typeof devnet.validators)[number]];
    const [reporter] = devnet.accounts as [Keypair];
    const block = [...devnet.blocks()].at(-1)!;
    const evidence = createDuplicateBlockEvidence(
      block,
      reseal(devnet.chain, block, { stateHash: block.parentId }, identity),
    );
    const transaction = createTransaction({
      scheme: testCrypto.signatures,
      feePayer: reporter,
      instructions: [createSubmitEvidenceInstruction({ reporter: reporter.address, voteAccount, evidence })],
      recentBlockhash: devnet.view.bank("processed").blockhash,
    });
    expect(devnet.view.submit([transaction]).size).toBe(0);
    await devnet.advanceEpochs(3);
    await devnet.advanceSlots(3);
    const { stakeAccount } = devnet.genesis.validators[0]!;
    const bank = devnet.view.bank("processed");
    expect([bank.epoch, delegationIn(bank, stakeAccount).stake]).toEqual([3, 0n]);
    const { get } = createCaller(devnet.view);
    const { current, delinquent } = get("getVoteAccounts", { commitment: "processed" });
    expect([...current, ...delinquent]).toMatchObject([{ votePubkey: voteAccount, activatedStake: 0 }]);
    const methods = ["getEpochInfo", "getInflationRate", "getInflationGovernor", "getLeaderSchedule", "getSupply"];
    for (const method of [...methods, "getBlockProduction", "getClusterNodes", "getRecentPerformanceSamples"]) {
      expect(get(method), method).not.toBeUndefined();
    }
    expect(get("getBlockCommitment", bank.slot)).toHaveProperty("totalStake");
    expect(devnet.verify()).toMatchObject({ ok: true });
    await devnet.close();
  });

  it("D6: a slash that gives, is no number or takes more than all cannot be said: not by parameter, genesis or evidence", () => {
    const shares = ["slashDuplicateBlockBps", "slashLockoutBps", "slashReporterBps"] as const;
    const counts = ["slashCorrelationMultiplier", "slashCorrelationEpochs", "slashJailEpochs"] as const;
    const odd = [
      -1,
      -0.5,
      0.5,
      Number.NaN,
      Number.POSITIVE_INFINITY,
      Number.NEGATIVE_INFINITY,
      5n,
      "5",
      true,
      null,
      2 ** 53,
    ];
    for (const field of [...shares, ...counts, "slashEvidenceEpochs"] as const) {
      for (const value of odd) {
        const refused = createParams("lab", { [field]: value } as Partial<ChainParams>);
        expect(refused).toMatchObject({ ok: false, code: "params-invalid", facts: { field, value: String(value) } });
      }
      expect(createParams("lab", { [field]: 0 }).ok).toBe(true);
    }
    for (const field of shares) {
      expect(createParams("lab", { [field]: 10_000 }).ok).toBe(true);
      expect(createParams("lab", { [field]: 10_001 })).toMatchObject({ code: "params-invalid", facts: { field } });
    }
    for (const value of [Number.NaN, 1, "yes", null]) {
      expect(createParams("lab", { slashing: value as never })).toMatchObject({ code: "params-invalid" });
      expect(createParams("lab", { slashTombstone: value as never })).toMatchObject({ code: "params-invalid" });
    }
    const genesis = (slashed: unknown) =>
      createNetwork(
        {
          seed: "slashed",
          params: testParams(),
          creationTime: 0,
          validators: [{ stake: sol }, { stake: sol, slashed: slashed as bigint }],
          accounts: 0,
          accountLamports: 0n,
        },
        testCrypto.signatures,
      );
    expect(genesis(5n).ok).toBe(true);
    for (const slashed of [-1n, Number.NaN, 0.5, 5, "5", 2n ** 64n]) {
      expect(genesis(slashed), String(slashed)).toMatchObject({ ok: false, code: "record-invalid" });
    }
    // Evidence names an offence, and no amount: at the worst parameters a stake falls to nothing, never below.
    const worst = createStakingChain({
      params: { ...still, slashDuplicateBlockBps: 10_000, slashCorrelationMultiplier: 1000 },
    });
    const before = worst.start;
    const bank = extendToEpoch(worst, convict(worst, before, 1), 2);
    const record = recordIn(offendersOf(worst), bank, 1)!;
    expect(record.convictions[0]!.settlement).toMatchObject({ shareBps: 10_000, taken: 300n * sol });
    expect(lamportsIn(bank)).toBe(bank.supply.total);
  });

  it("D7: a slash needs evidence, whoever asks for it; one of nothing makes nobody immune against the next", () => {
    const built = createStakingChain({ params: { ...still, slashLockoutBps: 0, slashCorrelationMultiplier: 0 } });
    const world = offendersOf(built);
    const { start, thief } = built;
    const voteAccount = built.votes[1]!;
    const { identity } = built.network.validators[1]!;
    const duplicate = duplicateBlocks(world, 1, 30);
    const evidence = createSubmitEvidenceInstruction({ reporter: thief.address, voteAccount, evidence: duplicate });
    const malformed = { Custom: slashingErrors.EvidenceMalformed };
    expectRefused(built, start, thief, [{ ...evidence, data: Uint8Array.of(0) }], malformed);
    expectRefused(built, start, thief, [{ ...evidence, data: Uint8Array.of(1) }], "InvalidInstructionData");
    expectRefused(built, start, thief, [{ ...evidence, data: evidence.data.slice(0, 40) }], malformed);
    const named = createSubmitEvidenceInstruction({ reporter: identity.address, voteAccount, evidence: duplicate });
    expectRefused(built, start, thief, [unsigned(named, identity.address)], "MissingRequiredSignature");

    // slash(a, 0): the offender's own accomplice has it convicted of the cheaper offence first.
    const locked = {
      votes: [
        [28, 3],
        [30, 1],
      ],
    } as const;
    const broken = votePair(world, 1, locked, { votes: [[32, 1]] });
    const shield = createSubmitEvidenceInstruction({ reporter: identity.address, voteAccount, evidence: broken });
    let bank = landed(built, start, identity, [shield]);
    expect(recordIn(world, bank, 1)!.convictions.map(({ kind, baseBps }) => [kind, baseBps])).toEqual([["lockout", 0]]);
    // Nor does one report in another's name, now that nobody has to pay for the record.
    expectRefused(built, bank, thief, [unsigned(named, identity.address)], "MissingRequiredSignature");
    bank = landed(built, bank, thief, [evidence]);
    expectRefused(built, bank, thief, [evidence], { Custom: slashingErrors.AlreadyPunished });
    const second = createSubmitEvidenceInstruction({
      reporter: thief.address,
      voteAccount,
      evidence: duplicateBlocks(world, 1, bank.slot + 1),
    });
    bank = landed(built, bank, thief, [second]);
    bank = extendToEpoch(built, bank, 2);
    const taken = recordIn(world, bank, 1)!.convictions.map(({ settlement }) => settlement!.taken);
    const fivePercent = 15n * sol;
    // Each offence is paid for, by a share of what its stake is by then or was: none is free.
    expect(taken[0]).toBe(0n);
    expect(taken[1]).toBe(fivePercent);
    expect(taken[2]).toBe(((300n * sol - fivePercent) * 500n) / 10_000n);
    expect(recordIn(world, bank, 1)!.takenTotal).toBe(taken[1]! + taken[2]!);
  });

  it("D8: own and delegated stake lose the same share, the supply says where it went, and the next draw goes by what is left", () => {
    const built = createStakingChain({
      params: { ...still, slashCorrelationMultiplier: 0, slashJailEpochs: 0, slashTombstone: false },
      stakeAccounts: [
        { validator: 1, stake: 200n * sol, state: "active" },
        { validator: 1, stake: 7n * sol + 7n, state: "active" },
        { validator: 0, stake: 50n * sol, state: "active" },
      ],
    });
    const own = built.network.genesis.validators[1]!.stakeAccount;
    const [large, small, other] = built.stakes as [Address, Address, Address];
    const convicted = convict(built, built.start, 1);
    const bank = extendToEpoch(built, convicted, 2);
    const left = (amount: bigint) => amount - (amount * 500n) / 10_000n;
    const expected = [left(300n * sol), left(200n * sol), left(7n * sol + 7n), 50n * sol];
    expect([own, large, small, other].map((stake) => delegationIn(bank, stake).stake)).toEqual(expected);
    expectBacked(built, bank);
    const taken = 507n * sol + 7n - expected[0]! - expected[1]! - expected[2]!;
    const reward = (taken * 500n) / 10_000n;
    expect(bank.supply.burned - convicted.supply.burned).toBe(taken - reward);
    expect(convicted.supply.total - bank.supply.total).toBe(taken - reward);
    expect(lamportsIn(bank)).toBe(bank.supply.total);
    expect(balanceIn(bank, built.thief.address) - balanceIn(convicted, built.thief.address)).toBe(reward);
    const sum = expected[0]! + expected[1]! + expected[2]!;
    expect(frozenIn(convicted, 2, built.votes[1]!)).toBe(507n * sol + 7n);
    expect(frozenIn(bank, 3, built.votes[1]!)).toBe(sum);
    expect(bank.stakeTables.get(epochOf(3))!.total).toBe(sum + 600n * sol + 50n * sol + 100n * sol);
  });

  it("D8: a state in which the penalty was not taken is not this block's: every verifier takes it, or refuses", () => {
    const built = createStakingChain(all);
    const convicted = convict(built, built.start, 1);
    const honest = produceAt(built, convicted, 64).block;
    const record = slashingRecordAddress(built.votes[1]!);
    const accounts = applyAccountChanges(convicted.accounts, [{ address: record, account: null }]);
    const merciful = produceAt(built, { ...convicted, accounts }, 64);
    expect(delegationIn(merciful.bank, built.network.genesis.validators[1]!.stakeAccount).stake).toBe(300n * sol);
    expect(merciful.block.leader).toBe(honest.leader);
    expect(applyBlock(built.chain, convicted, merciful.block)).toMatchObject({ ok: false, code: "state-hash-wrong" });
    expect(applyBlock(built.chain, convicted, honest).ok).toBe(true);
  });

  it("D9: a tombstone outlasts fresh stake, another identity, and the vote account's own end", () => {
    const built = createStakingChain(all);
    const { identity, voteAccount } = built.network.validators[1]!;
    const [rent, by] = [rentExemptMinimum(voteAccountBytes, built.chain.params), built.owner.address];
    let bank = convict(built, built.start, 1);
    // At once: the account is initialized already, and in use.
    const again = openVote(built, by, voteAccount, identity.address);
    const signers = [voteKeypair(1), identity];
    expect(voteKeypair(1).address).toBe(voteAccount);
    expectRefused(built, bank, built.owner, again, { Custom: 0 }, { signers });
    expectRefused(built, bank, built.owner, again.slice(1), "AccountAlreadyInitialized", { signers: [identity] });
    // Closed, and opened again at the same address, with another identity and 500 SOL that never misbehaved.
    const recipient = identity.address;
    const lamports = balanceIn(bank, voteAccount);
    const close = createWithdrawVoteInstruction({ voteAccount, withdrawer: identity.address, recipient, lamports });
    bank = landed(built, bank, identity, [close]);
    expect(accountAt(bank.accounts, voteAccount)).toBeNull();
    const [node, stake] = [keypairNamed("new node"), keypairNamed("fresh stake")];
    const reopened = openVote(built, by, voteAccount, node.address);
    bank = landed(built, bank, built.owner, reopened, { signers: [voteKeypair(1), node] });
    expect(balanceIn(bank, voteAccount)).toBe(rent);
    const staked = openStake(built, by, stake.address, 500n * sol);
    bank = landed(built, bank, built.owner, [...staked, delegate(stake.address, voteAccount, by)], {
      signers: [stake],
    });
    for (let epoch = 2; epoch <= 12; epoch++) {
      bank = extendToEpoch(built, bank, epoch);
      expect(bank.stakeTables.get(epochOf(epoch + 1))!.byVoteAccount.has(voteAccount)).toBe(false);
    }
    expect(statusIn(built, bank, stake.address).effective).toBe(500n * sol);
    expect(recordIn(offendersOf(built), bank, 1)).toMatchObject({ tombstoned: true, jailedUntilEpoch: u64Max });
    expect(accountAt(bank.accounts, slashingRecordAddress(voteAccount))).not.toBeNull();
  });

  it("D9: the same person comes back as a new validator only: a new vote account, new stake, and the same wait as anybody", () => {
    // A key costs nothing, so that to bar an identity would bar nobody. What costs is stake, and the stake that was
    // there when it offended has paid: what comes back warms up as everybody's does, and is at risk anew.
    const built = createStakingChain(all);
    const world = offendersOf(built);
    const { identity } = built.network.validators[1]!;
    const by = built.owner.address;
    const [vote, stake] = [keypairNamed("second vote"), keypairNamed("second stake")];
    let bank = convict(built, built.start, 1);
    const opened = openVote(built, by, vote.address, identity.address);
    bank = landed(built, bank, built.owner, opened, { signers: [vote, identity] });
    const staked = openStake(built, by, stake.address, 500n * sol);
    bank = landed(built, bank, built.owner, [...staked, delegate(stake.address, vote.address, by)], {
      signers: [stake],
    });
    expect([frozenIn(bank, 1, vote.address), frozenIn(bank, 2, vote.address)]).toEqual([0n, 0n]);
    bank = extendToEpoch(built, bank, 2);
    expect([frozenIn(bank, 2, vote.address), frozenIn(bank, 3, vote.address)]).toEqual([0n, 500n * sol]);
    // The old stake was settled with, and stays barred: moved to the new account it would have to cool down first.
    const old = built.network.genesis.validators[1]!.stakeAccount;
    expect(delegationIn(bank, old)).toMatchObject({ stake: 0n, voteAccount: built.votes[1] });
    bank = extendToEpoch(built, bank, 3);
    const evidence = duplicateBlocks(world, 1, bank.slot);
    const against = createSubmitEvidenceInstruction({
      reporter: built.thief.address,
      voteAccount: vote.address,
      evidence,
    });
    bank = extendToEpoch(built, landed(built, bank, built.thief, [against]), 4);
    expect(delegationIn(bank, stake.address).stake).toBe(0n);
    expect(bank.stakeTables.get(epochOf(5))!.byVoteAccount.has(vote.address)).toBe(false);
  });
});
