import { afterAll, describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { createRpc } from "../rpc/dispatch.ts";
import { advanceSlotsMax } from "./clock-methods.ts";
import { advancesMax, type ControlRpc, controlSubscriptions, createControlRpc } from "./control-rpc.ts";
import { createDevnet } from "./devnet.ts";

const params = { slotsPerEpoch: 32, slotDurationMs: 40_000, hashesPerTick: 2, ticksPerSlot: 2 };
const devnet = createDevnet({ validators: 2, accounts: 1, params, creationTime: 1_000_000 });
afterAll(() => devnet.close());

const failures: unknown[] = [];
const control: ControlRpc = createControlRpc({
  clock: devnet,
  rpc: createRpc(devnet.view),
  view: devnet.view,
  onException: (exception) => failures.push(exception),
});

function request(method: string, given: unknown, id: unknown = 1) {
  return { jsonrpc: "2.0", id, method, params: given };
}

async function call(method: string, ...given: unknown[]) {
  const answer = await control.callText(JSON.stringify(request(method, given)));
  return JSON.parse(String(answer)) as { result?: Record<string, number>; error?: { code: number; message: string } };
}

const problem = async (method: string, ...given: unknown[]) => (await call(method, ...given)).error;

describe("the control methods", () => {
  it("answer when the slots have run, with the new slot and epoch", async () => {
    const { slot } = devnet;
    expect((await call("escapement_advanceSlots", 5)).result).toEqual({ slot: slot + 5, epoch: devnet.epoch });
    expect(devnet.slot).toBe(slot + 5);
    const { epoch } = devnet;
    const advanced = await call("escapement_advanceEpochs", 2);
    expect(advanced.result).toEqual({ slot: (epoch + 2) * 32, epoch: epoch + 2 });
  });

  it("run one after another, each from where the one before ended", async () => {
    const { epoch, slot } = devnet;
    const [first, second] = await Promise.all([
      call("escapement_advanceEpochs", 1),
      call("escapement_advanceEpochs", 1),
    ]);
    expect(first.result).toMatchObject({ epoch: epoch + 1 });
    expect(second.result).toMatchObject({ epoch: epoch + 2 });
    expect(devnet.slot - slot).toBeGreaterThan(32);
  });

  it("travel to a slot, an epoch and a time, and answer as getEpochInfo does", async () => {
    const target = devnet.slot + 3;
    const bySlot = (await call("surfnet_timeTravel", { absoluteSlot: target })).result!;
    const { height, transactionCount } = devnet.view.bank("processed");
    const epochInfo = { epoch: devnet.epoch, slotIndex: target % 32, slotsInEpoch: 32 };
    expect(bySlot).toEqual({ absoluteSlot: target, blockHeight: height, transactionCount, ...epochInfo });
    const epoch = devnet.epoch + 1;
    const byEpoch = (await call("surfnet_timeTravel", { absoluteEpoch: epoch })).result;
    expect(byEpoch).toMatchObject({ absoluteSlot: epoch * 32, epoch, slotIndex: 0 });
    // The first slot to begin at a time or after it.
    const now = 1_000_000_000 + devnet.slot * 40_000;
    expect((await call("surfnet_timeTravel", { absoluteTimestamp: now + 1 })).result).toMatchObject({
      absoluteSlot: epoch * 32 + 1,
    });
    expect((await call("surfnet_timeTravel", { absoluteTimestamp: now + 80_000 })).result).toMatchObject({
      absoluteSlot: epoch * 32 + 2,
    });
    expect((await call("surfnet_timeTravel", { absoluteSlot: devnet.slot })).result).toMatchObject({
      absoluteSlot: devnet.slot,
    });
  });

  it("travel an hour when nothing is said", async () => {
    const { slot } = devnet;
    expect((await call("surfnet_timeTravel")).result).toMatchObject({ absoluteSlot: slot + 90 });
  });

  it("do not travel into the past", async () => {
    const { slot, epoch } = devnet;
    for (const [config, message] of [
      [{ absoluteSlot: slot - 1 }, `Invalid params: slot ${slot - 1} is past: the clock stands at slot ${slot}`],
      [{ absoluteEpoch: epoch - 1 }, `epoch ${epoch - 1} is past`],
      [{ absoluteTimestamp: 0 }, "Unix time 0 ms is past"],
    ] as const) {
      const error = await problem("surfnet_timeTravel", config);
      expect(error).toMatchObject({ code: -32602, message: expect.stringContaining(message) });
    }
    expect(devnet.slot).toBe(slot);
  });

  it("say so when a slot has become past while others advanced", async () => {
    const target = devnet.slot + 2;
    const [first, second] = await Promise.all([
      call("escapement_advanceSlots", 5),
      call("surfnet_timeTravel", { absoluteSlot: target }),
    ]);
    expect(first.result).toMatchObject({ slot: target + 3 });
    expect(second.error).toMatchObject({ code: -32602, message: expect.stringContaining(`slot ${target} is past`) });
  });

  it("pause and resume the real clock", async () => {
    expect((await call("escapement_resume")).result).toMatchObject({ slot: devnet.slot, running: true });
    expect((await call("surfnet_pauseClock")).result).toMatchObject({ absoluteSlot: devnet.slot, slotsInEpoch: 32 });
    expect(devnet.running).toBe(false);
    expect((await call("surfnet_resumeClock")).result).toMatchObject({ absoluteSlot: devnet.slot });
    expect(devnet.running).toBe(true);
    expect((await call("escapement_pause")).result).toMatchObject({ running: false });
  });

  it("tell where the clock stands without touching it, while it runs, stands and warps", async () => {
    const position = () => ({ slot: devnet.slot, epoch: devnet.epoch });
    expect((await call("escapement_getClock")).result).toEqual({ ...position(), running: false });
    await call("escapement_resume");
    expect((await call("escapement_getClock")).result).toEqual({ ...position(), running: true });
    await call("escapement_pause");
    const order: string[] = [];
    await Promise.all([
      call("escapement_advanceSlots", 20).then(() => order.push("advanced")),
      call("escapement_getClock").then(() => order.push("told")),
    ]);
    expect(order).toEqual(["told", "advanced"]);
    expect(await problem("escapement_getClock", 1)).toMatchObject({ code: -32602 });
  });

  it("refuse wrong params with one sentence, and run nothing", async () => {
    const { slot } = devnet;
    const cases: readonly (readonly [string, unknown[], RegExp])[] = [
      ["escapement_advanceSlots", [], /n is missing; expected a number of slots \(an integer from 1 to 1000000\)/],
      ["escapement_advanceSlots", [0], /n is 0/],
      ["escapement_advanceSlots", [advanceSlotsMax + 1], /n is 1000001/],
      ["escapement_advanceSlots", ["5"], /n is "5"/],
      ["escapement_advanceSlots", [1.5], /n is 1.5/],
      ["escapement_advanceSlots", [1, 2], /got 2 of them; expected at most 1/],
      ["escapement_advanceEpochs", [-1], /n is -1/],
      [
        "escapement_advanceEpochs",
        [31_251],
        /31251 epochs on is \d+ slots away; at most 1000000 slots are run at once/,
      ],
      ["surfnet_timeTravel", [{}], /config has 0 of absoluteSlot, absoluteEpoch and absoluteTimestamp; expected one/],
      ["surfnet_timeTravel", [{ absoluteSlot: 1, absoluteEpoch: 1 }], /config has 2 of/],
      ["surfnet_timeTravel", [7], /config is 7; expected an object/],
      ["surfnet_timeTravel", [{ absoluteEpoch: 2 ** 53 - 1 }], /epoch 9007199254740991 is beyond all slots/],
      ["surfnet_timeTravel", [{ absoluteSlot: 2 ** 53 - 1 }], /at most 1000000 slots are run at once/],
      ["surfnet_pauseClock", [1], /expected at most 0/],
    ];
    for (const [method, given, message] of cases) {
      expect(await problem(method, ...given), method).toMatchObject({
        code: -32602,
        message: expect.stringMatching(message),
      });
    }
    const named = await control.callText(JSON.stringify(request("escapement_advanceSlots", { n: 1 })));
    expect(named).toContain("by position");
    expect(devnet.slot).toBe(slot);
  });
});

describe("requests beside them", () => {
  it("go through unchanged, and are answered at once", () => {
    const plain = createRpc(devnet.view);
    for (const text of [
      JSON.stringify(request("getSlot", [])),
      JSON.stringify([request("getSlot", []), request("getVersion", [])]),
      JSON.stringify(request("escapement_getGenesis", [])),
      JSON.stringify(request("escapement_unknown", [])),
      JSON.stringify({ ...request("escapement_advanceSlots", [1]), jsonrpc: "1.0" }),
      JSON.stringify({ ...request("escapement_advanceSlots", [1]), id: {} }),
      "[]",
      "escapement_",
      `[${Array(101).fill(JSON.stringify(request("escapement_advanceSlots", [1])))}]`,
    ]) {
      expect(control.callText(text)).toBe(plain.callText(text));
    }
  });

  it("are answered in the order of the batch, as of their turn in it", async () => {
    const { slot } = devnet;
    const getSlot = { ...request("getSlot", [{ commitment: "processed" }]), id: "slot" };
    const batch = [
      getSlot,
      request("escapement_advanceSlots", [3], "a"),
      getSlot,
      { jsonrpc: "2.0", method: "escapement_advanceSlots", params: [2] },
      request("escapement_advanceSlots", ["x"], "b"),
      request("surfnet_pauseClock", [], null),
    ];
    const answers = JSON.parse(String(await control.callText(JSON.stringify(batch))));
    expect(answers).toMatchObject([
      { id: "slot", result: slot },
      { id: "a", result: { slot: slot + 3 } },
      { id: "slot", result: slot + 3 },
      { id: "b", error: { code: -32602 } },
      { id: null, result: { absoluteSlot: slot + 5 } },
    ]);
  });

  it("a name written with escapes is the same name", async () => {
    const text = JSON.stringify(request("surfnet_pauseClock", [])).replace("surf", "\\u0073urf");
    expect(text).not.toContain("surfnet_");
    expect(String(await control.callText(text))).toContain("absoluteSlot");
  });

  it("a notification steers, and is not answered", async () => {
    const { slot } = devnet;
    const text = JSON.stringify({ jsonrpc: "2.0", method: "escapement_advanceSlots", params: [1] });
    expect(await control.callText(text)).toBeNull();
    expect(devnet.slot).toBe(slot + 1);
  });

  it("a failure of ours is an internal error to the client, and told to the host", async () => {
    const broken = createControlRpc({
      clock: { ...devnet, advanceSlots: () => Promise.reject(new Error("broken")) } as never,
      rpc: createRpc(devnet.view),
      view: devnet.view,
      onException: (exception, method) => failures.push([method, exception]),
    });
    const answer = await broken.callText(JSON.stringify(request("escapement_advanceSlots", [1])));
    expect(answer).toBe('{"jsonrpc":"2.0","id":1,"error":{"code":-32603,"message":"Internal error"}}');
    expect(failures).toEqual([["escapement_advanceSlots", expect.objectContaining({ message: "broken" })]]);
  });
});

describe("an advance that nobody should have to wait out", () => {
  const endless = JSON.stringify(request("escapement_advanceSlots", [advanceSlotsMax]));
  const started = async (slot: number) => {
    while (devnet.slot === slot) await new Promise((resolve) => setImmediate(resolve));
  };

  it("ends when anybody pauses the clock, and so does the rest of its batch, but not the pauser's own", async () => {
    const { slot } = devnet;
    const failed = failures.length;
    const long = control.callText(`[${endless},${endless}]`);
    await started(slot);
    const own = [request("escapement_pause", [], 7), request("escapement_advanceSlots", [2], 8)];
    const paused = JSON.parse(String(await control.callText(JSON.stringify(own))));
    const ended = { code: -32603, message: expect.stringMatching(/ended early, at slot \d+, .*the clock was paused/) };
    expect(JSON.parse(String(await long))).toMatchObject([{ error: ended }, { error: ended }]);
    expect(paused).toMatchObject([
      { id: 7, result: { running: false } },
      { id: 8, result: { slot: devnet.slot } },
    ]);
    expect(devnet.slot).toBeLessThan(slot + advanceSlotsMax);
    expect(failures).toHaveLength(failed);
  });

  it("ends when its client has gone, over HTTP as over WebSocket", async () => {
    const { rpcUrl, wsUrl } = await devnet.listen({ rpcPort: 0 });
    const { slot } = devnet;
    const leaving = new AbortController();
    const response = fetch(rpcUrl, { method: "POST", body: endless, signal: leaving.signal }).then((got) => got.text());
    await started(slot);
    leaving.abort();
    await expect(response).rejects.toThrow();
    const socket = new WebSocket(wsUrl);
    await new Promise((resolve) => socket.once("open", resolve));
    const { slot: next } = await devnet.advanceSlots(0);
    socket.send(endless);
    await started(next);
    socket.close();
    const { slot: last } = await devnet.advanceSlots(0);
    expect(last).toBeLessThan(slot + advanceSlotsMax);
  });

  it("are so many at a time and no more", async () => {
    const one = JSON.stringify(request("escapement_advanceSlots", [1]));
    const answers = await Promise.all(Array.from({ length: advancesMax + 1 }, () => control.callText(one)));
    const errors = answers.map((text) => (JSON.parse(String(text)) as { error?: object }).error);
    expect(errors.filter((error) => error === undefined)).toHaveLength(advancesMax);
    expect(errors.at(-1)).toMatchObject({
      code: -32603,
      message: expect.stringContaining("64 advances are under way"),
    });
  });
});

describe("connections", () => {
  it("steer too, while their subscriptions go on", async () => {
    const frames: string[] = [];
    const connection = controlSubscriptions(devnet.subscriptions, control).open((text) => frames.push(text));
    connection.onText(JSON.stringify(request("slotSubscribe", [], 1)));
    connection.onText(JSON.stringify(request("escapement_advanceSlots", [3], 2)));
    connection.onText(JSON.stringify(request("getHealth", [], 3)));
    await devnet.advanceSlots(0);
    await new Promise((resolve) => setImmediate(resolve));
    const answers = frames.map((text) => JSON.parse(text));
    expect(answers.filter(({ method }) => method === "slotNotification")).toHaveLength(3);
    expect(answers.find(({ id }) => id === 2)).toMatchObject({ result: { slot: devnet.slot } });
    expect(answers.find(({ id }) => id === 3)).toMatchObject({ result: "ok" });
    connection.onText(JSON.stringify(request("escapement_advanceSlots", [1], 4)));
    connection.close();
    await devnet.advanceSlots(0);
    await new Promise((resolve) => setImmediate(resolve));
    expect(frames.some((text) => text.includes('"id":4'))).toBe(false);
  });
});
