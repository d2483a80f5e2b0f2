/**
 * Data from outside (real ledgers, other projects' tests). It is not part of the repository: tests look for it in
 * `../shared/vectors` beside the repository, or where ESCAPEMENT_VECTORS points, and skip themselves when it is absent:
 *
 *     describe.skipIf(!vectorsPresent)(`real slots (${vectorsNote})`, () => { readVector<Slot>("poh/mainnet-slot-0.json") … });
 */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const repositoryRoot = fileURLToPath(new URL("../..", import.meta.url));

/** The folder that holds the vectors, whether or not it exists. */
export function vectorsFolder(): string {
  return process.env.ESCAPEMENT_VECTORS ?? join(repositoryRoot, "..", "shared", "vectors");
}

export const vectorsPresent: boolean = existsSync(vectorsFolder());

/** For test titles: says that, and why, a suite was skipped. */
export const vectorsNote: string = vectorsPresent
  ? "outside vectors"
  : "SKIPPED: outside vectors not found; set ESCAPEMENT_VECTORS to their folder";

/** The parsed JSON of one vector file, e.g. readVector("poh/steps.json"). The caller states its shape. */
export function readVector<T>(name: string): T {
  return JSON.parse(readFileSync(join(vectorsFolder(), name), "utf8")) as T;
}
