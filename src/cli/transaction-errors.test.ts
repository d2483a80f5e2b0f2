import { describe, expect, it } from "vitest";
import {
  slashingProgramAddress,
  stakeProgramAddress,
  systemProgramAddress,
  voteProgramAddress,
} from "../chain/addresses.ts";
import { stakeErrors } from "../chain/programs/stake-errors.ts";
import { explainTransactionError } from "./transaction-errors.ts";

const programs = [systemProgramAddress, stakeProgramAddress, voteProgramAddress, slashingProgramAddress];
const custom = (index: number, code: number) => ({ InstructionError: [index, { Custom: code }] });

describe("a transaction's error", () => {
  it("is named by the program of the instruction that failed", () => {
    const names = [0, 1, 2, 3].map((index) => explainTransactionError(custom(index, 1), programs)?.name);
    expect(names).toEqual(["ResultWithNegativeLamports", "LockupInForce", "SlotsMismatch", "EvidenceMalformed"]);
  });

  it("of the stake program always says what it means", () => {
    for (const [name, code] of Object.entries(stakeErrors)) {
      const explained = explainTransactionError(custom(1, code), programs);
      expect(explained?.name).toBe(name);
      expect(explained?.meaning?.length, name).toBeGreaterThan(20);
    }
  });

  it("says what to do where there is something to do", () => {
    expect(explainTransactionError(custom(1, 1), programs)?.meaning).toContain("--custodian");
    expect(explainTransactionError(custom(2, 18), programs)?.meaning).toContain("two epochs after");
    expect(explainTransactionError("InsufficientFundsForFee", programs)?.meaning).toContain("airdrop");
    expect(explainTransactionError({ InsufficientFundsForRent: { account_index: 1 } }, programs)?.meaning).toBeTruthy();
  });

  it("has a name even where nothing more is known, and none for what is no error", () => {
    expect(explainTransactionError(custom(1, 4711), programs)).toEqual({ name: "custom error 4711", meaning: null });
    expect(explainTransactionError(custom(9, 1), programs)?.name).toBe("custom error 1");
    expect(explainTransactionError({ InstructionError: [0, "CallDepth"] }, programs)).toEqual({
      name: "CallDepth",
      meaning: null,
    });
    for (const error of [null, undefined, 7, {}, { InstructionError: "x" }, { InstructionError: [0] }, []])
      expect(explainTransactionError(error, programs)).toBeNull();
    expect(explainTransactionError({ InstructionError: [0, { BorshIoError: "x" }] }, programs)).toBeNull();
    expect(explainTransactionError("constructor", programs)).toEqual({ name: "constructor", meaning: null });
  });
});
