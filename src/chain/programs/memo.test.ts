import { createNoopSigner } from "@solana/kit";
import {
  getAddMemoInstruction,
  LEGACY_MEMO_PROGRAM_ADDRESS_V1,
  LEGACY_MEMO_PROGRAM_ADDRESS_V3,
  MEMO_PROGRAM_ADDRESS,
} from "@solana-program/memo";
import { describe, expect, it } from "vitest";
import {
  accountsOf,
  addressNamed,
  plainAccount,
  requestOf,
  testEnv,
  transactionOf,
} from "../../../test/support/transactions.ts";
import { executeTransaction } from "../execute-transaction.ts";
import type { Address } from "../ids.ts";

const alice = addressNamed("alice");

function run(
  memo: string | Uint8Array,
  signers: readonly string[] = [],
  programAddress: string = MEMO_PROGRAM_ADDRESS,
) {
  const text = typeof memo === "string" ? memo : "";
  const instruction = requestOf(
    getAddMemoInstruction(
      { memo: text, signers: signers.map((name) => createNoopSigner(addressNamed(name))) },
      { programAddress: programAddress as Address },
    ),
  );
  return runRequest(typeof memo === "string" ? instruction : { ...instruction, data: memo }, signers);
}

function runRequest(instruction: ReturnType<typeof requestOf>, signers: readonly string[]) {
  const accounts = accountsOf({ payer: plainAccount(1_000_000_000n) });
  const outcome = executeTransaction(transactionOf(["payer", ...signers], [instruction]), accounts, testEnv);
  if (outcome.type === "refused") throw new Error("refused");
  return outcome.result;
}

describe("the memo program", () => {
  it("logs its signers and the note as Solana's does, at each address", () => {
    for (const program of [MEMO_PROGRAM_ADDRESS, LEGACY_MEMO_PROGRAM_ADDRESS_V1, LEGACY_MEMO_PROGRAM_ADDRESS_V3]) {
      const result = run("hello", ["alice"], program);
      expect(result.error).toBe(null);
      expect(result.logs).toEqual([
        `Program ${program} invoke [1]`,
        `Program log: Signed by ${alice}`,
        'Program log: Memo (len 5): "hello"',
        `Program ${program} consumed 17050 of 200000 compute units`,
        `Program ${program} success`,
      ]);
      expect(result.computeUnitsConsumed).toBe(17_050);
    }
  });

  it("counts bytes and quotes as Rust does", () => {
    expect(run("🐆").logs[1]).toBe('Program log: Memo (len 4): "🐆"');
    expect(run("a\"\\\n\t\r\u0001\u007f'").logs[1]).toBe(
      `Program log: Memo (len 9): "a\\"\\\\\\n\\t\\r\\u{1}\\u{7f}'"`,
    );
    expect(run("").logs[1]).toBe('Program log: Memo (len 0): ""');
  });

  it("refuses text that is not UTF-8, from the byte where it breaks", () => {
    const result = run(Uint8Array.of(0x68, 0x65, 0xff));
    expect(result.error).toEqual({ InstructionError: [0, "InvalidInstructionData"] });
    expect(result.logs[1]).toBe("Program log: Invalid UTF-8, from byte 2");
    expect(result.logs.at(-1)).toBe(`Program ${MEMO_PROGRAM_ADDRESS} failed: invalid instruction data`);
  });

  it("refuses a listed account that did not sign, and still names those that did", () => {
    const accounts = [
      { address: addressNamed("bob"), isSigner: false, isWritable: false },
      { address: alice, isSigner: true, isWritable: false },
    ];
    const request = { programAddress: MEMO_PROGRAM_ADDRESS as Address, accounts, data: new Uint8Array(0) };
    const result = runRequest(request, ["alice"]);
    expect(result.error).toEqual({ InstructionError: [0, "MissingRequiredSignature"] });
    expect(result.logs[1]).toBe(`Program log: Signed by ${alice}`);
  });

  it("takes 566 bytes within the default limit, and not 567", () => {
    expect(run("x".repeat(566)).error).toBe(null);
    const over = run("x".repeat(567));
    expect(over.error).toEqual({ InstructionError: [0, "ComputationalBudgetExceeded"] });
    expect(over.computeUnitsConsumed).toBe(200_000);
    expect(over.logs.at(-1)).toBe(`Program ${MEMO_PROGRAM_ADDRESS} failed: Computational budget exceeded`);
  });
});
