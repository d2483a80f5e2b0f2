import { describe, expect, it } from "vitest";
import { createDevnet } from "./devnet.ts";
import { hostKernel } from "./poh-kernel.ts";
import { version } from "./version.ts";
import type { WatchMessage } from "./watch-feed.ts";

type Told = { readonly params?: { readonly result: WatchMessage } };

/** A devnet with one subscriber of frames; `next` waits for its next message. */
function watchedDevnet() {
  const devnet = createDevnet({ seed: "feed", params: { slotsPerEpoch: 32, hashesPerTick: 2 } });
  const messages: WatchMessage[] = [];
  let wake: (() => void) | null = null;
  const connection = devnet.subscriptions.open((text) => {
    const { params } = JSON.parse(text) as Told;
    if (params === undefined) return;
    messages.push(params.result);
    wake?.();
  });
  connection.onText('{"jsonrpc":"2.0","id":1,"method":"escapement_watchSubscribe"}');
  const next = async (): Promise<WatchMessage> => {
    while (messages.length === 0) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
    return messages.shift()!;
  };
  return { devnet, next, connection };
}

describe("the feed of frames", () => {
  it("tells the frames that follow those of the state, and how the clock stands", async () => {
    const { devnet, next } = watchedDevnet();
    await devnet.advanceSlots(5);
    let { frames, status } = await next();
    while (frames.length < 5) {
      const more = await next();
      frames = [...frames, ...more.frames];
      status = more.status;
    }
    expect(frames.map(({ slot }) => slot)).toEqual([1, 2, 3, 4, 5]);
    expect(status).toEqual({ slot: 5, running: false, snapshots: [], reverts: 0 });
    const state = devnet.watch();
    expect(state.frames.map(({ slot }) => slot)).toEqual([1, 2, 3, 4, 5]);
    expect(state.header.genesisHash).toBe(devnet.chain.genesisHash);
    await devnet.close();
  });

  it("tells of a snapshot and of a world put back, whose frames are the first ones again", async () => {
    const { devnet, next } = watchedDevnet();
    await devnet.advanceSlots(3);
    const { id } = devnet.snapshot();
    expect((await next()).status.snapshots).toEqual([{ id, slot: 3, epoch: 0 }]);
    await devnet.advanceSlots(4);
    const [, ...after] = devnet.watch().frames.slice(2);
    await next();
    devnet.revert(id);
    const { frames, status } = await next();
    expect([frames.length, status.reverts, status.slot]).toEqual([0, 1, 3]);
    expect(devnet.watch().frames.length).toBe(3);
    await devnet.advanceSlots(4);
    expect((await next()).frames.map(({ blocks }) => blocks)).toEqual(after.map(({ blocks }) => blocks));
    await devnet.close();
  });

  it("is quiet once its subscriber has gone, and answers by RPC", async () => {
    const { devnet, connection } = watchedDevnet();
    connection.close();
    await devnet.advanceSlots(2);
    expect(devnet.subscriptions.watchers()).toBe(0);
    const state = await devnet.rpcTransport<{ result: { frames: unknown[]; software: object } }>({
      payload: { jsonrpc: "2.0", id: 1, method: "escapement_getWatch", params: [] },
    });
    expect(state.result.frames.length).toBe(2);
    expect(state.result.software).toEqual({ version, pohKernel: hostKernel().poh.name });
    await devnet.close();
  });
});
