/**
 * What the attacks on staking share: a chain with one staker's accounts in every state, a thief with money of his own, and
 * what a refused transaction may change: the payer's fee, and its leader's half of it.
 *
 *     const staking = createStakingChain()                       epoch 1, slot 34: rewards paid, stake accounts move
 *     const { error, bank } = attempt(staking, staking.start, thief, [withdraw(…)])
 *     expectRefused(staking, staking.start, thief, [withdraw(…)], "MissingRequiredSignature")
 */
import { createNoopSigner, type Instruction, type TransactionSigner } from "@solana/kit";
import {
  getDeactivateInstruction,
  getDelegateStakeInstruction,
  getInitializeInstruction,
  getMergeInstruction,
  getMoveLamportsInstruction,
  getMoveStakeInstruction,
  getSplitInstruction,
  getWithdrawInstruction,
} from "@solana-program/stake";
import { getCreateAccountInstruction } from "@solana-program/system";
import { expect } from "vitest";
import { accountAt, accountsEntries } from "../../src/chain/accounts-tree.ts";
import { changedAccounts } from "../../src/chain/accounts-tree-diff.ts";
import {
  stakeProgramAddress,
  systemProgramAddress,
  sysvarOwnerAddress,
  voteProgramAddress,
} from "../../src/chain/addresses.ts";
import { applyBlock } from "../../src/chain/apply-block.ts";
import type { Bank } from "../../src/chain/bank.ts";
import type { Block } from "../../src/chain/block.ts";
import { createTransaction, type InstructionRequest } from "../../src/chain/create-transaction.ts";
import { createInitializeVoteAccountInstruction } from "../../src/chain/create-vote-instructions.ts";
import type { Keypair } from "../../src/chain/crypto.ts";
import type { TransactionError } from "../../src/chain/execution.ts";
import { type Address, epochOf, lamportsPerSol } from "../../src/chain/ids.ts";
import type { ChainParams } from "../../src/chain/params.ts";
import type { InstructionError } from "../../src/chain/programs/instruction-context.ts";
import { rentExemptMinimum } from "../../src/chain/rent.ts";
import { createSubmitEvidenceInstruction } from "../../src/chain/slashing/create-evidence.ts";
import { decodeDelegatedStake, decodeStakeState, noLockup, stakeAccountBytes } from "../../src/chain/stake-account.ts";
import { stakeStatusAt } from "../../src/chain/stake-status.ts";
import { voteAccountBytes } from "../../src/chain/vote-state.ts";
import { Cluster } from "../../src/sim/cluster.ts";
import { keySeed } from "../../src/sim/network.ts";
import {
  createTestChain,
  createTestNetwork,
  must,
  produceAt,
  type TestChain,
  type TestChainPlan,
  testCrypto,
} from "../support/chain-builder.ts";
import { duplicateBlocks, type SlashingWorld } from "../support/slashing-world.ts";
import { requestOf } from "../support/transactions.ts";

export const sol = lamportsPerSol;
export const fee = 5000n;
export const u64Max = 2n ** 64n - 1n;
const seed = "staking attacks";

export type StakingChain = TestChain & {
  readonly owner: Keypair;
  readonly thief: Keypair;
  /** In the order of the plan. */
  readonly stakes: readonly Address[];
  readonly votes: readonly Address[];
  /** Epoch 1, its rewards paid. */
  readonly start: Bank;
};

/** Validators of 600, 300 and 100 SOL; the stake accounts are the owner's unless the plan says otherwise. */
export function createStakingChain(plan: TestChainPlan = {}): StakingChain {
  const params = { stakeMinimumDelegation: sol, ...plan.params };
  const built = createTestChain({ seed, ...plan, params });
  const { accounts, stakeAccounts, validators } = built.network;
  const votes = validators.map(({ voteAccount }) => voteAccount);
  const started = { ...built, owner: accounts[0]!, thief: accounts[1]!, stakes: stakeAccounts, votes };
  return { ...started, start: extendTo(started, extendTo(started, built.genesisBank, 32), 33) };
}

export const voteKeypair = (index: number): Keypair =>
  testCrypto.signatures.createKeypair(keySeed(seed, "vote", index));
export const keypairNamed = (role: string, index = 0): Keypair =>
  testCrypto.signatures.createKeypair(keySeed(seed, role, index));

/** The bank after one empty block at `slot`, as its verifiers have it. */
export function extendTo(built: TestChain, bank: Bank, slot: number): Bank {
  return must(applyBlock(built.chain, bank, produceAt(built, bank, slot).block));
}

/** Two blocks at each epoch's beginning until `epoch`: what it reckons is paid. */
export function extendToEpoch(built: TestChain, bank: Bank, epoch: number): Bank {
  let at = bank;
  for (let each = bank.epoch + 1; each <= epoch; each++)
    at = extendTo(built, extendTo(built, at, 32 * each), 32 * each + 1);
  return at;
}

export type Attempt = {
  readonly error: TransactionError | null;
  readonly logs: readonly string[];
  readonly bank: Bank;
};
export type AttemptOptions = { readonly signers?: readonly Keypair[]; readonly slot?: number };

/** The next block with one transaction in it, replayed by a verifier. */
export function attempt(
  built: TestChain,
  bank: Bank,
  feePayer: Keypair,
  instructions: readonly InstructionRequest[],
  { signers = [], slot = bank.slot + 1 }: AttemptOptions = {},
): Attempt {
  const scheme = testCrypto.signatures;
  const transaction = createTransaction({ scheme, feePayer, signers, instructions, recentBlockhash: bank.blockhash });
  const produced = produceAt(built, bank, slot, [transaction]);
  const [result] = produced.bank.results;
  if (result === undefined) throw new Error(`barred: ${JSON.stringify(produced.barred.map(({ error }) => error))}`);
  return { error: result.error, logs: result.logs, bank: must(applyBlock(built.chain, bank, produced.block)) };
}

/** It went through. */
export function landed(...given: Parameters<typeof attempt>): Bank {
  const { error, logs, bank } = attempt(...given);
  expect(error, logs.join("\n")).toBeNull();
  return bank;
}

/**
 * Refused with exactly this error, and beside the block without it nothing differs but the fee: every other account of
 * the state, byte by byte, the stakes that count and what was minted.
 */
export function expectRefused(
  built: TestChain,
  bank: Bank,
  feePayer: Keypair,
  instructions: readonly InstructionRequest[],
  expected: InstructionError,
  options: AttemptOptions & { readonly index?: number } = {},
): void {
  const { error, logs, bank: after } = attempt(built, bank, feePayer, instructions, options);
  expect(error, logs.join("\n")).toEqual({ InstructionError: [options.index ?? 0, expected] });
  const signatures = BigInt(new Set([feePayer, ...(options.signers ?? [])].map(({ address }) => address)).size);
  const paid = fee * signatures;
  const without = extendTo(built, bank, after.slot);
  const differences = changedAccounts(without.accounts, after.accounts)
    .filter(({ before }) => before?.owner !== sysvarOwnerAddress)
    .map(({ address, before, after: now }) => {
      expect({ ...now, lamports: 0n }).toEqual({ ...before, lamports: 0n });
      return [address as string, now!.lamports - before!.lamports] as const;
    });
  const expectedDifferences = new Map<string, bigint>([[feePayer.address, -paid]]);
  const leader = after.leader!;
  expectedDifferences.set(leader, (expectedDifferences.get(leader) ?? 0n) + paid / 2n);
  expect(new Map(differences)).toEqual(expectedDifferences);
  expect(after.supply).toEqual({
    total: without.supply.total - paid / 2n,
    minted: without.supply.minted,
    burned: without.supply.burned + paid / 2n,
  });
  expect(after.stakeTables).toEqual(without.stakeTables);
}

export const stakeError = (code: number): InstructionError => ({ Custom: code });

const asSigner = (address: Address): TransactionSigner => createNoopSigner(address);
const request = (instruction: Instruction): InstructionRequest => requestOf(instruction);

/** The instruction as it is sent by who cannot sign for `address`: there it stands, and has not signed. */
export function unsigned(instruction: InstructionRequest, address: Address): InstructionRequest {
  const accounts = instruction.accounts.map((account) =>
    account.address === address ? { ...account, isSigner: false } : account,
  );
  return { ...instruction, accounts };
}

export const delegate = (stake: Address, vote: Address, by: Address) =>
  request(getDelegateStakeInstruction({ stake, vote, stakeAuthority: asSigner(by) }));
export const deactivate = (stake: Address, by: Address) =>
  request(getDeactivateInstruction({ stake, stakeAuthority: asSigner(by) }));
export const withdraw = (stake: Address, lamports: bigint, by: Address, recipient: Address = by) =>
  request(getWithdrawInstruction({ stake, recipient, withdrawAuthority: asSigner(by), args: lamports }));
export const split = (stake: Address, to: Address, lamports: bigint, by: Address) =>
  request(getSplitInstruction({ stake, splitStake: to, stakeAuthority: asSigner(by), args: lamports }));
export const merge = (into: Address, from: Address, by: Address) =>
  request(getMergeInstruction({ destinationStake: into, sourceStake: from, stakeAuthority: asSigner(by) }));
export const moveStake = (from: Address, to: Address, lamports: bigint, by: Address) =>
  request(
    getMoveStakeInstruction({ sourceStake: from, destinationStake: to, stakeAuthority: asSigner(by), args: lamports }),
  );
export const moveLamports = (from: Address, to: Address, lamports: bigint, by: Address) =>
  request(
    getMoveLamportsInstruction({
      sourceStake: from,
      destinationStake: to,
      stakeAuthority: asSigner(by),
      args: lamports,
    }),
  );
export const createAccount = (
  payer: Address,
  newAccount: Address,
  lamports: bigint,
  space: number = stakeAccountBytes,
  programAddress: Address = stakeProgramAddress,
) =>
  request(
    getCreateAccountInstruction({
      payer: asSigner(payer),
      newAccount: asSigner(newAccount),
      lamports,
      space,
      programAddress,
    }),
  );
export const initialize = (stake: Address, authority: Address) =>
  request(getInitializeInstruction({ stake, arg0: { staker: authority, withdrawer: authority }, arg1: noLockup }));

/** A new stake account with this much above its rent reserve, initialized. */
export const openStake = (built: TestChain, owner: Address, stake: Address, lamports: bigint) => [
  createAccount(owner, stake, reserveOf(built) + lamports),
  initialize(stake, owner),
];

export const reserveOf = ({ chain }: TestChain): bigint => rentExemptMinimum(stakeAccountBytes, chain.params);

export const balanceIn = (bank: Bank, address: Address): bigint => accountAt(bank.accounts, address)?.lamports ?? 0n;
export const stateIn = (bank: Bank, stake: Address) => decodeStakeState(accountAt(bank.accounts, stake)!.data)!;
export const delegationIn = (bank: Bank, stake: Address) =>
  decodeDelegatedStake(accountAt(bank.accounts, stake)!.data)!.delegation;

/** What counts of a stake account now. */
export const statusIn = ({ chain }: TestChain, bank: Bank, stake: Address) =>
  stakeStatusAt(chain.params, delegationIn(bank, stake), bank.epoch, bank.stakeHistory);

/** What the leaders of an epoch are drawn by, in lamports. */
export const frozenIn = (bank: Bank, epoch: number, voteAccount: Address): bigint =>
  bank.stakeTables.get(epochOf(epoch))!.byVoteAccount.get(voteAccount)?.stake ?? 0n;

/** All lamports there are, counted one account at a time. */
export function lamportsIn(bank: Bank): bigint {
  let sum = 0n;
  for (const [, { lamports }] of accountsEntries(bank.accounts)) sum += lamports;
  return sum;
}

/** Every delegation is backed by lamports above the rent reserve of its own account. */
export function expectBacked(built: TestChain, bank: Bank): void {
  for (const [address, { owner, lamports, data }] of accountsEntries(bank.accounts)) {
    const state = owner === stakeProgramAddress ? decodeDelegatedStake(data) : null;
    if (state === null) continue;
    expect(state.delegation.stake + reserveOf(built), address).toBeLessThanOrEqual(lamports);
  }
}

/** Parameters of a chain on which nothing grows. */
export const still = { inflationInitialBps: 0, inflationTerminalBps: 0 } satisfies Partial<ChainParams>;

/** A network whose validators vote, in virtual time, with each block and its state as the observer has them. */
export function createVotingCluster(plan: TestChainPlan) {
  const network = createTestNetwork({ seed, accountLamports: 20_000n * sol, ...plan });
  const seen: { readonly block: Block; readonly bank: Bank }[] = [];
  const cluster: Cluster = new Cluster({
    network,
    crypto: testCrypto,
    onReport(node, report) {
      if (node === network.validators.length && report.type === "block-added") seen.push(report);
    },
  });
  const head = () => cluster.observing.consensus.head().bank;
  return {
    network,
    cluster,
    seen,
    head,
    advanceTo(slot: number) {
      while (cluster.slot < slot) cluster.advanceSlot();
    },
    submit(feePayer: Keypair, instructions: readonly InstructionRequest[], ...signers: readonly Keypair[]) {
      const recentBlockhash = head().blockhash;
      const scheme = testCrypto.signatures;
      const transaction = createTransaction({ scheme, feePayer, signers, instructions, recentBlockhash });
      expect(cluster.submit([transaction]).size).toBe(0);
      cluster.advanceSlot();
      cluster.advanceSlot();
      const result = seen
        .flatMap(({ bank }) => bank.results)
        .find((each) => each.transaction.signature === transaction.signature);
      expect(result?.error, result?.logs.join("\n")).toBeNull();
    },
  };
}

/** The same chain, for the tools that make evidence. */
export const offendersOf = (built: StakingChain): SlashingWorld => ({
  built,
  network: built.network,
  chain: built.chain,
  genesisBank: built.genesisBank,
  validators: built.network.validators,
  reporter: built.thief,
  delegators: built.stakes,
});

/** Two signed blocks of the slot before, handed in by the thief: money has no character. */
export function convict(built: StakingChain, bank: Bank, validator: number): Bank {
  const evidence = duplicateBlocks(offendersOf(built), validator, bank.slot);
  const voteAccount = built.votes[validator]!;
  const instruction = createSubmitEvidenceInstruction({ reporter: built.thief.address, voteAccount, evidence });
  return landed(built, bank, built.thief, [instruction]);
}

/** A new vote account, initialized, with its node in every office. */
export function openVote(
  built: StakingChain,
  payer: Address,
  voteAccount: Address,
  node: Address,
): InstructionRequest[] {
  const rent = rentExemptMinimum(voteAccountBytes, built.chain.params);
  const init = { voteAccount, node, authorizedVoter: node, authorizedWithdrawer: node, commission: 5 };
  return [
    createAccount(payer, voteAccount, rent, voteAccountBytes, voteProgramAddress),
    createInitializeVoteAccountInstruction(init),
  ];
}

export const nobody = systemProgramAddress;
