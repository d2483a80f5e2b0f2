import { createNoopSigner, type Instruction } from "@solana/kit";
import { getAddMemoInstruction } from "@solana-program/memo";
import {
  getAllocateInstruction,
  getAssignInstruction,
  getCreateAccountInstruction,
  getCreateAccountWithSeedInstruction,
  getTransferSolWithSeedInstruction,
} from "@solana-program/system";
import { describe, expect, it } from "vitest";
import { addressNamed, keypairOf, requestOf, transactionOf } from "../../test/support/transactions.ts";
import { systemProgramAddress, voteProgramAddress } from "../chain/addresses.ts";
import type { InstructionRequest } from "../chain/create-transaction.ts";
import { encodeParsedInstruction } from "./parse-instruction.ts";

const [payer, alice, bob] = ["payer", "alice", "bob"].map(addressNamed) as [never, never, never];
const signer = (name: string) => createNoopSigner(addressNamed(name));

function parsed(request: InstructionRequest, signers: readonly string[] = ["payer"]) {
  const transaction = transactionOf(signers, [request]);
  return encodeParsedInstruction(transaction, transaction.instructions[0]!);
}

const ofKit = (instruction: Instruction, ...signers: string[]) => parsed(requestOf(instruction), ["payer", ...signers]);

describe("encodeParsedInstruction", () => {
  it("names the fields of the System program's instructions", () => {
    const owner = voteProgramAddress;
    const info = (type: string, fields: object) => ({
      program: "system",
      programId: systemProgramAddress,
      parsed: { type, info: fields },
      stackHeight: 1,
    });
    expect(
      ofKit(
        getCreateAccountInstruction({
          payer: signer("payer"),
          newAccount: signer("alice"),
          lamports: 5n,
          space: 6n,
          programAddress: owner,
        }),
        "alice",
      ),
    ).toEqual(info("createAccount", { source: payer, newAccount: alice, lamports: 5n, space: 6n, owner }));
    expect(ofKit(getAssignInstruction({ account: signer("alice"), programAddress: owner }), "alice")).toEqual(
      info("assign", { account: alice, owner }),
    );
    expect(ofKit(getAllocateInstruction({ newAccount: signer("alice"), space: 7n }), "alice")).toEqual(
      info("allocate", { account: alice, space: 7n }),
    );
    expect(
      ofKit(
        getCreateAccountWithSeedInstruction({
          payer: signer("payer"),
          newAccount: alice,
          baseAccount: signer("bob"),
          base: bob,
          seed: "s",
          amount: 1n,
          space: 2n,
          programAddress: owner,
        }),
        "bob",
      ),
    ).toEqual(
      info("createAccountWithSeed", {
        source: payer,
        newAccount: alice,
        base: bob,
        seed: "s",
        lamports: 1n,
        space: 2n,
        owner,
      }),
    );
    expect(
      ofKit(
        getTransferSolWithSeedInstruction({
          source: alice,
          baseAccount: signer("bob"),
          destination: payer,
          amount: 3n,
          fromSeed: "s",
          fromOwner: owner,
        }),
        "bob",
      ),
    ).toEqual(
      info("transferWithSeed", {
        source: alice,
        sourceBase: bob,
        destination: payer,
        lamports: 3n,
        sourceSeed: "s",
        sourceOwner: owner,
      }),
    );
  });

  it("gives memos as their text", () => {
    expect(ofKit(getAddMemoInstruction({ memo: "grüezi" }))).toMatchObject({ program: "spl-memo", parsed: "grüezi" });
  });

  it("gives addresses and bytes of what it cannot read", () => {
    const account = { address: keypairOf("alice").address, isSigner: false, isWritable: true };
    const partly = (
      programAddress: InstructionRequest["programAddress"],
      data: readonly number[],
      accounts = [account],
    ) => parsed({ programAddress, accounts, data: Uint8Array.from(data) });
    // An unknown program, an unknown instruction, a transfer without a destination, a vote without an authority.
    expect(partly(bob, [1, 2, 3])).toEqual({ programId: bob, accounts: [alice], data: "Ldp", stackHeight: 1 });
    expect(partly(systemProgramAddress, [99, 0, 0, 0])).toMatchObject({ accounts: [alice], data: expect.any(String) });
    expect(partly(systemProgramAddress, [2, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0])).not.toHaveProperty("parsed");
    expect(partly(voteProgramAddress, [14, 0, 0, 0])).not.toHaveProperty("parsed");
    expect(partly(systemProgramAddress, [], [])).toMatchObject({ accounts: [], data: "" });
  });
});
