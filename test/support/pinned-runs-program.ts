/** The pinned runs as a program of its own: one line of JSON a run. It is bundled, for other versions of Node. */
import { pinnedRuns } from "./pinned-runs.ts";

for (const [name, play] of Object.entries(pinnedRuns)) {
  process.stdout.write(`${JSON.stringify({ name, traceHash: play() })}\n`);
}
