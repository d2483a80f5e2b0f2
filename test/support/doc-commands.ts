/**
 * The commands that a document shows, with the output it promises:
 *
 *     ```console
 *     $ npx escapement sim run --slots 20      <- run, by this build
 *     Slot:           20                       <- found in the output, word for word
 *     …                                        <- anything
 *     Height:         20                       <- found after it
 *     ```
 */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

export type DocCommand = { readonly command: string; readonly lines: readonly string[] };

export function readDoc(path: string): string {
  return readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");
}

/** The texts of all fenced blocks of a language, in order. */
export function fencedBlocks(doc: string, language: string): string[] {
  return [...doc.matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\`$`, "gms"))].map(([, text]) => text ?? "");
}

export function docCommands(doc: string): DocCommand[] {
  return fencedBlocks(doc, "console").flatMap((block) =>
    block
      .split(/^\$ /m)
      .slice(1)
      .map((part) => {
        const [command = "", ...lines] = part.split("\n");
        return { command, lines: lines.map((line) => line.trimEnd()).filter((line) => line !== "") };
      }),
  );
}

/** How many slots a command simulates; 0 when it does not. */
export function slotsOf({ command }: DocCommand): number {
  return command.includes(" sim run ") ? Number(/--slots (\d+)/.exec(command)?.[1] ?? 1000) : 0;
}

export type DocOutput = { readonly stdout: string; readonly stderr: string };

/** Runs `npx escapement …` as a process in a folder, or a script (its text given) with the build in reach. */
export function runDocCommand({ command }: DocCommand, folder: string, script: string, exit = 0): DocOutput {
  const words = command.split(" ");
  const env = { ...process.env, NO_COLOR: "1" };
  const root = new URL("../../", import.meta.url);
  const isCommand = words[0] === "npx" && words[1] === "escapement";
  if (!isCommand && words[0] !== "node") throw new Error(`not a command this test can run: ${command}`);
  const args = isCommand
    ? [fileURLToPath(new URL("bin/escapement.js", root)), ...words.slice(2)]
    : ["--input-type=module", "-e", script.replaceAll('"./dist/', `"${root.href}dist/`)];
  const { stdout, stderr, status } = spawnSync(process.execPath, args, { cwd: folder, env, encoding: "utf8" });
  if (status !== exit) throw new Error(`${command} ended with ${status}: ${stderr}`);
  return { stdout, stderr };
}

/** The first promised line that the output does not have at its place, or null. "…" allows a gap; without it there is none. */
export function findBrokenPromise(lines: readonly string[], output: string): string | null {
  const given = output
    .split("\n")
    .map((line) => line.trimEnd())
    .filter((line) => line !== "");
  let at = 0;
  let maySkip = false;
  for (const line of lines) {
    if (line === "…") {
      maySkip = true;
      continue;
    }
    const found = maySkip ? given.indexOf(line, at) : given[at] === line ? at : -1;
    if (found === -1) return line;
    at = found + 1;
    maySkip = false;
  }
  return maySkip || at === given.length ? null : (given[at] ?? null);
}
