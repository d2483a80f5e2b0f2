import { describe, expect, it } from "vitest";
import { whenPaid } from "./epoch-rewards.ts";
import { CommandFailure } from "./failure.ts";
import type { RpcClient } from "./rpc-client.ts";

const inEpoch8: RpcClient = {
  url: "",
  call: async (method) => ({ epoch: method === "getEpochInfo" ? 8 : -1 }) as never,
};
const failing = (message: string) => Promise.reject(new CommandFailure(message));

describe("what is asked of an epoch's rewards", () => {
  it("is told as it is when they are paid", async () => {
    expect(await whenPaid(inEpoch8, Promise.resolve(5))).toBe(5);
  });

  it("says when they are paid where they are not yet", async () => {
    await expect(whenPaid(inEpoch8, failing("Block not available (code -32004)"))).rejects.toThrow(
      /\(code -32004\); an epoch's rewards are paid as the next one begins, and now it is epoch 8$/,
    );
    await expect(whenPaid(inEpoch8, failing("still active (code -32017)"))).rejects.toThrow(
      /try again some blocks later$/,
    );
  });

  it("fails as it does for any other reason", async () => {
    await expect(whenPaid(inEpoch8, failing("cleaned up (code -32001)"))).rejects.toThrow(/\(code -32001\)$/);
    await expect(whenPaid(inEpoch8, Promise.reject(new TypeError("ours")))).rejects.toThrow(TypeError);
  });
});
