import { describe, expect, it } from "vitest";
import { addressNamed, plainAccount, testEnv, transactionOf } from "../../../test/support/transactions.ts";
import type { Account } from "../account.ts";
import { rentExemptMinimum } from "../rent.ts";
import { createOwnedAccount } from "./create-owned-account.ts";
import { accountAt, createInstructionContext, type InstructionContext, runProgram } from "./instruction-context.ts";

const program = addressNamed("program");
const rent = rentExemptMinimum(100, testEnv.params);

/** An instruction of `program` on [payer, the new account]; a third party pays the fee. */
function contextOf(
  payer: Account,
  target: Account,
  change: { readonly isSigner?: boolean; readonly isPayerWritable?: boolean; readonly isTargetWritable?: boolean } = {},
): InstructionContext {
  const { isSigner = true, isPayerWritable = true, isTargetWritable = true } = change;
  const accounts = [
    { address: addressNamed("payer"), isSigner, isWritable: isPayerWritable },
    { address: addressNamed("new"), isSigner: false, isWritable: isTargetWritable },
  ];
  const transaction = transactionOf(
    ["fee payer", ...(isSigner ? ["payer"] : [])],
    [{ programAddress: program, accounts, data: Uint8Array.of(1) }],
  );
  const state = new Map([
    [addressNamed("payer"), payer],
    [addressNamed("new"), target],
  ]);
  const shared = {
    transaction,
    env: testEnv,
    accounts: transaction.accountKeys.map((key) => state.get(key) ?? plainAccount(0n)),
    log: () => {},
    computeUnitsLeft: 100,
    dataGrowthBytes: 0,
    returnData: null,
  };
  return createInstructionContext(shared, transaction.instructions[0]!);
}

const create = (context: InstructionContext) =>
  runProgram(
    { address: program, name: "program", builtinUnits: 0, process: (each) => createOwnedAccount(each, 0, 1, 100) },
    context,
  );
const empty = plainAccount(0n);

describe("createOwnedAccount", () => {
  it("makes a rent-exempt account of the program's, and the payer pays what is missing", () => {
    for (const [held, paid] of [
      [0n, rent],
      [7n, rent - 7n],
      [rent, 0n],
      [rent + 7n, 0n],
    ] as const) {
      const context = contextOf(plainAccount(2n * rent), plainAccount(held));
      expect(create(context)).toBeNull();
      const made = { lamports: held + paid, owner: program, data: new Uint8Array(100), executable: false };
      expect(accountAt(context, 1)).toEqual(made);
      expect(accountAt(context, 0).lamports).toBe(2n * rent - paid);
    }
  });

  it("takes nothing from whoever did not sign, is no wallet, has too little, or may not be written", () => {
    const rich = plainAccount(2n * rent);
    expect(create(contextOf(rich, empty, { isSigner: false }))).toBe("MissingRequiredSignature");
    expect(create(contextOf(plainAccount(2n * rent, { owner: program }), empty))).toBe("ExternalAccountLamportSpend");
    expect(create(contextOf(plainAccount(2n * rent, { data: new Uint8Array(1) }), empty))).toBe("InvalidArgument");
    expect(create(contextOf(plainAccount(rent - 1n), empty))).toEqual({ Custom: 1 });
    expect(create(contextOf(rich, empty, { isPayerWritable: false }))).toBe("ReadonlyLamportChange");
    expect(create(contextOf(rich, empty, { isTargetWritable: false }))).toBe("ReadonlyLamportChange");
  });

  it("takes over no account that somebody uses", () => {
    const rich = plainAccount(2n * rent);
    expect(create(contextOf(rich, plainAccount(5n, { data: new Uint8Array(1) })))).toEqual({ Custom: 0 });
    expect(create(contextOf(rich, plainAccount(5n, { owner: program })))).toEqual({ Custom: 0 });
    expect(create(contextOf(rich, plainAccount(5n, { owner: addressNamed("other program") })))).toEqual({ Custom: 0 });
  });
});
