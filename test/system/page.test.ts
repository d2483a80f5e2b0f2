/** The page in a real browser, over a devnet whose time only the test moves. */
import { readFileSync } from "node:fs";
import { MEMO_PROGRAM_ADDRESS } from "@solana-program/memo";
import type { Browser, Locator, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { utf8Bytes } from "../../src/base/bytes.ts";
import { createTransaction } from "../../src/chain/create-transaction.ts";
import type { Address } from "../../src/chain/ids.ts";
import { createDevnet, type Devnet, type DevnetOptions } from "../../src/host/devnet.ts";
import { hostKernel } from "../../src/host/poh-kernel.ts";
import { version } from "../../src/host/version.ts";
import { openViewServer } from "../../src/host/view-server.ts";
import { hasBrowser, launchBrowser, type OpenedPage, openPage } from "../support/browser.ts";

const quick = { slotsPerEpoch: 64, slotsPerRotation: 2, hashesPerTick: 2, ticksPerSlot: 2 };
const four = ["north", "south", "east", "west"].map((name) => ({ name, stake: 1000 }));

describe.skipIf(!hasBrowser())("the page", () => {
  let browser: Browser;
  let devnet: Devnet;
  let opened: OpenedPage | null = null;
  let page: Page;

  beforeAll(async () => {
    browser = await launchBrowser();
  });
  afterAll(() => browser?.close());

  /** Opens the page of a new devnet at this address of it. */
  async function open(
    options: DevnetOptions = { genesis: { params: quick, validators: four } },
    hash = "",
  ): Promise<void> {
    devnet = createDevnet(options);
    const { rpcUrl } = await devnet.listen({ rpcPort: 0, wsPort: 0 });
    await devnet.advanceSlots(40);
    opened = await openPage(browser, `${rpcUrl}/${hash}`);
    ({ page } = opened);
    await expectSlot(40);
  }

  afterEach(async () => {
    await opened?.page.close();
    await devnet?.close();
    const complaints = opened?.complaints ?? [];
    opened = null;
    expect(complaints).toEqual([]);
  });

  const text = async (locator: Locator) => (await locator.textContent())?.trim() ?? "";
  const expectSlot = (slot: number) => expect.poll(() => text(page.locator("#slot"))).toBe(String(slot));
  const button = (name: string) => page.getByRole("button", { name, exact: true });
  const lanes = async () => Number(await page.locator("svg[data-lanes]").getAttribute("data-lanes"));
  const row = (index: number) => page.locator(`tr[data-validator="${index}"]`);
  /** Clicks, and waits until the devnet has heard of it: time that went on before would be another world's. */
  async function breakIt(name: string): Promise<void> {
    const faults = devnet.timeline.length;
    await button(name).click();
    await expect.poll(() => devnet.timeline.length).toBe(faults + 1);
  }
  const choose = (index: number) => row(index).getByRole("button").first().click();

  it("follows the slots, and steps, pauses, takes snapshots and rewinds", async () => {
    await open();
    expect(await text(page.locator("footer"))).toBe(
      `Escapement ${version}. Proof of History by ${hostKernel().poh.name}.`,
    );
    expect(await page.title()).toBe("Escapement");
    await devnet.advanceSlots(5);
    await expectSlot(45);
    await button("Step slot").click();
    await expectSlot(46);
    await button("Snapshot").click();
    await button("Step slot").click();
    await expectSlot(47);
    await button("Rewind to 46").click();
    await expectSlot(46);
    expect(devnet.slot).toBe(46);
    await button("Step epoch").click();
    await expectSlot(64);
  });

  it("tells the draw that chose a slot's leader, and walks the slots by keys", async () => {
    await open();
    const told = () => text(page.locator(".told"));
    await page.locator("#ribbon canvas").press("ArrowLeft");
    await expect
      .poll(told)
      .toMatch(/^Slot 39 has a block; \w+ leads\. Draw \d+ of 4000\d+ lamports fell to \w+, who has \d+ to \d+/);
    await page.locator("#ribbon canvas").hover({ position: { x: 25, y: 8 } });
    await expect.poll(told).toMatch(/^Slot [1-9] has a block/);
    // A slot to come: its leader is known by now.
    await page.locator("#ribbon canvas").press("Escape");
    await page.locator("#ribbon canvas").press("ArrowRight");
    await expect.poll(told).toMatch(/is still to come; \w+ leads\. Draw/);
  });

  it("kills a validator, who becomes delinquent, and starts it again", async () => {
    await open();
    await choose(3);
    await breakIt("Kill");
    await devnet.advanceSlots(150);
    await expect.poll(() => text(row(3).locator("td").first())).toMatch(/down[\s\S]*delinquent/);
    await breakIt("Restart");
    await devnet.advanceSlots(60);
    await expect.poll(() => text(row(3).locator("td").first())).toBe("current");
  });

  it("parts the network, which forks, and heals it, which joins the forks", async () => {
    await open();
    expect(await lanes()).toBe(1);
    await choose(2);
    await breakIt("Partition off");
    await devnet.advanceSlots(30);
    await expect.poll(lanes).toBeGreaterThan(1);
    await breakIt("Heal the network");
    await devnet.advanceSlots(80);
    await expect.poll(lanes).toBe(1);
    // What happened stands in the log, and as marks in the plot.
    const events = await text(page.getByRole("list", { name: "Events, newest first" }));
    expect(events).toMatch(/fault\s+heal/);
    expect(events).toMatch(/fault\s+partition/);
  });

  it("lets a leader equivocate, delegates to it, and sets its commission", async () => {
    await open();
    await choose(1);
    await breakIt("Equivocate");
    await expect.poll(() => text(row(1).locator("td").first())).toContain("plays equivocate");
    await breakIt("Be honest");
    await page.getByLabel("Commission, %").fill("7.5");
    await button("Set").click();
    await page.getByLabel("Delegate, SOL").fill("250");
    await button("Delegate").click();
    // Both land when they come, and count some epochs later.
    const standing = async () => {
      await devnet.advanceSlots(32);
      return text(row(1));
    };
    await expect.poll(standing).toMatch(/1,25[\s\S]*7\.5%/);
  });

  it("says what was refused, and goes on", async () => {
    await open();
    await choose(0);
    await page.getByLabel("Delegate, SOL").fill("0");
    await button("Delegate").click();
    expect(await text(page.getByRole("alert"))).toContain("lamports is 0; expected");
    await button("Close").click();
    expect(await page.getByRole("alert").count()).toBe(0);
    await devnet.advanceSlots(1);
    await expectSlot(41);
  });

  it("opens where an address points, and finds what is searched for", async () => {
    await open(undefined, "#/slot/12");
    expect(await text(page.locator("h2").first())).toMatch(/^Slot 12\s+produced/);
    await page.getByText("Height").waitFor();
    const { voteAccount, identity } = devnet.validators[2]!;
    const search = async (sought: string) => {
      await page.getByRole("searchbox").fill(sought);
      await page.keyboard.press("Enter");
    };
    const heading = () => text(page.locator("h2").first());
    await search("east");
    await expect.poll(heading).toBe("east");
    expect(await text(page.locator(".facts").first())).toContain(voteAccount);
    await search("epoch 0");
    await expect.poll(heading).toBe("Epoch 0");
    await page.getByText("of 64 slots").first().waitFor();
    await search("nothing of the kind");
    expect(await text(page.getByRole("alert"))).toContain("Neither a slot nor a name");
    await page.goto(page.url().replace(/#.*/, `#/account/${identity.address}`));
    await page.getByText("Transactions, newest first").waitFor();
    const link = page.locator('a[href^="#/tx/"]').first();
    await link.click();
    await page.getByText("vote: towersync").waitFor();
    expect(await text(page.locator(".facts").first())).toContain("success");
    await page.getByText("the whole network").click();
    await page.locator("#ribbon").waitFor();
  });

  it("gives the data of each picture as CSV and JSON", async () => {
    await open();
    const ids = await page.locator("main section.section").evaluateAll((sections) => sections.map(({ id }) => id));
    expect(ids).toEqual(["ribbon", "forks", "validators", "stakes", "finality", "rewards", "events"]);
    const save = async (id: string, kind: string) => {
      const coming = page.waitForEvent("download");
      await page.locator(`#${id}`).getByRole("button", { name: kind, exact: true }).click();
      const download = await coming;
      return { name: download.suggestedFilename(), text: readFileSync(await download.path(), "utf8") };
    };
    for (const id of ids) expect((await save(id, "CSV")).name).toBe(`${id}.csv`);
    const { text: csv } = await save("validators", "CSV");
    expect(csv.split("\n")).toHaveLength(4 + 2);
    expect(csv).toMatch(/^index,name,identity,voteAccount,stake,/);
    const rows = JSON.parse((await save("finality", "JSON")).text) as { slot: number; finalized: number }[];
    expect(rows.at(-1)).toMatchObject({ slot: 40 });
    const coming = page.waitForEvent("download");
    await button("links CSV").click();
    const links = readFileSync(await (await coming).path(), "utf8").split("\n");
    expect(links[0]).toBe("from,to,latencyMsMin,latencyMsMax,lossBps,cut");
    expect(links).toHaveLength(4 * 3 + 2);
  });

  it("exports what was done as a scenario", async () => {
    await open();
    await choose(3);
    await breakIt("Kill");
    const exported = page.waitForEvent("download");
    await button("As a scenario").click();
    expect(readFileSync(await (await exported).path(), "utf8")).toMatch(/name: exported[\s\S]*kill: west/);
  });

  it("shows a memo as text, whatever it says", async () => {
    await open();
    const memo = '<img src=x onerror="window.hacked=1"><script>window.hacked=1</script>';
    const transaction = createTransaction({
      scheme: devnet.chain.crypto.signatures,
      feePayer: devnet.accounts[0]!,
      instructions: [
        { programAddress: MEMO_PROGRAM_ADDRESS as string as Address, accounts: [], data: utf8Bytes(memo) },
      ],
      recentBlockhash: devnet.view.bank("processed").blockhash,
    });
    expect(devnet.view.submit([transaction]).size).toBe(0);
    await devnet.advanceSlots(3);
    await page.goto(page.url().replace(/#.*|$/, `#/tx/${transaction.signature}`));
    await expect.poll(() => text(page.locator("main"))).toContain("window.hacked=1");
    await page.goto(page.url().replace(/#.*/, `#/${encodeURIComponent(memo)}`));
    await expect.poll(() => text(page.locator("main"))).toContain(memo);
    expect(await page.evaluate("window.hacked")).toBeUndefined();
  });

  it("shows a recording, through all its slots; names and events in it are text, whatever they say", async () => {
    await open();
    const { header, frames } = devnet.watch();
    const name = '<img src=x onerror="window.hacked=1">';
    const event = { slot: 30, type: "fault", text: name, validator: 0 };
    const validators = header.validators.map((validator) => ({ ...validator, name }));
    const recording = {
      header: { ...header, validators },
      frames: frames.map((frame) => (frame.slot === 30 ? { ...frame, events: [event] } : frame)),
    };
    const server = await openViewServer({ text: JSON.stringify(recording), host: "127.0.0.1", port: 0 });
    await page.goto(server.url);
    await expectSlot(40);
    expect(await text(page.locator(".mode"))).toBe("recording");
    expect(await text(row(0))).toContain(name);
    expect(await text(page.locator("#events"))).toContain(name);
    expect(await button("Kill").count()).toBe(0);
    await page.getByRole("slider").fill("9");
    await expectSlot(10);
    await page.getByRole("slider").press("ArrowRight");
    await expectSlot(11);
    expect(await page.evaluate("window.hacked")).toBeUndefined();
    await server.close();
  });

  it("finds its way back when the devnet has gone and comes again", async () => {
    await open();
    const { rpcPort } = { rpcPort: Number(new URL(page.url()).port) };
    await devnet.close();
    await page.getByText("no connection").waitFor();
    devnet = createDevnet({ genesis: { params: quick, validators: four } });
    await devnet.listen({ rpcPort, wsPort: 0 });
    await devnet.advanceSlots(7);
    await expectSlot(7);
    // A browser tells of each try that nobody answered.
    const complaints = opened?.complaints ?? [];
    expect(complaints.filter((complaint) => !complaint.startsWith("WebSocket connection to"))).toEqual([]);
    opened = { page, complaints: [] };
  });
});
