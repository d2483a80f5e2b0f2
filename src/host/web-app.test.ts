import { afterEach, describe, expect, it, vi } from "vitest";
import { createWebApp } from "./web-app.ts";

afterEach(() => void vi.useRealTimers());

function appAnswering(answer: Promise<string | null>) {
  const onError = vi.fn();
  const app = createWebApp({ rpc: { callText: () => answer }, slotsBehind: () => null, bodyBytesMax: 1000, onError });
  return { app, onError };
}

const post = { method: "POST", body: "{}" };

describe("an answer that takes its time", () => {
  it("begins at once, with spaces while it is waited for, and is JSON as a whole", async () => {
    vi.useFakeTimers();
    let finish: (answer: string) => void = () => {};
    const { app } = appAnswering(
      new Promise((resolve) => {
        finish = resolve;
      }),
    );
    const response = await app.request("/", post);
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toMatch(/^application\/json/);
    await vi.advanceTimersByTimeAsync(35_000);
    finish('{"result":1}');
    const text = await response.text();
    expect(text).toBe('   {"result":1}');
    expect(JSON.parse(text)).toEqual({ result: 1 });
  });

  it("is empty for notifications", async () => {
    const { app } = appAnswering(Promise.resolve(null));
    expect(await (await app.request("/", post)).text()).toBe("");
  });

  it("is thrown away when the client has gone", async () => {
    vi.useFakeTimers();
    let finish: (answer: string) => void = () => {};
    const answer = new Promise<string>((resolve) => {
      finish = resolve;
    });
    const { app, onError } = appAnswering(answer);
    const response = await app.request("/", post);
    await response.body?.cancel();
    expect(vi.getTimerCount()).toBe(0);
    finish("{}");
    await vi.advanceTimersByTimeAsync(20_000);
    expect(onError).not.toHaveBeenCalled();
  });
});
