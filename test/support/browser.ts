/**
 * A real browser, where the machine has one: Debian's chromium, or what CHROMIUM names.
 *
 *     const browser = await launchBrowser();      throws where there is none: see hasBrowser
 *     const { page, complaints } = await openPage(browser, url);
 */
import { existsSync } from "node:fs";
import { type Browser, chromium, type Page } from "playwright-core";

const candidates = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

export function findBrowser(): string | null {
  return [process.env.CHROMIUM ?? "", ...candidates].find((path) => path !== "" && existsSync(path)) ?? null;
}

/** Says once why the tests of the page are left out. */
export function hasBrowser(): boolean {
  const found = findBrowser() !== null;
  if (!found) {
    process.stderr.write(
      "no chromium here: the tests of the page are left out (apt-get install chromium, or CHROMIUM=path)\n",
    );
  }
  return found;
}

export function launchBrowser(): Promise<Browser> {
  const executablePath = findBrowser();
  if (executablePath === null) throw new Error("there is no browser");
  // Root in a container has no sandbox, and little shared memory.
  return chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-dev-shm-usage"] });
}

export type OpenedPage = {
  readonly page: Page;
  /** What the page wrote to the console as errors or warnings, and what it threw. */
  readonly complaints: readonly string[];
};

export async function openPage(browser: Browser, url: string): Promise<OpenedPage> {
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
  page.setDefaultTimeout(20_000);
  const complaints: string[] = [];
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(error.message));
  await page.goto(url);
  return { page, complaints };
}
