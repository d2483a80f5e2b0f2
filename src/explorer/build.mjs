// Makes the page's bundle: dist/explorer/{page.html, page.js, page.css}, which need nothing else. Part of `npm run build`.
import { copyFileSync, mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const out = here("../../dist/explorer");

mkdirSync(out, { recursive: true });
copyFileSync(here("page.html"), `${out}/page.html`);
await build({
  entryPoints: { page: here("main.tsx") },
  outdir: out,
  bundle: true,
  minify: true,
  format: "esm",
  target: "es2022",
  jsx: "automatic",
  jsxImportSource: "preact",
  legalComments: "none",
  logLevel: "warning",
});
