/**
 * The page at its limit: a hundred validators at twenty slots a second, for a minute, in a real browser. What it holds must
 * not grow with the slots it has seen; frames that came late are counted and told. The slots are simulated before, so that
 * the page is what is measured, not who builds them beside it.
 */
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Cluster } from "../../src/sim/cluster.ts";
import { createWatch } from "../../src/sim/watch.ts";
import type { Recording, WatchFrame } from "../../src/sim/watch-frame.ts";
import { hasBrowser, launchBrowser, openPage } from "../support/browser.ts";
import { createTestNetwork, testCrypto } from "../support/clusters.ts";
import { openFrameServer } from "../support/frame-server.ts";

const slotsPerSecond = 20;
const seconds = Number(process.env.ESCAPEMENT_PAGE_SECONDS ?? 60);

/** Counted in the page: animation frames, and those that took longer than two of 60 a second. */
const countFrames = `(() => {
  window.frames60 = { all: 0, late: 0, longest: 0 };
  let before = performance.now();
  const next = (now) => {
    window.frames60.all++;
    if (now - before > 34) window.frames60.late++;
    window.frames60.longest = Math.max(window.frames60.longest, now - before);
    before = now;
    requestAnimationFrame(next);
  };
  requestAnimationFrame(next);
})()`;

describe.skipIf(!hasBrowser())("the page of a hundred validators", () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchBrowser();
  });
  afterAll(() => browser?.close());

  it(`stays as it is over ${seconds} seconds at ${slotsPerSecond} slots a second`, async () => {
    // More than the page keeps of blocks come first, so that from then on as many go as come.
    const settling = 640;
    const recording = recordSlots(settling + slotsPerSecond * (seconds + 20));
    const server = await openFrameServer(recording, settling);
    const { page, complaints } = await openPage(browser, server.url);
    await page.locator("#slot").waitFor();
    const session = await page.context().newCDPSession(page);
    await session.send("Performance.enable");
    const measure = async () => {
      await session.send("HeapProfiler.collectGarbage");
      const { metrics } = await session.send("Performance.getMetrics");
      const of = (name: string) => metrics.find((metric) => metric.name === name)?.value ?? 0;
      return { heapMb: of("JSHeapUsedSize") / 2 ** 20, nodes: of("Nodes"), listeners: of("JSEventListeners") };
    };
    const ticking = setInterval(server.tell, 1000 / slotsPerSecond);
    // The first table and the first redraws make what stays.
    await page.waitForTimeout(10_000);
    const before = await measure();
    const from = server.told();
    await page.evaluate(countFrames);
    await page.waitForTimeout(seconds * 1000);
    const frames = (await page.evaluate("window.frames60")) as { all: number; late: number; longest: number };
    const slots = server.told() - from;
    const shown = Number(await page.locator("#slot").textContent());
    const behind = recording.frames[server.told() - 1]!.slot - shown;
    clearInterval(ticking);
    const after = await measure();
    process.stderr.write(`${JSON.stringify({ slots, behind, frames, before, after })}\n`);
    expect(complaints).toEqual([]);
    expect(after.heapMb).toBeLessThan(before.heapMb * 1.3 + 8);
    expect(after.nodes).toBeLessThan(before.nodes * 1.2 + 500);
    expect(after.listeners).toBeLessThan(before.listeners * 1.2 + 200);
    expect(slots).toBeGreaterThan(seconds * slotsPerSecond * 0.9);
    expect(behind).toBeLessThan(slotsPerSecond);
    expect(frames.late / frames.all).toBeLessThan(0.1);
    await page.close();
    await server.close();
  });
});

/** A hundred validators, a fault now and then. */
function recordSlots(slots: number): Recording {
  const stakes = Array.from({ length: 100 }, (_, index) => BigInt(1000 + 10 * index));
  const network = createTestNetwork({ stakes, params: { slotsPerEpoch: 512 } });
  const cluster = new Cluster({ network, crypto: testCrypto, seed: "page" });
  const watch = createWatch(cluster, { seed: "page", names: [], isWatched: () => true });
  const frames: WatchFrame[] = [];
  watch.listen((frame) => void frames.push(frame));
  for (let slot = 1; slot <= slots; slot++) {
    const validator = Math.floor(slot / 100) % 100;
    if (slot % 100 === 50) cluster.inject({ type: "kill", validator, disk: "kept" });
    if (slot % 100 === 80) cluster.inject({ type: "restart", validator });
    cluster.advanceSlot();
  }
  return { header: watch.header, frames };
}
