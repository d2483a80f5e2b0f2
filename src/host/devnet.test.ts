import { describe, expect, it, vi } from "vitest";
import { createDevnet } from "./devnet.ts";

const small = { validators: 2, accounts: 1, params: { hashesPerTick: 2, ticksPerSlot: 2 } };

describe("a devnet's listener that throws", () => {
  it("stops no slot and no other listener, and is heard as an uncaught exception", async () => {
    const thrown: (() => void)[] = [];
    const spy = vi.spyOn(globalThis, "queueMicrotask").mockImplementation((work) => void thrown.push(work));
    const devnet = createDevnet(small);
    const heard: number[] = [];
    devnet.on("block-confirmed", () => {
      throw new Error("the listener's own mistake");
    });
    devnet.on("block-confirmed", ({ slot }) => heard.push(slot));
    expect(await devnet.advanceSlots(3)).toMatchObject({ slot: 3 });
    spy.mockRestore();
    expect(heard.length).toBeGreaterThan(0);
    expect(thrown).toHaveLength(heard.length);
    expect(thrown[0]).toThrow("the listener's own mistake");
    expect(devnet.verify().ok).toBe(true);
    await devnet.close();
  });
});

describe("a devnet's doors", () => {
  it("open once at a time, and may be tried again after a failure", async () => {
    const [devnet, other] = [createDevnet(small), createDevnet(small)];
    const { rpcUrl } = await other.listen({ rpcPort: 0 });
    const rpcPort = Number(new URL(rpcUrl).port);
    await expect(devnet.listen({ rpcPort, wsPort: 0 })).rejects.toThrow(`port ${rpcPort} is in use`);
    const opening = devnet.listen({ rpcPort: 0 });
    await expect(devnet.listen({ rpcPort: 0 })).rejects.toThrow("listens already");
    await opening;
    await Promise.all([devnet.close(), other.close()]);
  });

  it("stay closed when it is closed while they open", async () => {
    const devnet = createDevnet(small);
    const opening = devnet.listen({ rpcPort: 0 });
    await devnet.close();
    await expect(opening).rejects.toThrow("closed");
  });
});

describe("a devnet's fast epochs", () => {
  const short = { ...small, params: { ...small.params, slotsPerEpoch: 32 } };

  it("end at the first slot of an epoch, with its block where it has one", async () => {
    const devnet = createDevnet(short);
    expect(await devnet.advanceSlots(5)).toEqual({ slot: 5, epoch: 0 });
    expect(await devnet.advanceEpochs(0)).toEqual({ slot: 5, epoch: 0 });
    expect(await devnet.advanceEpochs(1)).toEqual({ slot: 32, epoch: 1 });
    expect(devnet.view.bank("processed")).toMatchObject({ slot: 32, epoch: 1 });
    expect(await devnet.advanceEpochs(1)).toEqual({ slot: 64, epoch: 2 });
    expect(await devnet.advanceToSlot(70)).toEqual({ slot: 70, epoch: 2 });
    expect(await devnet.advanceToSlot(70)).toEqual({ slot: 70, epoch: 2 });
    expect(devnet.verify().ok).toBe(true);
    await devnet.close();
  });

  it("are the same slots as one by one", async () => {
    const [a, b] = [createDevnet(short), createDevnet(short)];
    await a.advanceEpochs(2);
    for (let slot = 0; slot < 64; slot++) await b.advanceSlots(1);
    expect(a.traceHash).toBe(b.traceHash);
    await Promise.all([a.close(), b.close()]);
  });

  it("count from where their turn finds the clock", async () => {
    const devnet = createDevnet(short);
    const ends = await Promise.all([devnet.advanceEpochs(1), devnet.advanceSlots(3), devnet.advanceEpochs(1)]);
    expect(ends.at(-1)).toEqual({ slot: 64, epoch: 2 });
    await devnet.close();
  });

  it("run until a predicate holds, and no slot more", async () => {
    const devnet = createDevnet(short);
    const seen: number[] = [];
    const end = await devnet.advanceUntil(({ slot, finalizedSlot }, itself) => {
      expect(itself).toBe(devnet);
      seen.push(slot);
      return finalizedSlot > 0;
    });
    expect(seen).toEqual(Array.from({ length: end.slot }, (_, i) => i + 1));
    expect(devnet.view.bank("finalized").slot).toBeGreaterThan(0);
    await expect(devnet.advanceUntil(() => false, { slotsMax: 7 })).rejects.toThrow(
      `did not come within 7 slots, up to slot ${end.slot + 7}`,
    );
    await devnet.close();
  });

  it("end with what a predicate throws, and do not take a promise for a yes", async () => {
    const devnet = createDevnet(short);
    const throws = () => {
      throw new Error("the caller's own mistake");
    };
    await expect(devnet.advanceUntil(throws)).rejects.toThrow("own mistake");
    await expect(devnet.advanceUntil((async () => true) as never)).rejects.toThrow("must return true or false");
    expect(devnet.slot).toBe(2);
    expect(await devnet.advanceSlots(1)).toMatchObject({ slot: 3 });
    await devnet.close();
  });

  it("refuse what is no number of slots or epochs, and the past", async () => {
    const devnet = createDevnet(short);
    await devnet.advanceSlots(3);
    for (const count of [-1, 1.5, Number.NaN, "1" as never, 2 ** 53]) {
      await expect(devnet.advanceSlots(count)).rejects.toThrow(RangeError);
      await expect(devnet.advanceEpochs(count)).rejects.toThrow(RangeError);
    }
    await expect(devnet.advanceEpochs(2 ** 53 - 1)).rejects.toThrow("can no longer be numbered");
    await expect(devnet.advanceToSlot(2)).rejects.toThrow("slot 2 is past: the clock stands at slot 3");
    await expect(devnet.advanceUntil(() => true, { slotsMax: 0 })).rejects.toThrow(RangeError);
    await expect(devnet.advanceUntil(true as never)).rejects.toThrow(TypeError);
    expect(devnet.slot).toBe(3);
    await devnet.close();
  });

  it("end where they are when the devnet is closed, and do not begin after", async () => {
    const devnet = createDevnet(short);
    const advances = [devnet.advanceSlots(1_000_000), devnet.advanceEpochs(1000), devnet.advanceUntil(() => false)];
    await new Promise((resolve) => setTimeout(resolve, 30));
    await devnet.close();
    const { slot } = devnet;
    expect(slot).toBeLessThan(100_000);
    for (const end of await Promise.all(advances)) expect(end.slot).toBe(slot);
    await expect(devnet.advanceSlots(1)).rejects.toThrow("closed");
  });

  it("tell who asked over JSON-RPC that they ended early", async () => {
    const devnet = createDevnet(short);
    const { rpcUrl } = await devnet.listen({ rpcPort: 0 });
    const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "escapement_advanceEpochs", params: [1000] });
    const answer = fetch(rpcUrl, { method: "POST", body });
    while (devnet.slot < 3) await new Promise((resolve) => setTimeout(resolve, 1));
    await devnet.close();
    expect(await (await answer).json()).toMatchObject({
      error: { message: expect.stringMatching(/^The advance ended early, at slot \d+, .*: the devnet was closed$/) },
    });
  });
});
