/** The trace hashes that are written down. A change that means to change what happens writes them anew: see below. */
import { readFileSync, writeFileSync } from "node:fs";

const file = new URL("pinned-traces.json", import.meta.url);

/** The command that pins them again. */
export const pinAgain = "ESCAPEMENT_PIN=1 npx vitest run test/trace-hash.test.ts";
export const isPinning = process.env.ESCAPEMENT_PIN === "1";

export function readPinnedTraces(): Readonly<Record<string, string>> {
  return JSON.parse(readFileSync(file, "utf8")) as Record<string, string>;
}

export function pinTrace(name: string, traceHash: string): void {
  writeFileSync(file, `${JSON.stringify({ ...readPinnedTraces(), [name]: traceHash }, null, 2)}\n`);
}
