/** A scenario that the user names: a file, or one of the library by its name. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseScenario, type ScenarioPlan } from "../sim/scenario-plan.ts";
import { UsageError } from "./failure.ts";
import { readTextFile } from "./files.ts";

const library = new URL("../../scenarios/", import.meta.url);

export type NamedScenario = { readonly path: string; readonly text: string; readonly plan: ScenarioPlan };

export function readScenario(named: string): NamedScenario {
  const path = existsSync(named) ? named : libraryPath(named);
  const text = readTextFile(path, "scenario");
  const plan = parseScenario(text);
  if (plan.ok) return { path: named, text, plan: plan.value };
  const { problem, at, ...rest } = plan.facts;
  const more = Object.entries(rest).map(([name, value]) => `; ${name}: ${value}`);
  // Without a place in the document it is none yet: the schema would not help.
  const [place, help] = at === undefined ? ["", ""] : [` (at ${at})`, "; schemas/scenario.schema.json says what goes"];
  throw new UsageError(`the scenario ${named} cannot be used${place}: ${problem}${more.join("")}${help}`);
}

/** A name of the library; whatever else is a path that does not exist. */
function libraryPath(name: string): string {
  if (!/^[a-z0-9-]+$/.test(name)) return name;
  const path = fileURLToPath(new URL(`${name}.yaml`, library));
  if (existsSync(path)) return path;
  throw new UsageError(`there is no scenario ${name}: give a file, or one of \`escapement sim list\``);
}

export function listLibrary(): readonly { readonly name: string; readonly description: string }[] {
  const files = readdirSync(library).filter((file) => file.endsWith(".yaml"));
  return files.sort().map((file) => {
    const plan = parseScenario(readFileSync(new URL(file, library), "utf8"));
    const description = plan.ok ? (plan.value.file.description ?? "") : "cannot be read";
    return { name: file.replace(".yaml", ""), description };
  });
}
