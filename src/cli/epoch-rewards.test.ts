import { describe, expect, it } from "vitest";
import { systemProgramAddress } from "../chain/addresses.ts";
import { oncePaid, readEpochRewards } from "./epoch-rewards.ts";
import { CommandFailure } from "./failure.ts";
import type { RpcClient } from "./rpc-client.ts";
import type { Wait } from "./waiting.ts";

const inEpoch8: RpcClient = {
  url: "",
  call: async (method) => ({ epoch: method === "getEpochInfo" ? 8 : -1 }) as never,
};
const failing = (message: string) => Promise.reject(new CommandFailure(message));

describe("what is asked of an epoch's rewards", () => {
  it("is told as it is when they are paid", async () => {
    expect(await oncePaid(inEpoch8, async () => 5)).toBe(5);
  });

  it("says when they are paid where they are not yet", async () => {
    await expect(oncePaid(inEpoch8, () => failing("Block not available (code -32004)"))).rejects.toThrow(
      /^there are no such rewards yet: an epoch's rewards are paid as the next one begins, and now it is epoch 8$/,
    );
  });

  it("fails as it does for any other reason", async () => {
    await expect(oncePaid(inEpoch8, () => failing("cleaned up (code -32001)"))).rejects.toThrow(/\(code -32001\)$/);
    await expect(oncePaid(inEpoch8, () => Promise.reject(new TypeError("ours")))).rejects.toThrow(TypeError);
  });

  it("is asked again while they are being paid", async () => {
    let asked = 0;
    const ask = () => (++asked < 3 ? failing("still active (code -32017)") : Promise.resolve(7));
    expect(await oncePaid(inEpoch8, ask)).toBe(7);
    expect(asked).toBe(3);
    expect(
      await oncePaid(
        inEpoch8,
        async () => ++asked,
        (answer) => answer < 6,
      ),
    ).toBe(6);
  });

  it("is known in part when no block comes to pay", async () => {
    const client: RpcClient = {
      url: "",
      call: (method) =>
        method === "getInflationReward"
          ? failing("still active (code -32017)")
          : Promise.resolve({ epoch: 8 } as never),
    };
    const noBlock: Wait = { next: async () => "paused" };
    const read = await readEpochRewards(client, systemProgramAddress, { count: 1 }, noBlock);
    expect(read).toEqual({ rewards: [], pending: 7 });
  });
});
