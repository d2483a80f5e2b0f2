/** The documents name files that exist: every relative link, and every path under the repository's folders. */
import { existsSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { readDoc } from "./support/doc-commands.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const inDocs = readdirSync(join(root, "docs"), { recursive: true, encoding: "utf8" });
const documents = [
  "README.md",
  "ARCHITECTURE.md",
  ...inDocs
    .filter((name) => name.endsWith(".md"))
    .map((name) => `docs/${name}`)
    .sort(),
];

/** Relative targets of `[text](target)`, without their anchors. */
function linksOf(doc: string): string[] {
  return [...doc.matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target = ""]) => target)
    .filter((target) => !/^[a-z]+:/.test(target) && !target.startsWith("#"))
    .map((target) => target.replace(/#.*$/, ""));
}

/** Paths such as `src/chain/poh.ts` in a text; a pattern (`test/**`) names no file. */
function pathsOf(doc: string): string[] {
  return [...doc.matchAll(/(?<![\w/.@-])(?:src|test|bin|docs|bench)\/[\w./*-]*[\w/*]/g)]
    .map(([path]) => path)
    .filter((path) => !path.includes("*"));
}

/** `## Some heading` -> "some-heading", as hosts of Markdown make anchors. */
function anchorsOf(doc: string): Set<string> {
  const headings = [...doc.matchAll(/^#+ (.+)$/gm)].map(([, heading = ""]) => heading);
  return new Set(
    headings.map((heading) =>
      heading
        .toLowerCase()
        .replace(/[^\w\- ]/g, "")
        .replaceAll(" ", "-"),
    ),
  );
}

describe.each(documents)("%s", (name) => {
  const doc = readDoc(name);

  it("links to files that exist", () => {
    const missing = linksOf(doc).filter((target) => !existsSync(join(root, dirname(name), target)));
    expect(missing).toEqual([]);
  });

  it("names paths that exist", () => {
    // Without the links, whose paths start from the document.
    const text = doc.replace(/\]\([^)]*\)/g, "]");
    expect(pathsOf(text).filter((path) => !existsSync(join(root, path)))).toEqual([]);
  });

  it("links to headings it has", () => {
    const anchors = anchorsOf(doc);
    const targets = [...doc.matchAll(/\]\(#([^)]+)\)/g)].map(([, anchor = ""]) => anchor);
    expect(targets.filter((anchor) => !anchors.has(anchor))).toEqual([]);
  });
});

it("finds the links and paths of a text", () => {
  expect(linksOf("[a](docs/x.md#y) [b](https://e.org/z) [c](#d)")).toEqual(["docs/x.md"]);
  expect(pathsOf("see `src/chain/poh.ts`, src/base. `test/**/x` ../src/no.ts")).toEqual([
    "src/chain/poh.ts",
    "src/base",
  ]);
});
