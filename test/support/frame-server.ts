/**
 * A devnet's page over frames that were made before: so many slots a second whatever the machine can build, for measuring
 * the page alone. It answers what the page asks to follow along, and nothing else.
 */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { type WebSocket, WebSocketServer } from "ws";
import { type PageFileName, readPageFile } from "../../src/host/page-files.ts";
import type { Recording } from "../../src/sim/watch-frame.ts";

export type FrameServer = {
  readonly url: string;
  /** Slots told so far. */
  told(): number;
  /** Tells one more slot. */
  tell(): void;
  close(): Promise<void>;
};

/** The page begins with the first `first` frames. */
export async function openFrameServer({ header, frames }: Recording, first: number): Promise<FrameServer> {
  let told = first;
  const software = { version: "0.0.0", pohKernel: "no kernel" };
  const sockets = new Set<WebSocket>();
  const status = () => ({ slot: frames[told - 1]!.slot, running: true, snapshots: [], reverts: 0 });
  const server = createServer((request, response) => {
    const path = request.url === "/" ? "page.html" : (request.url ?? "").slice(1);
    const file = readPageFile(path as PageFileName);
    response.writeHead(file === null ? 404 : 200, file?.headers);
    response.end(file?.bytes);
  });
  new WebSocketServer({ server }).on("connection", (socket) => {
    sockets.add(socket);
    socket.on("message", (data) => {
      const { id, method } = JSON.parse(String(data)) as { id: number; method: string };
      const newest = frames.slice(Math.max(0, told - 400), told);
      const state = { software, header, frames: newest, events: [], status: status() };
      const result = method === "escapement_getWatch" ? state : method === "escapement_watchSubscribe" ? 1 : null;
      socket.send(JSON.stringify({ jsonrpc: "2.0", id, result }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    told: () => told,
    tell() {
      const frame = frames[told++]!;
      const params = { subscription: 1, result: { frames: [frame], status: status() } };
      const text = JSON.stringify({ jsonrpc: "2.0", method: "escapement_watchNotification", params });
      for (const socket of sockets) socket.send(text);
    },
    async close() {
      for (const socket of sockets) socket.terminate();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
