/** Slashing on a chain of the tutorial's curve: evidence is verified by the chain's own scheme of signatures. */
import { describe, expect, it } from "vitest";
import { accountAt } from "../../src/chain/accounts-tree.ts";
import { applyBlock } from "../../src/chain/apply-block.ts";
import { type Bank, createGenesisBank } from "../../src/chain/bank.ts";
import { createChain } from "../../src/chain/chain.ts";
import { createTransaction, type InstructionRequest } from "../../src/chain/create-transaction.ts";
import { lamportsPerSol, slotOf } from "../../src/chain/ids.ts";
import { leaderAfter } from "../../src/chain/leaders.ts";
import { createParams } from "../../src/chain/params.ts";
import { portablePohKernel } from "../../src/chain/poh-kernel.ts";
import { type Candidate, produceBlock } from "../../src/chain/produce-block.ts";
import { portableSecp256k1 as scheme } from "../../src/chain/secp256k1.ts";
import {
  createDuplicateBlockEvidence,
  createSubmitEvidenceInstruction,
} from "../../src/chain/slashing/create-evidence.ts";
import { decodeSlashingRecord, slashingRecordAddress } from "../../src/chain/slashing/record.ts";
import { createTransferInstruction } from "../../src/chain/transfer-instruction.ts";
import { createNetwork } from "../../src/sim/network.ts";
import { must } from "../support/chain-builder.ts";

const params = must(createParams("tutorial", { slotsPerEpoch: 32, ticksPerSlot: 1, hashesPerTick: 2 }));
const stakes = [600n, 300n, 100n].map((sol) => ({ stake: sol * lamportsPerSol }));
const plan = { seed: "curve", params, creationTime: 0, validators: stakes, accounts: 1 };
const network = must(createNetwork({ ...plan, accountLamports: 10n * lamportsPerSol }, scheme));
const chain = createChain(network.genesis, { signatures: scheme, poh: portablePohKernel });
const reporter = network.accounts[0]!;

const keyOf = new Map(network.validators.map(({ identity }) => [identity.address, identity]));

function produce(parent: Bank, slot: number, candidates: readonly Candidate[] = []) {
  const leader = keyOf.get(leaderAfter(chain, parent, slotOf(slot)).identity)!;
  return produceBlock(chain, parent, slotOf(slot), leader, candidates).block;
}

function candidate(bank: Bank, instruction: InstructionRequest): Candidate {
  const fields = { scheme, feePayer: reporter, instructions: [instruction], recentBlockhash: bank.blockhash };
  return { transaction: createTransaction(fields), computeUnitLimit: 200_000 };
}

describe("on the tutorial's curve", () => {
  it("two signed blocks of one slot convict, and cost stake at the next epoch", () => {
    const genesisBank = createGenesisBank(chain);
    const transfer = createTransferInstruction(reporter.address, network.faucet.address, lamportsPerSol);
    const one = produce(genesisBank, 1);
    const other = produce(genesisBank, 1, [candidate(genesisBank, transfer)]);
    const bank = must(applyBlock(chain, genesisBank, one));
    const { voteAccount } = leaderAfter(chain, genesisBank, slotOf(1));
    const evidence = createDuplicateBlockEvidence(one, other);
    const submit = createSubmitEvidenceInstruction({ reporter: reporter.address, voteAccount, evidence });
    const convicted = must(applyBlock(chain, bank, produce(bank, 2, [candidate(bank, submit)])));
    expect(convicted.results.map(({ error }) => error)).toEqual([null]);
    const next = must(applyBlock(chain, convicted, produce(convicted, 32)));
    const record = decodeSlashingRecord(accountAt(next.accounts, slashingRecordAddress(voteAccount))!.data)!;
    expect(record).toMatchObject({ tombstoned: true, convictionsTotal: 1 });
    expect(record.takenTotal).toBeGreaterThan(0n);
    expect(next.stakeTables.get(next.epoch)!.byVoteAccount.has(voteAccount)).toBe(true);
    expect([...next.stakeTables.values()].at(-1)!.byVoteAccount.has(voteAccount)).toBe(false);
  });
});
