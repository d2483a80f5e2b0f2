/**
 * Fetches what Escapement is compared with into bench/peers, which git ignores: packages of the npm registry with all that
 * they need in them, and no install scripts. Anvil comes as a binary in a package for each platform.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";

const folder = resolve("bench/peers");

const packages = { "@foundry-rs/anvil": "1.7.1", ethers: "6.17.0", secp256k1: "5.0.2" };

/** Returns what was installed. */
export function installPeers(): Readonly<Record<string, string>> {
  const wanted = JSON.stringify({ private: true, dependencies: packages }, null, 2);
  mkdirSync(folder, { recursive: true });
  writeFileSync(`${folder}/package.json`, `${wanted}\n`);
  const args = ["install", "--prefix", folder, "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel", "error"];
  const { status } = spawnSync("npm", args, { stdio: "inherit" });
  if (status !== 0) throw new Error(`npm could not install ${Object.keys(packages).join(", ")} into bench/peers`);
  return packages;
}

/** The binary itself: its wrapper would add the start of a Node process. */
export function anvilPath(): string {
  const architecture = process.arch === "x64" ? "amd64" : process.arch;
  const suffix = process.platform === "win32" ? ".exe" : "";
  const name = `@foundry-rs/anvil-${process.platform}-${architecture}`;
  const path = `${folder}/node_modules/${name}/bin/anvil${suffix}`;
  if (!existsSync(path)) throw new Error(`there is no Anvil for ${process.platform} ${process.arch}: no ${name}`);
  return path;
}

export async function importPeer<Module>(entry: string): Promise<Module> {
  return (await import(pathToFileURL(`${folder}/node_modules/${entry}`).href)) as Module;
}
