// Makes the command's bundle: dist/command/main.js and its chunks, with every package that it uses, as reading six hundred
// modules takes longer than starting a devnet. A command's own code stays apart until it runs. Part of `npm run build`.
import { readFileSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const outdir = here("../../dist/command");
const { optionalDependencies = {} } = JSON.parse(readFileSync(here("../../package.json"), "utf8"));

rmSync(outdir, { recursive: true, force: true });
await build({
  entryPoints: [here("main.ts"), here("scenario-worker.ts")],
  outdir,
  bundle: true,
  splitting: true,
  platform: "node",
  target: "node20.19",
  format: "esm",
  // What may be missing, or is a binary, is looked for when it is wanted.
  external: [...Object.keys(optionalDependencies), "*.node"],
  // Packages in CommonJS ask for Node's own modules by require, which ESM has not.
  banner: {
    js: 'import { createRequire as requireFrom } from "node:module"; const require = requireFrom(import.meta.url);',
  },
  logLevel: "warning",
});
