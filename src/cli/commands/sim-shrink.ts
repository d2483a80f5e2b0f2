/** `escapement sim shrink FILE --seed S`: the fewest faults that still fail, as a scenario of their own. */

import { writeFileSync } from "node:fs";
import { createNodeCrypto } from "../../host/node-crypto.ts";
import { formatScenario } from "../../sim/scenario-plan.ts";
import { describeVerdict } from "../../sim/scenario-promises.ts";
import { shrinkScenario } from "../../sim/shrink.ts";
import type { OutputFormat } from "../arguments.ts";
import { CommandFailure } from "../failure.ts";
import { createProgress, print, printJson, say } from "../output.ts";
import { readScenario } from "../scenario-file.ts";

export type ShrinkCommandOptions = {
  readonly seed: string;
  readonly tries: number;
  readonly out?: string;
  readonly output: OutputFormat;
};

export function runShrink(named: string, { seed, tries: triesMax, out, output }: ShrinkCommandOptions): void {
  const { plan } = readScenario(named);
  const progress = createProgress("tries", null);
  const shrunk = shrinkScenario(plan, seed, {
    crypto: createNodeCrypto(plan.params.signatureScheme),
    triesMax,
    onTry: (tries, faults) => progress.update(tries, `, ${faults} faults`),
  });
  progress.finish();
  if (shrunk.type === "passes") {
    throw new CommandFailure(`seed ${seed} of ${named} keeps every promise: there is nothing to shrink`);
  }
  const { file, before, after, tries, result } = shrunk;
  const text = formatScenario(file);
  if (out !== undefined) write(out, text);
  if (output === "json") {
    printJson({ before, after, tries, verdict: result.verdict, promises: result.promises, scenario: file });
    return;
  }
  if (out === undefined) print(text.trimEnd());
  const broken = result.promises.find(({ kept }) => !kept);
  say(
    `${before} faults before, ${after} after, in ${tries} tries; it still fails: ${result.verdict.type === "pass" ? `${broken?.text} (${broken?.found})` : describeVerdict(result.verdict)}`,
  );
  if (out !== undefined) say(`replay it: escapement sim replay ${out} --seed ${seed}`);
}

function write(path: string, text: string): void {
  try {
    writeFileSync(path, text);
  } catch (error) {
    throw new CommandFailure(`the file ${path} cannot be written: ${(error as Error).message}`, { cause: error });
  }
}
