/** Serves the page with a recorded run in place of a devnet. It listens on loopback unless told otherwise. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { type PageFileName, readPageFile } from "./page-files.ts";

export type ViewServer = { readonly url: string; readonly close: () => Promise<void> };

/** `text`: the recording. Rejects with the system's error when the port cannot be had, or an Error where no page was built. */
export async function openViewServer(options: {
  readonly text: string;
  readonly host: string;
  readonly port: number;
}): Promise<ViewServer> {
  const html = readPageFile("page.html");
  if (html === null) throw new Error("the page is not built yet: run `npm run build` first");
  const page = new TextDecoder()
    .decode(html.bytes)
    .replace('<html lang="en">', '<html lang="en" data-recording="recording.json">');
  const recording = Buffer.from(options.text);
  const server = createServer((request, response) => {
    const path = (request.url ?? "/").split("?")[0];
    const send = (status: number, headers: Readonly<Record<string, string>>, body: string | Uint8Array): void => {
      response.writeHead(status, headers);
      response.end(request.method === "HEAD" ? undefined : body);
    };
    if (request.method !== "GET" && request.method !== "HEAD") send(405, { allow: "GET, HEAD" }, "Use GET.\n");
    else if (path === "/") send(200, html.headers, page);
    else if (path === "/recording.json")
      send(200, { "content-type": "application/json", "cache-control": "no-cache" }, recording);
    else {
      const name = (path ?? "").slice(1);
      const file = name === "page.js" || name === "page.css" ? readPageFile(name satisfies PageFileName) : null;
      if (file === null) send(404, { "content-type": "text/plain; charset=utf-8" }, "Nothing here.\n");
      else send(200, file.headers, file.bytes);
    }
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.port, options.host, () => {
      server.off("error", reject);
      resolve();
    });
  });
  const { port } = server.address() as AddressInfo;
  const host = options.host.includes(":") ? `[${options.host}]` : options.host;
  return {
    url: `http://${host}:${port}/`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
