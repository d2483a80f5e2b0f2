/**
 * Runs a benchmark: bundles `bench/<name>.ts` and what it imports of `src`, and starts it with the other arguments.
 *
 *     node bench/run.mjs virtual-time 10 100
 */
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = fileURLToPath(new URL("..", import.meta.url));
const [name = "", ...args] = process.argv.slice(2);
const source = `${root}bench/${name}.ts`;
if (!/^[a-z-]+$/.test(name) || !existsSync(source)) {
  const names = readdirSync(`${root}bench`).flatMap((file) => (file.endsWith(".ts") ? file.slice(0, -3) : []));
  process.stderr.write(`there is no benchmark ${name}; there are ${names.join(", ")}\n`);
  process.exit(2);
}
// Below node_modules, so that packages are found from there; and two folders below the root, as src/host and dist/host are,
// so that package.json and the native kernel are found.
const outfile = `${root}node_modules/.escapement-bench/${name}.mjs`;
await build({
  entryPoints: [source],
  bundle: true,
  platform: "node",
  format: "esm",
  packages: "external",
  sourcemap: "inline",
  logLevel: "error",
  outfile,
});
const { status } = spawnSync(process.execPath, ["--expose-gc", outfile, ...args], { cwd: root, stdio: "inherit" });
process.exitCode = status ?? 1;
