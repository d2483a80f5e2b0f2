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
