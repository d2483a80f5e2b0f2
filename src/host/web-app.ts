/**
 * What the RPC port answers over HTTP beside JSON-RPC (post-rpc.ts).
 *
 *     GET /health   "ok", "behind" or "unknown", as Solana's
 *     GET /         the page, for a browser (page-files.ts); what this is, for all others
 *     OPTIONS       yes, from every page, also into a private network
 */
import { Hono } from "hono";
import { cors } from "hono/cors";
import { readPageFile } from "./page-files.ts";

/**
 * JSON-RPC over text: null when there is nothing to answer (notifications only). A promise does not reject. `whenGone` gives
 * what is aborted when nobody waits for the answer any more; it is asked for at once or not at all.
 */
export interface TextRpc {
  callText(text: string, whenGone?: () => AbortSignal): string | null | Promise<string | null>;
}

export type WebAppOptions = {
  readonly slotsBehind: () => number | null;
  readonly onError: (error: unknown) => void;
};

/** Of every answer. Browsers ask before a public page may reach a local node. */
export const corsHeaders = { "access-control-allow-origin": "*", "access-control-allow-private-network": "true" };

const welcome = "Escapement, a proof-of-stake devnet: POST JSON-RPC here; WebSockets here or one port up.\n";
const jsonType = { "content-type": "application/json; charset=utf-8" };

export function createWebApp(options: WebAppOptions): Hono {
  const { slotsBehind, onError } = options;
  const app = new Hono();

  app.use(async (context, next) => {
    await next();
    for (const [name, value] of Object.entries(corsHeaders)) context.res.headers.set(name, value);
  });
  app.use(cors({ origin: "*", allowMethods: ["POST", "GET", "OPTIONS"], maxAge: 86_400 }));

  app.get("/health", (context) => {
    const behind = slotsBehind();
    return context.text(behind === null ? "ok" : behind < 0 ? "unknown" : "behind");
  });
  app.get("/", (context) => {
    context.header("vary", "accept");
    const page = /\btext\/html\b/.test(context.req.header("accept") ?? "") ? readPageFile("page.html") : null;
    return page === null ? context.text(welcome) : context.body(page.bytes, 200, page.headers);
  });
  for (const name of ["page.js", "page.css"] as const) {
    app.get(`/${name}`, (context) => {
      const file = readPageFile(name);
      return file === null ? context.notFound() : context.body(file.bytes, 200, file.headers);
    });
  }
  app.all("/", (context) => context.text("Use POST for JSON-RPC.\n", 405, { allow: "GET, HEAD, POST, OPTIONS" }));
  app.all("/health", (context) => context.text("Use GET.\n", 405, { allow: "GET, HEAD, OPTIONS" }));
  app.notFound((context) => context.text("Nothing here. JSON-RPC is at POST /.\n", 404));

  app.onError((error, context) => {
    // A client that went away while sending is no failure of ours.
    if (!context.req.raw.signal.aborted) onError(error);
    return context.body(errorBody(-32603, "Internal error"), 500, jsonType);
  });
  return app;
}

function errorBody(code: number, message: string): string {
  return `${JSON.stringify({ jsonrpc: "2.0", error: { code, message }, id: null })}\n`;
}
