/**
 * The page at its limit: a hundred validators at twenty slots a second, for a minute, in a real browser. What it holds must
 * not grow with the slots it has seen; frames that came late are counted and told.
 */
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createDevnet } from "../../src/host/devnet.ts";
import { hasBrowser, launchBrowser, openPage } from "../support/browser.ts";

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

  it(`stays as it is over ${seconds} seconds at twenty slots a second`, async () => {
    const params = { slotDurationMs: 50, slotsPerEpoch: 512, hashesPerTick: 2, ticksPerSlot: 2 };
    const devnet = createDevnet({
      genesis: { params, validators: Array.from({ length: 100 }, () => ({ stake: 1000 })) },
    });
    const { rpcUrl } = await devnet.listen({ rpcPort: 0, wsPort: 0 });
    // As many as the page keeps, so that from now on as much goes as comes.
    await devnet.advanceSlots(640);
    const { page, complaints } = await openPage(browser, `${rpcUrl}/`);
    await page.locator("#slot").waitFor();
    const session = await page.context().newCDPSession(page);
    const measure = async () => {
      await session.send("HeapProfiler.collectGarbage");
      const { metrics } = await session.send("Performance.getMetrics");
      const of = (name: string) => metrics.find((metric) => metric.name === name)?.value ?? 0;
      return { heapMb: of("JSHeapUsedSize") / 2 ** 20, nodes: of("Nodes"), listeners: of("JSEventListeners") };
    };
    await session.send("Performance.enable");
    devnet.start();
    // The first table and the first redraws make what stays.
    await page.waitForTimeout(15_000);
    const before = await measure();
    const from = devnet.slot;
    await page.evaluate(countFrames);
    await page.waitForTimeout(seconds * 1000);
    const frames = (await page.evaluate("window.frames60")) as { all: number; late: number; longest: number };
    const slots = devnet.slot - from;
    const shown = Number(await page.locator("#slot").textContent());
    const after = await measure();
    devnet.pause();
    process.stderr.write(`${JSON.stringify({ slots, behind: devnet.slot - shown, frames, before, after })}\n`);
    expect(complaints).toEqual([]);
    expect(after.heapMb).toBeLessThan(before.heapMb * 1.3 + 8);
    expect(after.nodes).toBeLessThan(before.nodes * 1.2 + 500);
    expect(after.listeners).toBeLessThan(before.listeners * 1.2 + 200);
    expect(slots).toBeGreaterThan(0);
    await page.close();
    await devnet.close();
  });
});
