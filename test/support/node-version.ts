/**
 * Other versions of Node, as npm packages them, in a folder of the checkout that git ignores: installed when first wanted.
 *
 *     installNode("24")  ──>  .node-versions/24/…/bin/node
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const folder = fileURLToPath(new URL("../../.node-versions", import.meta.url));

/** `version` as npm has it: "22", "latest". Throws where this platform's package cannot be installed. */
export function installNode(version: string): string {
  const at = join(folder, version);
  const name = `node-${process.platform}-${process.arch}`;
  const path = join(at, "node_modules", name, "bin", "node");
  if (existsSync(path)) return path;
  mkdirSync(at, { recursive: true });
  writeFileSync(join(at, "package.json"), '{ "private": true }\n');
  // The binary's own package: the wrapper `node` would fetch it in an install script.
  const done = spawnSync("npm", ["install", "--ignore-scripts", "--no-audit", "--no-fund", `${name}@${version}`], {
    cwd: at,
    encoding: "utf8",
  });
  if (done.status !== 0 || !existsSync(path)) throw new Error(`npm cannot install ${name}@${version}: ${done.stderr}`);
  return path;
}
