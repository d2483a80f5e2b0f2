/**
 * The package as npm packs it, laid out as npm would lay it, with each state that an installation can leave: no install
 * script was run, there was no compiler, the compiler failed, the kernel was built, the C is newer than what was built.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, symlinkSync, utimesSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { root } from "../support/bundle-program.ts";

const folder = mkdtempSync(join(tmpdir(), "escapement-installation-"));
const installed = join(folder, "package");
const built = join(installed, "native", "build", `sha256-${process.platform}-${process.arch}.node`);
const hasCompiler = spawnSync("cc", ["--version"]).status === 0;

beforeAll(() => {
  const packed = spawnSync("npm", ["pack", "--ignore-scripts", "--silent", "--pack-destination", folder], {
    cwd: root,
    encoding: "utf8",
  });
  expect(packed.status, packed.stderr).toBe(0);
  expect(spawnSync("tar", ["-xzf", packed.stdout.trim(), "-C", folder], { cwd: folder }).status).toBe(0);
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function node(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const { status, stdout, stderr } = spawnSync(process.execPath, args, {
    cwd: installed,
    encoding: "utf8",
    env: { ...process.env, ESCAPEMENT_POH_KERNEL: "", ...env },
  });
  return { status, stdout, stderr };
}

const install = (env?: Readonly<Record<string, string>>) => node(["native/build.mjs"], env);
const silence = { status: 0, stdout: "", stderr: "" };

/** Which kernel a program would get, without the command's own time to start. */
function kernel(...flags: readonly string[]): string {
  const program = 'import("./dist/host/poh-kernel.js").then(({ hostKernel }) => console.log(hostKernel().poh.name))';
  const { status, stdout, stderr } = node([...flags, "-e", program]);
  expect(status, stderr).toBe(0);
  return stdout.trim();
}

describe("an installation", () => {
  it("holds the C, and no binary", () => {
    const names = readdirSync(join(installed, "native"));
    expect(names).toEqual(expect.arrayContaining(["addon.c", "sha256.h", "lanes.inc", "build.mjs"]));
    expect(names).not.toContain("build");
  });

  it("works without install scripts: WebAssembly serves, or TypeScript where there is none", () => {
    const { status, stdout, stderr } = node(["bin/escapement.js", "--version", "--verbose"]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    expect(stdout).toMatch(/\npoh kernel: +wasm, 4 SIMD lanes, \d+ threads?\n/);
    expect(kernel("--jitless")).toBe("portable");
  });

  it("succeeds without a word where there is no compiler, and where it fails", () => {
    const empty = join(folder, "empty");
    mkdirSync(empty);
    expect(install({ PATH: empty })).toEqual(silence);
    expect(install({ CC: "false" })).toEqual(silence);
    expect(existsSync(built)).toBe(false);
    expect(kernel()).toMatch(/^wasm/);
    expect(node(["native/build.mjs", "--verbose"], { PATH: empty }).stderr).toMatch(/^no compiler/);
  });

  it("says what a wrong kernel should have been, and that the native one is missing", () => {
    const ask = (name: string) =>
      node(["bin/escapement.js", "sim", "run", "--slots", "1"], { ESCAPEMENT_POH_KERNEL: name });
    expect(ask("fast")).toEqual({
      status: 2,
      stdout: "",
      stderr: 'escapement: ESCAPEMENT_POH_KERNEL is native, wasm, portable or left out, not "fast".\n',
    });
    expect(ask("native")).toMatchObject({
      status: 2,
      stderr: expect.stringContaining("node native/build.mjs --verbose"),
    });
  });

  it.skipIf(!hasCompiler)("builds the kernel without a word where there is one, and again when the C is newer", () => {
    expect(install()).toEqual(silence);
    expect(kernel()).toMatch(/^native .+, \d+ threads?$/);
    const source = join(installed, "native", "chains.c");
    const age = (path: string, seconds: number) => utimesSync(path, seconds, seconds);
    for (const name of readdirSync(join(installed, "native"))) age(join(installed, "native", name), 1000);
    age(built, 2000);
    expect(install()).toEqual(silence);
    expect(statSync(built).mtimeMs).toBe(2_000_000);
    age(source, 3000);
    expect(install()).toEqual(silence);
    expect(statSync(built).mtimeMs).toBeGreaterThan(3_000_000);
    // What was built from older C is worse than none.
    age(source, 4_000_000_000);
    expect(install({ CC: "false" })).toEqual(silence);
    expect(existsSync(built)).toBe(false);
    expect(readdirSync(join(installed, "native", "build"))).toEqual([]);
  });
});

describe("the kernels", () => {
  const run = (name: string) => {
    const args = ["sim", "run", "--slots", "8", "--seed", "kernels", "--hashes-per-tick", "12500", "--output", "json"];
    const { status, stdout, stderr } = spawnSync(process.execPath, ["bin/escapement.js", ...args], {
      cwd: root,
      encoding: "utf8",
      env: { ...process.env, ESCAPEMENT_POH_KERNEL: name },
    });
    expect(status, stderr).toBe(0);
    const { timings, ...result } = JSON.parse(stdout);
    expect(timings).toBeDefined();
    return result;
  };

  it("make one and the same chain, and let the process end", () => {
    const portable = run("portable");
    expect(run("wasm")).toEqual(portable);
    expect(run("")).toEqual(portable);
  });
});
