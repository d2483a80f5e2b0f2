/**
 * The programs this chain can run. All are part of it: nothing is deployed.
 */
import { assert } from "../../base/assert.ts";
import type { Address } from "../ids.ts";
import { computeBudgetProgram } from "./compute-budget.ts";
import type { Program } from "./instruction-context.ts";
import { memoPrograms } from "./memo.ts";
import { slashingProgram } from "./slashing.ts";
import { stakeProgram } from "./stake.ts";
import { systemProgram } from "./system.ts";
import { voteProgram } from "./vote.ts";

export const programs: readonly Program[] = [
  systemProgram,
  voteProgram,
  stakeProgram,
  slashingProgram,
  computeBudgetProgram,
  ...memoPrograms,
];

const programOf = new Map(programs.map((program) => [program.address, program]));
assert(programOf.size === programs.length, "two programs at one address");

export function programAt(address: Address): Program | null {
  return programOf.get(address) ?? null;
}
