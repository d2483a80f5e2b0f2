import {
  getRequestHeapFrameInstruction,
  getRequestUnitsInstruction,
  getSetComputeUnitLimitInstruction,
  getSetComputeUnitPriceInstruction,
  getSetLoadedAccountsDataSizeLimitInstruction,
} from "@solana-program/compute-budget";
import { describe, expect, it } from "vitest";
import { addressNamed, requestOf, transactionOf } from "../../test/support/transactions.ts";
import { computeBudgetProgramAddress, stakeProgramAddress, systemProgramAddress } from "./addresses.ts";
import type { InstructionRequest } from "./create-transaction.ts";
import { transactionCost } from "./fees.ts";
import { u64Max } from "./ids.ts";
import { profiles } from "./params.ts";

const params = profiles.lab;

const call = (programAddress = systemProgramAddress, accounts: InstructionRequest["accounts"] = []) => ({
  programAddress,
  accounts,
  data: new Uint8Array(0),
});
const limit = (units: number) => requestOf(getSetComputeUnitLimitInstruction({ units }));
const price = (microLamports: bigint) => requestOf(getSetComputeUnitPriceInstruction({ microLamports }));
const heap = (bytes: number) => requestOf(getRequestHeapFrameInstruction({ bytes }));
const loaded = (accountDataSizeLimit: number) =>
  requestOf(getSetLoadedAccountsDataSizeLimitInstruction({ accountDataSizeLimit }));
const raw = (...bytes: number[]) => ({
  programAddress: computeBudgetProgramAddress,
  accounts: [],
  data: Uint8Array.from(bytes),
});

const costOf = (...instructions: InstructionRequest[]) =>
  transactionCost(transactionOf(["payer"], instructions), params);
const errorOf = (...instructions: InstructionRequest[]) => {
  const cost = costOf(...instructions);
  return cost.type === "refused" ? cost.error : null;
};

describe("transactionCost", () => {
  it("adds base and priority fee as in the example", () => {
    expect(costOf(call(), limit(1000), price(2500n))).toMatchObject({
      type: "cost",
      fee: { base: 5000n, priority: 3n },
      feeTotal: 5003n,
      computeUnitLimit: 1000,
      computeUnitPrice: 2500n,
    });
  });

  it("charges the base fee for each signature", () => {
    const signer = [{ address: addressNamed("bob"), isSigner: true, isWritable: false }];
    const transaction = transactionOf(["payer", "bob"], [call(systemProgramAddress, signer)]);
    expect(transactionCost(transaction, params)).toMatchObject({ fee: { base: 10_000n, priority: 0n } });
    expect(transactionCost(transaction, { lamportsPerSignature: 7n })).toMatchObject({ fee: { base: 14n } });
    expect(transactionCost(transaction, params)).toMatchObject({ fee: { base: 10_000n } });
  });

  it("rounds the priority fee up, and caps it at the largest amount", () => {
    const priority = (units: number, micro: bigint) => {
      const cost = costOf(limit(units), price(micro));
      return cost.type === "cost" ? cost.fee.priority : null;
    };
    expect(priority(1_000_000, 1n)).toBe(1n);
    expect(priority(999_999, 1n)).toBe(1n);
    expect(priority(1_000_001, 1n)).toBe(2n);
    expect(priority(0, 5n)).toBe(0n);
    expect(priority(1_400_000, u64Max)).toBe(u64Max);
  });

  it("allows 3,000 units by default to a builtin instruction, 200,000 to any other, 1.4 million in all", () => {
    const limitOf = (...instructions: InstructionRequest[]) => {
      const cost = costOf(...instructions);
      return cost.type === "cost" ? cost.computeUnitLimit : null;
    };
    expect(limitOf()).toBe(0);
    expect(limitOf(call(), price(1n))).toBe(6_000);
    expect(limitOf(call(), call(stakeProgramAddress), call(addressNamed("program")))).toBe(403_000);
    expect(limitOf(...Array.from({ length: 8 }, () => call(stakeProgramAddress)))).toBe(1_400_000);
    expect(limitOf(limit(1_400_000))).toBe(1_400_000);
    expect(limitOf(limit(4_294_967_295))).toBe(1_400_000);
  });

  it("refuses the second request of a kind by its index", () => {
    expect(errorOf(limit(1), call(), limit(1))).toEqual({ DuplicateInstruction: 2 });
    expect(errorOf(price(0n), price(0n))).toEqual({ DuplicateInstruction: 1 });
    expect(errorOf(heap(32_768), heap(32_768))).toEqual({ DuplicateInstruction: 1 });
    expect(errorOf(loaded(1), loaded(1))).toEqual({ DuplicateInstruction: 1 });
  });

  it("refuses what is no request, or one of the past", () => {
    const invalid = (index: number) => ({ InstructionError: [index, "InvalidInstructionData"] });
    expect(errorOf(raw())).toEqual(invalid(0));
    expect(errorOf(call(), raw(2, 1, 0))).toEqual(invalid(1));
    expect(errorOf(raw(9))).toEqual(invalid(0));
    expect(errorOf(requestOf(getRequestUnitsInstruction({ units: 1, additionalFee: 1 })))).toEqual(invalid(0));
    expect(errorOf(raw(2, 1, 0, 0, 0, 99))).toBe(null);
  });

  it("takes a heap of 32 to 256 KiB in whole KiB, and no empty account limit", () => {
    const invalid = { InstructionError: [1, "InvalidInstructionData"] };
    expect(errorOf(call(), heap(32 * 1024))).toBe(null);
    expect(errorOf(call(), heap(256 * 1024))).toBe(null);
    expect(errorOf(call(), heap(31 * 1024))).toEqual(invalid);
    expect(errorOf(call(), heap(257 * 1024))).toEqual(invalid);
    expect(errorOf(call(), heap(32 * 1024 + 1))).toEqual(invalid);
    expect(errorOf(loaded(0))).toBe("InvalidLoadedAccountsDataSizeLimit");
    expect(costOf(loaded(1))).toMatchObject({ loadedAccountsBytesLimit: 1 });
    expect(costOf(loaded(4_294_967_295))).toMatchObject({ loadedAccountsBytesLimit: 64 * 1024 * 1024 });
  });
});
