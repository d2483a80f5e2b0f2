import { describe, expect, it } from "vitest";
import { CommandFailure } from "./failure.ts";
import type { RpcClient } from "./rpc-client.ts";
import { createWait, type WaitOutcome } from "./waiting.ts";

/** A devnet whose clock does as told; `looks` counts how often it was asked. */
function devnet(clock: (looks: number) => { readonly running: boolean; readonly slot: number }) {
  let looks = 0;
  const client: RpcClient = { url: "", call: async () => ({ epoch: 0, ...clock(++looks) }) as never };
  return { client, looks: () => looks };
}

async function outcomeOf(client: RpcClient, waitMsMax: number): Promise<WaitOutcome> {
  const wait = createWait(client, { pollMs: 5, waitMsMax, stillMs: 60 });
  for (;;) {
    const outcome = await wait.next();
    if (outcome !== "again") return outcome;
  }
}

describe("waiting", () => {
  it("ends soon where the clock is paused, and stays ended", async () => {
    const { client } = devnet(() => ({ running: false, slot: 5 }));
    expect(await outcomeOf(client, 5000)).toBe("paused");
    const wait = createWait(client, { pollMs: 1, waitMsMax: 5000, stillMs: 0 });
    expect([await wait.next(), await wait.next()]).toEqual(["paused", "paused"]);
  });

  it("goes on where the clock runs, however long its slots, and where it warps, till the time is over", async () => {
    expect(await outcomeOf(devnet(() => ({ running: true, slot: 5 })).client, 200)).toBe("late");
    expect(await outcomeOf(devnet((looks) => ({ running: false, slot: looks })).client, 200)).toBe("late");
  });

  it("asks the clock now and then only, and no more where there is none to ask", async () => {
    const running = devnet(() => ({ running: true, slot: 5 }));
    await outcomeOf(running.client, 200);
    expect(running.looks()).toBeLessThanOrEqual(14);
    let asked = 0;
    const stranger: RpcClient = {
      url: "",
      call: async () => {
        asked++;
        throw new CommandFailure("Method not found (code -32601)");
      },
    };
    expect(await outcomeOf(stranger, 200)).toBe("late");
    expect(asked).toBe(1);
  });
});
