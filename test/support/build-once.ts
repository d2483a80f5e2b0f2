import { spawnSync } from "node:child_process";

/**
 * System tests start the real command, so they need what `npm run build` makes. Incremental: cheap when nothing changed.
 * A type error does not stop the build's output; it is reported here and fails the types check.
 */
export default function buildOnce(): void {
  const built = spawnSync("npm", ["run", "--silent", "build"], { stdio: ["ignore", "pipe", "pipe"], encoding: "utf8" });
  if (built.status !== 0) process.stderr.write(`the build reports problems:\n${built.stdout}${built.stderr}\n`);
}
