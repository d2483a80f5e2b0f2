/**
 * The page's bundle, as the build left it: read once, served from memory. Nothing in it comes from anywhere else, and the
 * policy sent with it lets nothing else in: whatever a name or a memo says, it stays text.
 */
import { readFileSync } from "node:fs";

export type PageFileName = "page.html" | "page.js" | "page.css";

export type PageFile = {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly headers: Readonly<Record<string, string>>;
};

const types: Readonly<Record<PageFileName, string>> = {
  "page.html": "text/html; charset=utf-8",
  "page.js": "text/javascript; charset=utf-8",
  "page.css": "text/css; charset=utf-8",
};

/** The page talks to the node it came from, over HTTP and WebSocket. Styles on elements are colours and sizes. */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "connect-src 'self' ws: wss:",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

/** Compiled, it stands in dist/host; from the sources, the build's output is asked for all the same. */
const folder = new URL(import.meta.url.endsWith(".ts") ? "../../dist/explorer/" : "../explorer/", import.meta.url);

const known = new Map<PageFileName, PageFile>();

/** Null where nothing was built. */
export function readPageFile(name: PageFileName): PageFile | null {
  let file = known.get(name);
  if (file === undefined) {
    let bytes: Uint8Array<ArrayBuffer>;
    try {
      bytes = new Uint8Array(readFileSync(new URL(name, folder)));
    } catch {
      return null;
    }
    file = {
      bytes,
      headers: {
        "content-type": types[name],
        "content-security-policy": policy,
        "cache-control": "no-cache",
        "x-content-type-options": "nosniff",
        "referrer-policy": "no-referrer",
      },
    };
    known.set(name, file);
  }
  return file;
}
