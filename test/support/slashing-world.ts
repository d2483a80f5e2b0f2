/**
 * A small real chain on which validators misbehave: their keys sign whatever a test asks for, evidence lands in real blocks,
 * and epochs begin with whatever the chain does then.
 *
 *     const world = createSlashingWorld({ stakes: [600n, 300n, 100n] });
 *     const evidence = duplicateBlocks(world, 1, 5);                  validator 1 signs two blocks of slot 5
 *     const { error, bank } = submit(world, bank, evidence, { validator: 1 });
 */
import { sha256 } from "@noble/hashes/sha2.js";
import { expect } from "vitest";
import { utf8Bytes } from "../../src/base/bytes.ts";
import type { Account } from "../../src/chain/account.ts";
import { accountAt, applyAccountChanges } from "../../src/chain/accounts-tree.ts";
import { stakeProgramAddress } from "../../src/chain/addresses.ts";
import { applyBlock } from "../../src/chain/apply-block.ts";
import { type Bank, createGenesisBank } from "../../src/chain/bank.ts";
import type { Block } from "../../src/chain/block.ts";
import { type Chain, createChain } from "../../src/chain/chain.ts";
import { createTransaction, type InstructionRequest } from "../../src/chain/create-transaction.ts";
import type { Keypair } from "../../src/chain/crypto.ts";
import type { TransactionError } from "../../src/chain/execution.ts";
import type { Genesis } from "../../src/chain/genesis.ts";
import {
  type Address,
  addressOf,
  compareAddresses,
  type Hash,
  hashOf,
  lamportsOf,
  lamportsPerSol,
  type Slot,
  slotOf,
} from "../../src/chain/ids.ts";
import type { ChainParams } from "../../src/chain/params.ts";
import { rentExemptMinimum } from "../../src/chain/rent.ts";
import {
  createDuplicateBlockEvidence,
  createSubmitEvidenceInstruction,
  createVoteEvidence,
} from "../../src/chain/slashing/create-evidence.ts";
import { type SlashingErrorName, slashingErrors } from "../../src/chain/slashing/errors.ts";
import type { DuplicateBlockEvidence, Evidence, LockoutEvidence } from "../../src/chain/slashing/evidence.ts";
import { readSlashingRecord } from "../../src/chain/slashing/jail.ts";
import { type SlashingRecord, slashingRecordAddress } from "../../src/chain/slashing/record.ts";
import {
  createDelegation,
  decodeDelegatedStake,
  encodeStakeState,
  never,
  noLockup,
  type StakeDelegation,
  stakeAccountBytes,
} from "../../src/chain/stake-account.ts";
import type { Transaction, Verified } from "../../src/chain/transaction.ts";
import { createVote } from "../../src/consensus/vote.ts";
import type { Network, NetworkValidator } from "../../src/sim/network.ts";
import { createTestNetwork, must, produceAt, reseal, type TestChain, testCrypto } from "./chain-builder.ts";

export type DelegatorPlan = {
  /** Whose place in the stakes. */
  readonly validator: number;
  /** In whole SOL. */
  readonly stake: bigint;
  readonly activationEpoch?: bigint;
  readonly deactivationEpoch?: bigint;
};

export type SlashingWorldPlan = {
  readonly seed?: string;
  readonly params?: Partial<ChainParams>;
  /** The validators' own, in whole SOL. */
  readonly stakes?: readonly bigint[];
  readonly delegators?: readonly DelegatorPlan[];
  /** Beside all others, or in their place. */
  readonly accounts?: readonly (readonly [Address, Account])[];
};

export type SlashingWorld = {
  readonly built: TestChain;
  readonly network: Network;
  readonly chain: Chain;
  readonly genesisBank: Bank;
  readonly validators: readonly NetworkValidator[];
  /** Has money, and no part in anything. */
  readonly reporter: Keypair;
  readonly delegators: readonly Address[];
};

export const delegatorOwner = testCrypto.signatures.createKeypair(sha256(utf8Bytes("delegator")));

export function createSlashingWorld(plan: SlashingWorldPlan = {}): SlashingWorld {
  const { stakes = [600n, 300n, 100n], seed = "slashing", params = {} } = plan;
  const network = createTestNetwork({ seed, stakes, params });
  const delegators = (plan.delegators ?? []).map((_, index) => addressOf(sha256(utf8Bytes(`delegator ${index}`))));
  const extra = (plan.delegators ?? []).map(
    (delegator, index) => [delegators[index]!, delegatorAccount(network, delegator)] as const,
  );
  const genesis = withAccounts(network.genesis, [...extra, ...(plan.accounts ?? [])]);
  const chain = createChain(genesis, testCrypto);
  const genesisBank = createGenesisBank(chain);
  const keys = new Map(network.validators.map(({ identity }) => [identity.address, identity]));
  const built = { network, chain, genesisBank, keys };
  const { validators } = network;
  return { built, network, chain, genesisBank, validators, reporter: network.accounts[0]!, delegators };
}

function delegatorAccount({ genesis, validators }: Network, plan: DelegatorPlan): Account {
  const rentReserve = rentExemptMinimum(stakeAccountBytes, genesis.params);
  const { address } = delegatorOwner;
  const meta = { rentReserve, staker: address, withdrawer: address, lockup: noLockup };
  const stake = lamportsOf(plan.stake * lamportsPerSol);
  const { voteAccount } = validators[plan.validator]!;
  const { activationEpoch = never, deactivationEpoch = never } = plan;
  const made = createDelegation({ voteAccount, stake, activationEpoch, creditsObserved: 0n });
  const data = encodeStakeState({ type: "delegated", meta, delegation: { ...made, deactivationEpoch } });
  return { lamports: lamportsOf(stake + rentReserve), owner: stakeProgramAddress, data, executable: false };
}

function withAccounts(genesis: Genesis, extra: readonly (readonly [Address, Account])[]): Genesis {
  const accounts = new Map([...genesis.accounts, ...extra]);
  return { ...genesis, accounts: [...accounts].sort(([a], [b]) => compareAddresses(a, b)) };
}

/** The bank after one empty block at `slot`; the slots between are skipped. */
export function extendTo(world: SlashingWorld, bank: Bank, slot: number): Bank {
  return replay(world, bank, produceAt(world.built, bank, slot).block);
}

/** What every other validator makes of a block: it must get the state that the leader claims. */
function replay(world: SlashingWorld, parent: Bank, block: Block): Bank {
  return must(applyBlock(world.chain, parent, block));
}

export const ownStakeOf = (world: SlashingWorld, validator: number): Address =>
  world.network.genesis.validators[validator]!.stakeAccount;

export function stakeIn(bank: Bank, stakeAccount: Address): { lamports: bigint; delegation: StakeDelegation } {
  const account = accountAt(bank.accounts, stakeAccount)!;
  return { lamports: account.lamports, delegation: decodeDelegatedStake(account.data)!.delegation };
}

export const delegatedIn = (bank: Bank, stakeAccount: Address): bigint => stakeIn(bank, stakeAccount).delegation.stake;

export function recordIn(world: SlashingWorld, bank: Bank, validator: number): SlashingRecord | null {
  const address = slashingRecordAddress(world.validators[validator]!.voteAccount);
  const account = accountAt(bank.accounts, address);
  return account === null ? null : readSlashingRecord(address, account);
}

const named = (name: string): Hash => hashOf(sha256(utf8Bytes(name)));

/** A block of any slot and content, signed by a validator of this chain. */
export function signedBlock(world: SlashingWorld, validator: number, slot: number, name: string): Block {
  const { identity } = world.validators[validator]!;
  const { block } = produceAt(world.built, world.genesisBank, 1);
  const changes = {
    slot: slotOf(slot),
    parentSlot: slotOf(slot - 1),
    leader: identity.address,
    stateHash: named(name),
  };
  return reseal(world.chain, block, changes, identity);
}

/** Blocks of one slot, each signed by the validator; any two are evidence. */
export function duplicateBlocks(
  world: SlashingWorld,
  validator: number,
  slot: number,
  names: readonly [string, string] = ["one", "other"],
): DuplicateBlockEvidence {
  const [a, b] = names.map((name) => signedBlock(world, validator, slot, name));
  return createDuplicateBlockEvidence(a!, b!);
}

export type TowerPairs = readonly (readonly [slot: number, confirmationCount: number])[];

export type VotePlan = {
  readonly votes: TowerPairs;
  readonly root?: number;
  readonly block?: string;
  /** Whose key signs; the validator's own when left out. */
  readonly signer?: Keypair;
  readonly recentBlockhash?: Hash;
  readonly timestamp?: bigint;
};

/** A vote for a block of the validator's own making, which nobody has to have seen. */
export function signedVote(
  world: SlashingWorld,
  validator: number,
  plan: VotePlan,
): { readonly transaction: Verified<Transaction>; readonly block: Block } {
  const { identity, voteAccount } = world.validators[validator]!;
  const votes = plan.votes.map(([slot, confirmationCount]) => ({ slot: slotOf(slot), confirmationCount }));
  const root: Slot | null = plan.root === undefined ? null : slotOf(plan.root);
  const block = signedBlock(world, validator, votes.at(-1)!.slot, plan.block ?? "voted");
  const { transaction } = createVote({
    scheme: testCrypto.signatures,
    identity: plan.signer ?? identity,
    voteAccount,
    tower: { root, votes },
    blockId: block.blockId,
    recentBlockhash: plan.recentBlockhash ?? named("recent"),
    timestamp: plan.timestamp ?? null,
  });
  return { transaction, block };
}

export function votePair(world: SlashingWorld, validator: number, a: VotePlan, b: VotePlan): LockoutEvidence {
  const evidence = createVoteEvidence(signedVote(world, validator, a), signedVote(world, validator, b));
  if (!evidence.ok) throw new Error(JSON.stringify(evidence.facts));
  return evidence.value;
}

export type Submitted = {
  readonly error: TransactionError | null;
  readonly logs: readonly string[];
  readonly bank: Bank;
};

/** The next block, or that at `slot`, with the evidence against a validator in it. */
export function submit(
  world: SlashingWorld,
  bank: Bank,
  evidence: Evidence,
  fields: { readonly validator: number; readonly reporter?: Keypair; readonly slot?: number },
): Submitted {
  const { reporter = world.reporter } = fields;
  const { voteAccount } = world.validators[fields.validator]!;
  const instruction = createSubmitEvidenceInstruction({ reporter: reporter.address, voteAccount, evidence });
  return land(world, bank, [instruction], reporter, fields.slot);
}

/** The next block, or that at `slot`, with one transaction in it, signed by its payer and, where asked for, the delegators' owner. */
export function land(
  world: SlashingWorld,
  bank: Bank,
  instructions: readonly InstructionRequest[],
  feePayer: Keypair,
  slot: number = bank.slot + 1,
): Submitted {
  const scheme = testCrypto.signatures;
  const signers = [delegatorOwner];
  const transaction = createTransaction({ scheme, feePayer, signers, instructions, recentBlockhash: bank.blockhash });
  const produced = produceAt(world.built, bank, slot, [transaction]);
  const [result] = produced.bank.results;
  if (result === undefined) throw new Error(`barred: ${JSON.stringify(produced.barred.map(({ error }) => error))}`);
  return { error: result.error, logs: result.logs, bank: replay(world, bank, produced.block) };
}

/** Refused by this name, said in the log, and nothing changed but the reporter's fee. */
export function expectRefused(
  world: SlashingWorld,
  bank: Bank,
  evidence: Evidence,
  name: SlashingErrorName,
  validator = 1,
  slot?: number,
): void {
  const before = accountAt(bank.accounts, world.reporter.address)!;
  const record = recordIn(world, bank, validator);
  const submitted = submit(world, bank, evidence, { validator, ...(slot === undefined ? {} : { slot }) });
  expect(submitted.error, submitted.logs.join("\n")).toEqual({
    InstructionError: [0, { Custom: slashingErrors[name] }],
  });
  expect(submitted.logs.join("\n")).toContain(`Evidence refused: ${name}`);
  expect(recordIn(world, submitted.bank, validator)).toEqual(record);
  const after = accountAt(submitted.bank.accounts, world.reporter.address)!;
  expect(after).toEqual({ ...before, lamports: lamportsOf(before.lamports - 5000n) });
}

/** It went through; the bank in which the validator is convicted. */
export function expectConvicted(submitted: Submitted): Bank {
  expect(submitted.error, submitted.logs.join("\n")).toBeNull();
  return submitted.bank;
}

/** A bank's state with one account put in another's place, or none: a state that no block leads to. */
export function withAccount(bank: Bank, address: Address, account: Account | null): Bank["accounts"] {
  return applyAccountChanges(bank.accounts, [{ address, account }]);
}

/** With one bit of one byte changed. */
export const flip = (bytes: Uint8Array, at: number) => bytes.with(at, bytes[at]! ^ 1);

/**
 * A chain ten slots long, and what validator 1 signed: two blocks of slot 5, and two votes of which the later breaks the
 * earlier's lockout.
 */
export function createOffences() {
  const world = createSlashingWorld();
  const at10 = extendTo(world, world.genesisBank, 10);
  const duplicate = duplicateBlocks(world, 1, 5);
  const brokenLockout = votePair(
    world,
    1,
    {
      votes: [
        [2, 3],
        [4, 2],
        [5, 1],
      ],
    },
    {
      votes: [
        [2, 3],
        [7, 1],
      ],
    },
  );
  return { world, at10, duplicate, brokenLockout };
}
