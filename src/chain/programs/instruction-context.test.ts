import { describe, expect, it } from "vitest";
import { addressNamed, plainAccount, testEnv, transactionOf } from "../../../test/support/transactions.ts";
import type { Account } from "../account.ts";
import { lamportsOf, u64Max } from "../ids.ts";
import {
  accountAt,
  accountDataBytesMax,
  addLamports,
  checkAccountCount,
  consumeUnits,
  createInstructionContext,
  type InstructionContext,
  type Program,
  runProgram,
  setData,
  setDataLength,
  setLamports,
  setOwner,
  signersOf,
  subtractLamports,
} from "./instruction-context.ts";

const program = addressNamed("program");
const own = (lamports: bigint, data = new Uint8Array(0)): Account => plainAccount(lamports, { owner: program, data });

/** An instruction of `program` on [a, b, a, readonly]: a and b are written; a signs (and pays), the others do not. */
function contextOf(a: Account, b: Account = own(0n), readonly: Account = own(0n)): InstructionContext {
  const meta = (name: string, isWritable: boolean) => ({
    address: addressNamed(name),
    isSigner: name === "a",
    isWritable,
  });
  const transaction = transactionOf(
    ["a"],
    [
      {
        programAddress: program,
        accounts: [meta("a", true), meta("b", true), meta("a", true), meta("readonly", false)],
        data: Uint8Array.of(1),
      },
    ],
  );
  const state = new Map([
    [addressNamed("a"), a],
    [addressNamed("b"), b],
    [addressNamed("readonly"), readonly],
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

const programOf = (process: Program["process"], builtinUnits = 0): Program => ({
  address: program,
  name: "test",
  builtinUnits,
  process,
});

describe("the runtime's account rules", () => {
  it("let only the owner spend, but anybody pay in", () => {
    const foreign = contextOf(plainAccount(5n));
    expect(setLamports(foreign, 0, 4n)).toBe("ExternalAccountLamportSpend");
    expect(setLamports(foreign, 0, 6n)).toBe(null);
    expect(setLamports(contextOf(own(5n)), 0, 4n)).toBe(null);
  });

  it("let nobody change a read-only account, not even to the same balance", () => {
    const context = contextOf(own(5n), own(0n), own(5n));
    expect(setLamports(context, 3, 5n)).toBe("ReadonlyLamportChange");
    expect(setData(context, 3, new Uint8Array(0))).toBe("ReadonlyDataModified");
    expect(setDataLength(context, 3, 1)).toBe("ReadonlyDataModified");
    expect(setOwner(context, 3, addressNamed("x"))).toBe("ModifiedProgramId");
  });

  it("stop at both ends of an amount", () => {
    const context = contextOf(own(5n));
    expect(subtractLamports(context, 0, 6n)).toBe("ArithmeticOverflow");
    expect(addLamports(context, 0, u64Max - 5n)).toBe(null);
    expect(addLamports(context, 0, 1n)).toBe("ArithmeticOverflow");
  });

  it("let only the owner write, resize and give away, and give away only zeros", () => {
    const foreign = contextOf(plainAccount(5n));
    expect(setData(foreign, 0, new Uint8Array(0))).toBe("ExternalAccountDataModified");
    expect(setData(foreign, 0, new Uint8Array(1))).toBe("AccountDataSizeChanged");
    expect(setOwner(foreign, 0, program)).toBe("ModifiedProgramId");
    const mine = contextOf(own(5n));
    expect(setData(mine, 0, Uint8Array.of(1, 2))).toBe(null);
    expect(accountAt(mine, 0).data).toEqual(Uint8Array.of(1, 2));
    expect(setOwner(mine, 0, addressNamed("x"))).toBe("ModifiedProgramId");
    expect(setDataLength(mine, 0, 3)).toBe(null);
    expect(accountAt(mine, 0).data).toEqual(Uint8Array.of(1, 2, 0));
    expect(setDataLength(mine, 0, 1)).toBe(null);
    expect(accountAt(mine, 0).data).toEqual(Uint8Array.of(1));
    expect(setData(mine, 0, new Uint8Array(4))).toBe(null);
    expect(setOwner(mine, 0, addressNamed("x"))).toBe(null);
    expect(accountAt(mine, 0).owner).toBe(addressNamed("x"));
  });

  it("bound an account's size and a transaction's growth", () => {
    const context = contextOf(own(5n));
    expect(setDataLength(context, 0, accountDataBytesMax + 1)).toBe("InvalidRealloc");
    context.shared.dataGrowthBytes = accountDataBytesMax;
    expect(setDataLength(context, 0, accountDataBytesMax)).toBe(null);
    expect(setDataLength(context, 1, 1)).toBe("MaxAccountsDataAllocationsExceeded");
    expect(setDataLength(context, 0, 0)).toBe(null);
    expect(setDataLength(context, 1, 1)).toBe(null);
  });

  it("make duplicates of an account one account", () => {
    const context = contextOf(own(5n));
    setLamports(context, 0, 7n);
    expect(accountAt(context, 2).lamports).toBe(7n);
    expect([...signersOf(context)]).toEqual([addressNamed("a")]);
    expect([checkAccountCount(context, 4), checkAccountCount(context, 5)]).toEqual([null, "NotEnoughAccountKeys"]);
  });

  it("never change the account that was there before", () => {
    const before = own(5n, Uint8Array.of(1));
    const context = contextOf(before);
    setLamports(context, 0, 7n);
    setDataLength(context, 0, 4);
    expect(before).toEqual(own(5n, Uint8Array.of(1)));
  });
});

describe("runProgram", () => {
  it("stops a program that makes or loses a lamport", () => {
    const make = programOf((context) => addLamports(context, 0, 1n));
    const lose = programOf((context) => subtractLamports(context, 0, 1n));
    const move = programOf((context) => subtractLamports(context, 0, 1n) ?? addLamports(context, 1, 1n));
    const twice = programOf((context) => subtractLamports(context, 0, 1n) ?? addLamports(context, 2, 1n));
    expect(runProgram(make, contextOf(own(5n)))).toBe("UnbalancedInstruction");
    expect(runProgram(lose, contextOf(own(5n)))).toBe("UnbalancedInstruction");
    expect(runProgram(move, contextOf(own(5n)))).toBe(null);
    expect(runProgram(twice, contextOf(own(lamportsOf(5n))))).toBe(null);
  });

  it("takes the program's units first, and all that is left when they do not suffice", () => {
    const context = contextOf(own(5n));
    expect(
      runProgram(
        programOf(() => null, 60),
        context,
      ),
    ).toBe(null);
    expect(context.shared.computeUnitsLeft).toBe(40);
    expect(consumeUnits(context, 40)).toBe(null);
    expect(
      runProgram(
        programOf(() => "GenericError", 1),
        context,
      ),
    ).toBe("ComputationalBudgetExceeded");
    expect(context.shared.computeUnitsLeft).toBe(0);
  });
});
