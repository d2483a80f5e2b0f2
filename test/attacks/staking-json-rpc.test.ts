/**
 * Bad input to staking as clients send it through JSON-RPC: refused before it is sent, with the codes they know, or landed
 * and told as failed.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { accountAt } from "../../src/chain/accounts-tree.ts";
import { createTransaction, type InstructionRequest } from "../../src/chain/create-transaction.ts";
import type { Keypair } from "../../src/chain/crypto.ts";
import { createSubmitEvidenceInstruction } from "../../src/chain/slashing/create-evidence.ts";
import { slashingErrors } from "../../src/chain/slashing/errors.ts";
import { createDevnet, type Devnet } from "../../src/host/devnet.ts";
import { type TestChain, testCrypto } from "../support/chain-builder.ts";
import { createCaller } from "../support/rpc-calls.ts";
import { createSlashingWorld, duplicateBlocks } from "../support/slashing-world.ts";
import {
  balanceIn,
  createAccount,
  deactivate,
  delegate,
  fee,
  keypairNamed,
  openStake,
  sol,
  u64Max,
  unsigned,
  withdraw,
} from "./stakers.ts";

describe("through JSON-RPC", () => {
  let devnet: Devnet;
  const stake = keypairNamed("devnet stake");

  const signed = (feePayer: Keypair, instructions: readonly InstructionRequest[], ...signers: readonly Keypair[]) => {
    const recentBlockhash = devnet.view.bank("processed").blockhash;
    return createTransaction({ scheme: testCrypto.signatures, feePayer, signers, instructions, recentBlockhash });
  };
  const send = (transaction: ReturnType<typeof signed>, config: object = {}) => {
    const { call } = createCaller(devnet.view);
    return call("sendTransaction", Buffer.from(transaction.bytes).toString("base64"), {
      encoding: "base64",
      preflightCommitment: "processed",
      ...config,
    });
  };
  const open = (lamports: bigint) => {
    const [first] = devnet.accounts as [Keypair];
    return openStake({ chain: devnet.chain } as TestChain, first.address, stake.address, lamports);
  };

  beforeAll(async () => {
    devnet = createDevnet({
      validators: 2,
      accounts: 2,
      params: { slotsPerEpoch: 64, ticksPerSlot: 1, hashesPerTick: 2 },
    });
    await devnet.advanceSlots(2);
    const [first] = devnet.accounts as [Keypair];
    const { voteAccount } = devnet.validators[0]!;
    const opened = signed(first, [...open(5n * sol), delegate(stake.address, voteAccount, first.address)], stake);
    expect(send(opened)).toMatchObject({ result: opened.signature });
    await devnet.advanceSlots(2);
    expect(accountAt(devnet.view.bank("processed").accounts, stake.address)).not.toBeNull();
  });
  afterAll(() => devnet.close());

  it("is refused before it is sent, with the code that clients know, and costs not even the fee", async () => {
    const [first, other] = devnet.accounts as [Keypair, Keypair];
    const [{ voteAccount }] = devnet.validators as [Devnet["validators"][number]];
    const ghost = keypairNamed("ghost").address;
    const unbacked = keypairNamed("unbacked");
    const evidence = createSubmitEvidenceInstruction({
      reporter: other.address,
      voteAccount,
      evidence: duplicateBlocks(createSlashingWorld(), 0, 3),
    });
    const { address } = first;
    const attacks: readonly (readonly [ReturnType<typeof signed>, unknown])[] = [
      [signed(other, [withdraw(stake.address, sol, other.address)]), "MissingRequiredSignature"],
      [signed(other, [unsigned(deactivate(stake.address, address), address)]), "MissingRequiredSignature"],
      [signed(other, [delegate(stake.address, voteAccount, other.address)]), "MissingRequiredSignature"],
      [signed(first, [withdraw(stake.address, u64Max, address)]), "InsufficientFunds"],
      [signed(first, [delegate(stake.address, ghost, address)]), "IncorrectProgramId"],
      [signed(first, [createAccount(address, unbacked.address, u64Max)], unbacked), { Custom: 1 }],
      [
        signed(other, [{ ...evidence, data: evidence.data.slice(0, 100) }]),
        { Custom: slashingErrors.EvidenceMalformed },
      ],
      // Signed by keys of another chain, which this one's validators do not have.
      [signed(other, [evidence]), { Custom: slashingErrors.SignerMismatch }],
    ];
    const before = [first.address, other.address, stake.address].map((each) =>
      accountAt(devnet.view.bank("processed").accounts, each),
    );
    for (const [transaction, expected] of attacks) {
      const { error } = send(transaction);
      expect(error).toMatchObject({ code: -32002, data: { err: { InstructionError: [0, expected] } } });
      expect(error!.message).toContain("Transaction simulation failed: Error processing Instruction 0");
    }
    await devnet.advanceSlots(3);
    const { accounts } = devnet.view.bank("processed");
    expect([first.address, other.address, stake.address].map((each) => accountAt(accounts, each))).toEqual(before);
  });

  it("lands without the preflight, is told as failed, and takes the fee alone", async () => {
    const [, other] = devnet.accounts as [Keypair, Keypair];
    const { accounts } = devnet.view.bank("processed");
    const theft = signed(other, [withdraw(stake.address, sol, other.address)]);
    expect(send(theft, { skipPreflight: true }).result).toBe(theft.signature);
    await devnet.advanceSlots(3);
    const { value } = createCaller(devnet.view);
    const [status] = value("getSignatureStatuses", [theft.signature]);
    expect(status.err).toEqual({ InstructionError: [0, "MissingRequiredSignature"] });
    const now = devnet.view.bank("processed");
    expect(accountAt(now.accounts, stake.address)).toEqual(accountAt(accounts, stake.address));
    expect(balanceIn(now, other.address)).toBe(accountAt(accounts, other.address)!.lamports - fee);
  });

  it("says of bytes that are no transaction, and of one that nobody signed, that they are none", () => {
    const [, other] = devnet.accounts as [Keypair, Keypair];
    const { call } = createCaller(devnet.view);
    const theft = signed(other, [withdraw(stake.address, sol, other.address)]);
    const forged = Buffer.from(theft.bytes.with(5, theft.bytes[5]! ^ 1)).toString("base64");
    expect(call("sendTransaction", forged, { encoding: "base64" }).error).toMatchObject({ code: -32003 });
    const cut = Buffer.from(theft.bytes.slice(0, -3)).toString("base64");
    expect(call("sendTransaction", cut, { encoding: "base64" }).error).toMatchObject({ code: -32602 });
    const ghost = keypairNamed("ghost").address;
    expect(call("getVoteAccounts", { votePubkey: ghost }).result).toEqual({ current: [], delinquent: [] });
    expect(call("getInflationReward", [ghost], { epoch: 99 }).error).toMatchObject({ code: -32004 });
  });
});
