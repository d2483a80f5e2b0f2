#!/usr/bin/env node
import { existsSync } from "node:fs";

// The command runs from dist/. A clone installed with --ignore-scripts has none yet: say so instead of a stack trace.
if (existsSync(new URL("../dist/command/main.js", import.meta.url))) {
  await import("../dist/command/main.js");
} else {
  process.stderr.write("escapement is not built yet: run `npm run build` in its folder first.\n");
  process.exitCode = 1;
}
