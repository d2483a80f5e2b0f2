/** `escapement dev` as a user launches it, with the build in dist. */
import { type ChildProcess, spawn } from "node:child_process";
import { freePort } from "./ports.ts";
import { untilAnswered } from "./processes.ts";

/** From the launch of the process to its first answer over JSON-RPC. */
export async function launchDev(): Promise<{ readonly child: ChildProcess; readonly answerMs: number }> {
  const port = await freePort();
  const startedAt = performance.now();
  const args = ["bin/escapement.js", "dev", "--quiet", "--rpc-port", String(port), "--ws-port", "0"];
  const child = spawn(process.execPath, args, { stdio: "ignore" });
  const answeredAt = await untilAnswered(`http://127.0.0.1:${port}/`, "getHealth", child);
  return { child, answerMs: answeredAt - startedAt };
}
