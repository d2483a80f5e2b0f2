import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

/**
 * The layer table of ARCHITECTURE.md, as a test. An import may only point down; below the host nothing touches the
 * ambient world. Comments and strings are cut out first, so that prose may name what code may not use.
 */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  base: [],
  chain: ["base"],
  consensus: ["base", "chain"],
  validator: ["base", "chain", "consensus"],
  sim: ["base", "chain", "consensus", "validator"],
  rpc: ["base", "chain", "consensus", "validator"],
  host: ["base", "chain", "consensus", "validator", "sim", "rpc"],
  cli: ["base", "chain", "consensus", "validator", "sim", "rpc", "host"],
  // The page: a bundle of its own, which knows what a frame looks like and reckons concentration as reports do.
  explorer: ["sim"],
};
const pureLayers = ["base", "chain", "consensus", "validator", "sim", "rpc"];

/** Of the simulator the host may use what the devnet shares with it: the cluster and how one is made. */
const hostMayUseOfSim = [
  "cluster.ts",
  "network.ts",
  "genesis-file.ts",
  "links.ts",
  "stakes-file.ts",
  "faults.ts",
  "scenario.ts",
  "scenario-plan.ts",
  "watch.ts",
  "watch-frame.ts",
];

/** And the page. */
const pageMayUseOfSim = ["watch-frame.ts", "concentration.ts"];

const forbidden: readonly (readonly [RegExp, string])[] = [
  [/\bDate\b/, "Date"],
  [/\bMath\.random\b/, "Math.random"],
  [/\bperformance\b/, "performance"],
  [/\bset(Timeout|Interval|Immediate)\b/, "timers"],
  [/\bprocess\b(?!\s*[:(])/, "process"],
  [/\bglobalThis\b/, "globalThis"],
  [/\bPromise\b|\basync\b|\bawait\b/, "asynchrony"],
  [/\bWeakRef\b|\bFinalizationRegistry\b/, "garbage collection"],
  [/\bIntl\b|\btoLocale\w*/, "locales"],
  [/\bcrypto\.(subtle|getRandomValues|randomUUID)\b/, "ambient cryptography"],
  [/\bfetch\s*\(/, "fetch"],
  [/\bconsole\b/, "console"],
  [/\bBuffer\b/, "Buffer"],
  [/\brequire\s*\(/, "require"],
];

const root = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const source = join(root, "src");

function sourceFiles(): string[] {
  return readdirSync(source, { recursive: true, encoding: "utf8" })
    .filter((name) => /\.tsx?$/.test(name) && !/\.(test|d)\.ts$/.test(name))
    .map((name) => join(source, name));
}

/** Code without comments, strings and template texts; import specifiers are looked at separately. */
function codeOnly(text: string): string {
  return text
    .replace(/\/\*[\s\S]*?\*\//g, "")
    .replace(/(^|[^:])\/\/.*$/gm, "$1")
    .replace(/"(?:[^"\\\n]|\\.)*"/g, '""')
    .replace(/'(?:[^'\\\n]|\\.)*'/g, "''");
}

function importsOf(text: string): string[] {
  return [...text.matchAll(/(?:from|import)\s*\(?\s*"([^"]+)"/g)].map((match) => match[1]!);
}

function layerOf(file: string): string {
  return relative(source, file).split(sep)[0]!;
}

function problemsOf(file: string, text: string): string[] {
  const layer = layerOf(file);
  const name = relative(root, file);
  const problems: string[] = [];
  for (const specifier of importsOf(text)) {
    if (specifier.startsWith("node:")) {
      if (pureLayers.includes(layer)) problems.push(`${name} imports ${specifier}`);
    } else if (specifier.startsWith(".")) {
      const target = resolve(dirname(file), specifier);
      const targetLayer = layerOf(target);
      if (targetLayer !== layer && layer in mayImport && !mayImport[layer]!.includes(targetLayer)) {
        problems.push(`${name} (${layer}) imports ${specifier} (${targetLayer})`);
      }
      const targetName = relative(join(source, "sim"), target);
      if (layer === "explorer" && targetLayer === "sim" && !pageMayUseOfSim.includes(targetName)) {
        problems.push(`${name} reaches into the simulator: ${targetName}`);
      }
      if (layer === "host" && targetLayer === "sim" && !hostMayUseOfSim.includes(targetName)) {
        problems.push(`${name} reaches into the simulator: ${targetName}`);
      }
      if (!/\.(tsx?|css)$/.test(specifier)) problems.push(`${name}: import ${specifier} lacks its ending`);
    }
  }
  if (pureLayers.includes(layer)) {
    const code = codeOnly(text);
    for (const [pattern, what] of forbidden) if (pattern.test(code)) problems.push(`${name} touches ${what}`);
  }
  if (text.split("\n").length > 501) problems.push(`${name} has more than 500 lines`);
  return problems;
}

describe("layers", () => {
  it("imports only point down, and nothing below the host touches the ambient world", () => {
    const files = sourceFiles();
    expect(files.length).toBeGreaterThan(60);
    expect(files.flatMap((file) => problemsOf(file, readFileSync(file, "utf8")))).toEqual([]);
  });

  it("every folder of src is a layer", () => {
    const folders = readdirSync(source, { withFileTypes: true }).filter((entry) => entry.isDirectory());
    for (const { name } of folders) expect(Object.keys(mayImport)).toContain(name);
  });

  it("finds what it is there to find", () => {
    const at = (layer: string) => join(source, layer, "x.ts");
    expect(problemsOf(at("chain"), 'import { x } from "../consensus/vote.ts";')).toHaveLength(1);
    expect(problemsOf(at("base"), 'import { readFileSync } from "node:fs";')).toHaveLength(1);
    expect(problemsOf(at("host"), 'import { x } from "../sim/fairness.ts";')).toHaveLength(1);
    for (const line of [
      "Date.now()",
      "Math.random()",
      "setTimeout(f)",
      "process.env.X",
      "performance.now()",
      "await x",
    ]) {
      expect(problemsOf(at("sim"), `const a = ${line};`), line).toHaveLength(1);
    }
    expect(problemsOf(at("host"), "const a = Date.now();")).toEqual([]);
    expect(problemsOf(at("chain"), '// Date and process, in prose\nconst a = "Math.random()";')).toEqual([]);
    expect(problemsOf(at("chain"), "const program = { process(context) {} };")).toEqual([]);
  });
});
