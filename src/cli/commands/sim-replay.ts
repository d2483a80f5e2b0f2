/** `escapement sim replay FILE --seed S`: one run, told event by event. */
import { createNodeCrypto } from "../../host/node-crypto.ts";
import { describeEvent } from "../../sim/describe-event.ts";
import { runScenario } from "../../sim/run-scenario.ts";
import type { ScenarioEvent } from "../../sim/scenario-events.ts";
import { describeVerdict } from "../../sim/scenario-promises.ts";
import type { OutputFormat } from "../arguments.ts";
import { CommandFailure } from "../failure.ts";
import { formatFields } from "../format.ts";
import { colors, print, printJson, say } from "../output.ts";
import { openRecording } from "../recording-file.ts";
import { readScenario } from "../scenario-file.ts";

export type ReplayOptions = {
  readonly seed: string;
  readonly details: boolean;
  readonly record?: string;
  readonly output: OutputFormat;
};

export function runReplay(named: string, { seed, details, record, output }: ReplayOptions): void {
  const { plan } = readScenario(named);
  const nameOf = (index: number) => plan.network.validators[index]?.name ?? `#${index}`;
  const tell = (event: ScenarioEvent): void => {
    if (output === "json") {
      if (details || describeEvent(event, { nameOf, details }) !== null) printJson(event);
      return;
    }
    const told = describeEvent(event, { nameOf, details });
    if (told !== null) print(`${String(event.slot).padStart(6)}  ${told}`);
  };
  const names = plan.network.validators.map(({ name }) => name ?? null);
  const recorder = record === undefined ? null : openRecording(record, { seed, names });
  const result = runScenario(plan, seed, {
    crypto: createNodeCrypto(plan.params.signatureScheme),
    onEvent: tell,
    ...(recorder === null ? {} : { onCluster: recorder.onCluster }),
  });
  recorder?.close();
  if (record !== undefined) say(`recorded; look at it with: escapement view ${record}`);
  if (output === "json") printJson({ type: "result", ...result });
  else {
    const { figures } = result;
    const promises = result.promises.map(
      ({ kept, text, found }) => `${kept ? colors.green("kept  ") : colors.red("broken")}  ${text} (${found})`,
    );
    print("");
    print(promises.join("\n"));
    print(
      formatFields([
        ["Verdict", describeVerdict(result.verdict)],
        ["Final slot", `${figures.finalizedSlot} of ${figures.slots}`],
        ["Skipped slots", figures.skippedSlots],
        ["Orphaned blocks", figures.orphanedBlocks],
        ["Trace hash", result.traceHash],
      ]),
    );
  }
  if (!result.ok) throw new CommandFailure(`seed ${seed} broke a promise`);
}
