/** Makes one file of a program of the tests and of all that it imports, to run in a process of its own. */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type BuildOptions, build } from "esbuild";

/** The repository's. */
export const root = fileURLToPath(new URL("../..", import.meta.url));

/** `source` from the root; an ES module unless `options` say otherwise. */
export async function bundleProgram(source: string, outfile: string, options: BuildOptions = {}): Promise<void> {
  await build({
    entryPoints: [join(root, source)],
    bundle: true,
    platform: "node",
    format: "esm",
    outfile,
    logLevel: "error",
    ...options,
  });
}
