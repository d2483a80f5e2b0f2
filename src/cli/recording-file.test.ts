import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { createTestNetwork, testCrypto } from "../../test/support/clusters.ts";
import { openViewServer } from "../host/view-server.ts";
import { Cluster } from "../sim/cluster.ts";
import { createWatch } from "../sim/watch.ts";
import type { WatchFrame } from "../sim/watch-frame.ts";
import { openRecording, readRecording } from "./recording-file.ts";

const folder = mkdtempSync(join(tmpdir(), "escapement-recording-"));
afterAll(() => rmSync(folder, { recursive: true }));

describe("a recording", () => {
  it("holds the frames that a watcher sees, and is served with the page", async () => {
    const path = join(folder, "run.json");
    const cluster = new Cluster({ network: createTestNetwork({ stakes: [2n, 1n] }), crypto: testCrypto });
    const recorder = openRecording(path, { seed: "7", names: ["a", null] });
    recorder.onCluster(cluster);
    const frames: WatchFrame[] = [];
    const watch = createWatch(cluster, { seed: "7", names: ["a", null], isWatched: () => true });
    watch.listen((frame) => void frames.push(frame));
    for (let slot = 1; slot <= 20; slot++) cluster.advanceSlot();
    recorder.close();
    const { text, recording } = readRecording(path);
    expect(recording).toEqual({ header: watch.header, frames });

    const server = await openViewServer({ text, host: "127.0.0.1", port: 0 });
    try {
      const answer = await fetch(new URL("recording.json", server.url));
      expect([answer.status, await answer.json()]).toEqual([200, recording]);
      expect((await fetch(new URL("else", server.url))).status).toBe(404);
      expect((await fetch(server.url, { method: "POST" })).status).toBe(405);
    } finally {
      await server.close();
    }
  });

  it("of no slots is one, too", () => {
    const path = join(folder, "none.json");
    const recorder = openRecording(path, { seed: "7", names: [] });
    recorder.onCluster(new Cluster({ network: createTestNetwork({ stakes: [1n] }), crypto: testCrypto }));
    recorder.close();
    expect(readRecording(path).recording.frames).toEqual([]);
  });

  it("is refused, with what it should be, when it is cut or something else", () => {
    const write = (name: string, text: string) => {
      const path = join(folder, name);
      writeFileSync(path, text);
      return path;
    };
    expect(() => readRecording(write("cut.json", '{"header":{'))).toThrow(/cut.json is not JSON, or was cut; make one/);
    expect(() => readRecording(write("other.json", '{"header":{}}'))).toThrow(/other.json is no recording; make one/);
    expect(() => openRecording(join(folder, "missing", "run.json"), { seed: "", names: [] })).toThrow(
      /its folder does not exist/,
    );
  });
});
