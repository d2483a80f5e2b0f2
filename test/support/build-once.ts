import { execFileSync } from "node:child_process";

/** System tests start the real command, so they need what `npm run build` makes. Incremental: cheap when nothing changed. */
export default function buildOnce(): void {
  execFileSync("npm", ["run", "--silent", "build"], { stdio: "inherit" });
}
