/**
 * Builds the native kernel from the C beside this file, where there is a C compiler. Where there is none, or it fails,
 * nothing is said and nothing is lost: the kernels in WebAssembly and TypeScript give the same hashes, more slowly.
 *
 *     node native/build.mjs              only when the C is newer than what was built
 *     node native/build.mjs --verbose    says what it does, and what the compiler said
 *
 * The compiler is CC, or else cc; nothing is ever downloaded.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, renameSync, rmSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const folder = dirname(fileURLToPath(import.meta.url));
const target = join(folder, "build", `sha256-${process.platform}-${process.arch}.node`);
const isVerbose = process.argv.includes("--verbose");

function say(text) {
  if (isVerbose) process.stderr.write(`${text}\n`);
}

/** When the newest file of what the addon is made from was changed: the C, and how it is compiled. */
function newestSourceMs(names) {
  return Math.max(...names.map((name) => statSync(join(folder, name)).mtimeMs));
}

function builtMs() {
  return statSync(target, { throwIfNoEntry: false })?.mtimeMs ?? Number.NEGATIVE_INFINITY;
}

function compile(sources) {
  const { include_dir: headers } = createRequire(import.meta.url)("node-api-headers");
  mkdirSync(dirname(target), { recursive: true });
  // Beside its place and then into it: whoever loads the addon meanwhile finds the old one or the new one, whole.
  const fresh = `${target}.${process.pid}`;
  const link = process.platform === "darwin" ? ["-undefined", "dynamic_lookup"] : ["-s"];
  const flags = ["-O3", "-std=gnu11", "-shared", "-fPIC", "-fvisibility=hidden", ...link, `-I${headers}`];
  const done = spawnSync(process.env.CC || "cc", [...flags, "-o", fresh, ...sources], {
    cwd: folder,
    encoding: "utf8",
  });
  say(done.error === undefined ? done.stderr : `no compiler: ${done.error.message}`);
  if (done.status === 0) renameSync(fresh, target);
  else rmSync(fresh, { force: true });
  return done.status === 0;
}

try {
  const names = readdirSync(folder).filter((name) => /\.(c|h|inc|mjs)$/.test(name));
  if (newestSourceMs(names) < builtMs()) say(`up to date: ${target}`);
  else if (compile(names.filter((name) => name.endsWith(".c")))) say(`built ${target}`);
  else rmSync(target, { force: true });
} catch (error) {
  say(`not built: ${error}`);
}
