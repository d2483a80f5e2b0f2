// Makes the pictures of the README: docs/images/page-{light,dark,phone}.png. Needs a build and a chromium.
//
//     npm run build && node docs/screenshots.mjs
//
// One seed, and time that only this script moves: the same pictures each time, but for the machine's fonts.
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import { createDevnet } from "../dist/index.js";

const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
const pathOf = (name) => fileURLToPath(new URL(`images/${name}.png`, import.meta.url));

const names = ["north", "south", "east", "west", "harbour", "hill"];
const devnet = createDevnet({
  seed: "screenshots",
  genesis: {
    params: { slotsPerEpoch: 64, hashesPerTick: 4, ticksPerSlot: 2 },
    validators: names.map((name, index) => ({ name, stake: 4000 - 500 * index })),
  },
});
const { rpcUrl } = await devnet.listen({ rpcPort: 0, wsPort: 0 });
await devnet.advanceSlots(300);
devnet.inject({
  type: "partition",
  groups: [
    [0, 1, 5],
    [2, 3, 4],
  ],
});
await devnet.advanceSlots(16);
devnet.snapshot();
await devnet.advanceSlots(4);

const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-dev-shm-usage"] });
const shots = [
  ["page-light", 1440, 1100, "light"],
  ["page-dark", 1440, 1100, "dark"],
  ["page-phone", 390, 1100, "dark"],
];
for (const [name, width, height, colorScheme] of shots) {
  const page = await browser.newPage({ viewport: { width, height }, colorScheme });
  await page.goto(`${rpcUrl}/`);
  await page.locator("#rewards canvas").first().waitFor();
  // Plots are drawn a frame after their sizes are known.
  await page.waitForTimeout(500);
  await page.screenshot({ path: pathOf(name) });
  await page.close();
}
await browser.close();
await devnet.close();
