/**
 * The programs this chain can run. All are part of it: nothing is deployed.
 *
 * The stake program joins this list when it exists.
 */
import { assert } from "../../base/assert.ts";
import type { Address } from "../ids.ts";
import { computeBudgetProgram } from "./compute-budget.ts";
import type { Program } from "./instruction-context.ts";
import { memoPrograms } from "./memo.ts";
import { systemProgram } from "./system.ts";
import { voteProgram } from "./vote.ts";

export const programs: readonly Program[] = [systemProgram, voteProgram, computeBudgetProgram, ...memoPrograms];

const programOf = new Map(programs.map((program) => [program.address, program]));
assert(programOf.size === programs.length, "two programs at one address");

export function programAt(address: Address): Program | null {
  return programOf.get(address) ?? null;
}
