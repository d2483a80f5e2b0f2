/**
 * The command in a folder of its own: what it prints, where, and how it exits. A devnet is a real process; the many short
 * commands run in this one, one after another, since starting Node.js is most of what each would take.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { expect, vi } from "vitest";
import { runCommand } from "../../src/cli/run-command.ts";

const command = fileURLToPath(new URL("../../bin/escapement.js", import.meta.url));

export type Outcome = { readonly code: number | null; readonly stdout: string; readonly stderr: string };

export type Cli = {
  run(...args: readonly string[]): Promise<Outcome>;
  /** The document that a command answers with --output json; it must succeed. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
  json(...args: readonly string[]): Promise<any>;
  /** A devnet, and the line that says it is ready. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
  startDev(...args: readonly string[]): Promise<{ readonly child: ChildProcess; readonly ready: any }>;
};

export function createCli(folder: string): Cli {
  const start = (args: readonly string[]) =>
    spawn(process.execPath, [command, ...args], {
      cwd: folder,
      env: { ...process.env, NO_COLOR: "1" },
      stdio: ["ignore", "pipe", "pipe"],
    });
  let last: Promise<unknown> = Promise.resolve();
  const run = (...args: readonly string[]): Promise<Outcome> => {
    const outcome = last.then(() => runHere(folder, args));
    last = outcome.catch(() => {});
    return outcome;
  };
  return {
    run,
    async json(...args) {
      const { code, stdout, stderr } = await run(...args, "--output", "json");
      expect(code, stderr).toBe(0);
      return JSON.parse(stdout);
    },
    async startDev(...args) {
      const child = start(["dev", "--rpc-port", "0", "--quiet", "--output", "json", ...args]);
      let stderr = "";
      child.stderr.setEncoding("utf8").on("data", (text: string) => {
        stderr += text;
      });
      const ready = await new Promise<string>((resolve, reject) => {
        child.on("exit", (code) => reject(new Error(`dev ended with ${code}: ${stderr}`)));
        createInterface({ input: child.stdout }).once("line", resolve);
      });
      return { child, ready: JSON.parse(ready) };
    },
  };
}

async function runHere(folder: string, args: readonly string[]): Promise<Outcome> {
  const texts = { stdout: "", stderr: "" };
  const before = process.cwd();
  const spies = (["stdout", "stderr"] as const).map((name) =>
    vi.spyOn(process[name], "write").mockImplementation((text) => {
      texts[name] += String(text);
      return true;
    }),
  );
  process.chdir(folder);
  try {
    return { code: await runCommand(args), ...texts };
  } finally {
    process.chdir(before);
    for (const spy of spies) spy.mockRestore();
  }
}
