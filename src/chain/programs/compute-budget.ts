/** The compute budget program. Its instructions were read before the transaction ran (see fees.ts); here they only cost. */
import { computeBudgetProgramAddress } from "../addresses.ts";
import type { Program } from "./instruction-context.ts";

export const computeBudgetProgram: Program = {
  address: computeBudgetProgramAddress,
  name: "compute_budget_program",
  builtinUnits: 150,
  process: () => null,
};
