import { createNoopSigner } from "@solana/kit";
import {
  getSetComputeUnitLimitInstruction,
  getSetComputeUnitPriceInstruction,
  getSetLoadedAccountsDataSizeLimitInstruction,
} from "@solana-program/compute-budget";
import { getAddMemoInstruction } from "@solana-program/memo";
import { getCreateAccountInstruction, getTransferSolInstruction } from "@solana-program/system";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type AccountsMap,
  accountsOf,
  addressNamed,
  plainAccount,
  requestOf,
  testEnv,
  transactionOf,
} from "../../test/support/transactions.ts";
import type { Account } from "./account.ts";
import { createAccountsOverlay } from "./accounts-overlay.ts";
import { systemProgramAddress, voteProgramAddress } from "./addresses.ts";
import type { InstructionRequest } from "./create-transaction.ts";
import { executeTransaction } from "./execute-transaction.ts";
import { profiles } from "./params.ts";
import { rentExemptMinimum } from "./rent.ts";
import { logBytesMax } from "./transaction-log.ts";

const sol = 1_000_000_000n;
const minimum = rentExemptMinimum(0, testEnv.params);
const [payer, alice] = [addressNamed("payer"), addressNamed("alice")];

const transfer = (from: string, to: string, amount: bigint) =>
  requestOf(
    getTransferSolInstruction({ source: createNoopSigner(addressNamed(from)), destination: addressNamed(to), amount }),
  );
const memo = (text: string) => requestOf(getAddMemoInstruction({ memo: text }));
const limit = (units: number) => requestOf(getSetComputeUnitLimitInstruction({ units }));

function execute(signers: readonly string[], instructions: readonly InstructionRequest[], accounts: AccountsMap) {
  return executeTransaction(transactionOf(signers, instructions), accounts, testEnv);
}

function refusalOf(payerAccount: Account | null, instructions: readonly InstructionRequest[] = []) {
  const accounts = accountsOf(payerAccount === null ? {} : { payer: payerAccount });
  const before = new Map(accounts.map);
  const outcome = execute(["payer"], instructions, accounts);
  if (outcome.type === "landed") return null;
  expect(accounts.map).toEqual(before);
  return outcome.error;
}

function land(
  instructions: readonly InstructionRequest[],
  state: Readonly<Record<string, Account>> = {},
  signers = ["payer"],
) {
  const accounts = accountsOf({ payer: plainAccount(sol), ...state });
  const outcome = execute(signers, instructions, accounts);
  if (outcome.type === "refused") throw new Error(JSON.stringify(outcome.error));
  return { ...outcome.result, at: (name: string) => accounts.get(addressNamed(name)) };
}

describe("what is refused", () => {
  it("is a payer that does not exist, is no plain account, or cannot pay", () => {
    expect(refusalOf(null)).toBe("AccountNotFound");
    expect(refusalOf(plainAccount(sol, { owner: voteProgramAddress }))).toBe("InvalidAccountForFee");
    expect(refusalOf(plainAccount(sol, { data: new Uint8Array(1) }))).toBe("InvalidAccountForFee");
    expect(refusalOf(plainAccount(4_999n))).toBe("InsufficientFundsForFee");
    expect(refusalOf(plainAccount(5_000n))).toBe(null);
  });

  it("is a payer that the fee leaves with too little to exist", () => {
    const rentError = { InsufficientFundsForRent: { account_index: 0 } };
    expect(refusalOf(plainAccount(minimum + 5_000n))).toBe(null);
    expect(refusalOf(plainAccount(minimum + 4_999n))).toEqual(rentError);
  });

  it("is a compute budget that makes no sense, before anything is paid", () => {
    expect(refusalOf(plainAccount(sol), [limit(1), limit(1)])).toEqual({ DuplicateInstruction: 1 });
  });
});

describe("what lands", () => {
  it("pays the fee and moves the money, as in the example", () => {
    const done = land([transfer("payer", "alice", 1_000_000n)], { payer: plainAccount(10_000_000n) });
    expect(done).toMatchObject({
      error: null,
      fee: { base: 5_000n, priority: 0n },
      preBalances: [10_000_000n, 0n, 1n],
      postBalances: [8_995_000n, 1_000_000n, 1n],
      computeUnitsConsumed: 150,
      isVote: false,
      logs: [`Program ${systemProgramAddress} invoke [1]`, `Program ${systemProgramAddress} success`],
    });
    expect([done.at("payer")?.lamports, done.at("alice")?.lamports]).toEqual([8_995_000n, 1_000_000n]);
  });

  it("pays the priority fee too", () => {
    const price = requestOf(getSetComputeUnitPriceInstruction({ microLamports: 1_000_000n }));
    const done = land([limit(300), price]);
    expect(done.fee).toEqual({ base: 5_000n, priority: 300n });
    expect(done.at("payer")?.lamports).toBe(sol - 5_300n);
    expect(done.computeUnitsConsumed).toBe(300);
  });

  it("keeps nothing of a failed transaction but the fee", () => {
    const done = land([transfer("payer", "alice", minimum), transfer("payer", "alice", sol)]);
    expect(done.error).toEqual({ InstructionError: [1, { Custom: 1 }] });
    expect([done.at("payer")?.lamports, done.at("alice")]).toEqual([sol - 5_000n, null]);
    expect(done.postBalances).toEqual([sol - 5_000n, 0n, 1n]);
    expect(done.logs.slice(2)).toEqual([
      `Program ${systemProgramAddress} invoke [1]`,
      `Transfer: insufficient lamports ${sol - 5_000n - minimum}, need ${sol}`,
      `Program ${systemProgramAddress} failed: custom program error: 0x1`,
    ]);
  });

  it("shows each instruction what the one before left", () => {
    const done = land([transfer("payer", "alice", sol / 2n), transfer("alice", "bob", sol / 2n)], {}, [
      "payer",
      "alice",
    ]);
    expect(done.error).toBe(null);
    expect([done.at("alice"), done.at("bob")?.lamports]).toEqual([null, sol / 2n]);
  });

  it("fails when an account would be left with too little to exist", () => {
    expect(land([transfer("payer", "alice", minimum)]).error).toBe(null);
    const short = land([transfer("payer", "alice", minimum - 1n)]);
    expect(short.error).toEqual({ InsufficientFundsForRent: { account_index: 1 } });
    expect(short.at("alice")).toBe(null);
    const drained = land([transfer("payer", "alice", sol - 5_000n - minimum + 1n)]);
    expect(drained.error).toEqual({ InsufficientFundsForRent: { account_index: 0 } });
  });

  it("fails, and pays, when it names a program that does not exist or is none", () => {
    const call = (programAddress = alice) => ({ programAddress, accounts: [], data: new Uint8Array(0) });
    const missing = land([transfer("payer", "bob", minimum), call()]);
    expect(missing.error).toBe("ProgramAccountNotFound");
    expect([missing.at("payer")?.lamports, missing.at("bob"), missing.logs]).toEqual([sol - 5_000n, null, []]);
    const noProgram = land([call()], { alice: plainAccount(sol) });
    expect(noProgram.error).toBe("InvalidProgramForExecution");
    const foreign = land([call()], { alice: plainAccount(sol, { executable: true }) });
    expect(foreign.error).toBe("InvalidProgramForExecution");
  });

  it("meters computing: the instruction that exceeds the limit fails", () => {
    const done = land([limit(450), transfer("payer", "alice", minimum), transfer("payer", "alice", 1n)]);
    expect([done.error, done.computeUnitsConsumed]).toEqual([null, 450]);
    const over = land([limit(449), transfer("payer", "alice", minimum), transfer("payer", "alice", 1n)]);
    expect(over.error).toEqual({ InstructionError: [2, "ComputationalBudgetExceeded"] });
    expect(over.computeUnitsConsumed).toBe(449);
    expect(over.at("alice")).toBe(null);
  });

  it("bounds the bytes of accounts it loads", () => {
    const bytes = (accountDataSizeLimit: number) =>
      requestOf(getSetLoadedAccountsDataSizeLimitInstruction({ accountDataSizeLimit }));
    const exact = 2 * 64 + "compute_budget_program".length;
    expect(land([bytes(exact)])).toMatchObject({ error: null, loadedAccountsBytes: exact });
    expect(land([bytes(exact - 1)]).error).toBe("MaxLoadedAccountsDataSizeExceeded");
  });

  it("cuts a log that grows too long", () => {
    const done = land([limit(1_400_000), ...Array.from({ length: 3 }, () => memo("\u0001".repeat(300)))]);
    expect(done.error).toBe(null);
    expect(done.logs).not.toContain("Log truncated");
    const many = land([limit(1_400_000), ...Array.from({ length: 55 }, () => memo("\u0001\u0001\u0001"))]);
    expect(many.logs.filter((line) => line === "Log truncated").length).toBe(1);
    expect(many.logs.join("").length).toBeLessThan(logBytesMax + 20);
  });

  it("knows a simple vote by its one instruction", () => {
    const vote = { programAddress: voteProgramAddress, accounts: [], data: new Uint8Array(0) };
    expect(land([vote]).isVote).toBe(true);
    expect(land([vote, vote]).isVote).toBe(false);
  });
});

describe("conservation", () => {
  type Step = { from: number; to: number; amount: bigint; size: number | null };
  const people = ["p0", "p1", "p2", "p3", "p4"];
  const amounts = fc.constantFrom(0n, 1n, minimum - 1n, minimum, 2n * minimum, sol / 2n, sol, 3n * sol);
  const steps: fc.Arbitrary<Step[]> = fc.array(
    fc.record({
      from: fc.constantFrom(0, 0, 0, 1, 1, 2, 3, 4),
      to: fc.nat(4),
      amount: amounts,
      size: fc.option(fc.nat(3), { nil: null, freq: 1 }),
    }),
    { minLength: 1, maxLength: 2 },
  );

  const requestAt = ({ from, to, amount, size }: Step): InstructionRequest => {
    if (size === null) return transfer(people[from]!, people[to]!, amount);
    return requestOf(
      getCreateAccountInstruction({
        payer: createNoopSigner(addressNamed(people[from]!)),
        newAccount: createNoopSigner(addressNamed(people[to]!)),
        lamports: amount,
        space: size,
        programAddress: voteProgramAddress,
      }),
    );
  };

  /** Dumb twin: balances, sizes and owners in a plain table; null when the transaction fails. */
  type Row = { lamports: bigint; size: number; isPlain: boolean };
  function twin(table: readonly Row[], todo: readonly Step[]): Row[] | null {
    const rows = table.map((row) => ({ ...row }));
    for (const { from, to, amount, size } of todo) {
      const [source, target] = [rows[from]!, rows[to]!];
      if (size !== null) {
        if (target.lamports > 0n || target.size > 0 || !target.isPlain) return null;
        target.size = size;
        target.isPlain = false;
      }
      if (source.size > 0 || amount > source.lamports) return null;
      if (!source.isPlain && amount > 0n) return null;
      source.lamports -= amount;
      target.lamports += amount;
    }
    const least = ({ size }: Row) => 6960n * BigInt(128 + size);
    if (rows.some((row) => row.lamports > 0n && row.lamports < least(row))) return null;
    return rows.map((row) => (row.lamports === 0n ? { lamports: 0n, size: 0, isPlain: true } : row));
  }

  const rowsOf = (get: (name: string) => Account | null): Row[] =>
    people.map((name) => {
      const account = get(name);
      if (account === null) return { lamports: 0n, size: 0, isPlain: true };
      return {
        lamports: account.lamports,
        size: account.data.length,
        isPlain: account.owner === systemProgramAddress,
      };
    });

  it("holds over random transfers and creations, which agree with a plain table", () => {
    let succeeded = 0;
    let failed = 0;
    fc.assert(
      fc.property(fc.array(steps, { minLength: 1, maxLength: 6 }), (transactions) => {
        const start = accountsOf({
          p0: plainAccount(10n * sol),
          p1: plainAccount(10n * sol),
          p2: plainAccount(sol),
          p3: plainAccount(minimum),
        });
        start.set(payer, plainAccount(100n * sol));
        const overlay = createAccountsOverlay(start);
        const get = (name: string) => overlay.get(addressNamed(name));
        let fees = 0n;
        for (const todo of transactions) {
          const before = rowsOf(get);
          const signers = ["payer", ...people];
          const outcome = executeTransaction(transactionOf(signers, todo.map(requestAt)), overlay, testEnv);
          if (outcome.type === "refused") throw new Error(JSON.stringify(outcome.error));
          const { fee, error } = outcome.result;
          fees += fee.base + fee.priority;
          const expected = twin(before, todo);
          expect(rowsOf(get)).toEqual(expected ?? before);
          expect(error === null).toBe(expected !== null);
          if (error === null) succeeded++;
          else failed++;
        }
        expect(overlay.lamportsDelta()).toBe(-fees);
        expect(overlay.get(payer)?.lamports).toBe(100n * sol - fees);
      }),
      { seed: 1234, numRuns: 150 },
    );
    expect(Math.min(succeeded, failed)).toBeGreaterThan(50);
  });

  it("holds at every price of rent", () => {
    const env = { ...testEnv, params: { ...profiles.lab, rentLamportsPerByte: 0n } };
    const accounts = accountsOf({ payer: plainAccount(5_001n) });
    const outcome = executeTransaction(transactionOf(["payer"], [transfer("payer", "alice", 1n)]), accounts, env);
    expect(outcome).toMatchObject({ type: "landed", result: { error: null } });
    expect([accounts.get(payer), accounts.get(alice)?.lamports]).toEqual([null, 1n]);
  });
});
