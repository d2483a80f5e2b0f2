import { describe, expect, it } from "vitest";
import { createTestNetwork, testCrypto } from "../../test/support/clusters.ts";
import { Cluster } from "./cluster.ts";
import { createWatch } from "./watch.ts";
import { upcomingSlots, type WatchFrame } from "./watch-frame.ts";

function watched(isWatched = true) {
  const network = createTestNetwork({ stakes: [40n, 30n, 20n, 10n], params: { slotsPerEpoch: 32 } });
  const cluster = new Cluster({ network, crypto: testCrypto, seed: "watch" });
  const watch = createWatch(cluster, { seed: "watch", names: ["north", null, null, null], isWatched: () => isWatched });
  const frames: WatchFrame[] = [];
  watch.listen((frame) => void frames.push(frame));
  const advance = (slots: number) => {
    for (let i = 0; i < slots; i++) cluster.advanceSlot();
  };
  return { cluster, watch, frames, advance };
}

describe("a watched cluster", () => {
  it("gives a frame a slot, with each block once and the leaders long before their slots", () => {
    const { frames, advance, cluster, watch } = watched();
    advance(120);
    expect(frames.map(({ slot }) => slot)).toEqual(Array.from({ length: 120 }, (_, index) => index + 1));
    const blocks = frames.flatMap((frame) => frame.blocks);
    expect(blocks.map(({ slot }) => slot)).toEqual(frames.map(({ slot }) => slot));
    for (const [index, { slot, leader, upcoming, epoch, head, heads, confirmed }] of frames.entries()) {
      expect(blocks[index]!.leader).toBe(leader);
      expect(epoch.epoch).toBe(Math.floor(slot / 32));
      expect(head).toBe(blocks[index]!.id);
      expect(heads).toEqual([[head, [0, 1, 2, 3]]]);
      expect(confirmed).toBe(slot);
      // Whoever is told ahead of time leads; from the middle of an epoch on, the next one's leaders are known too.
      const later = frames.slice(slot, slot + upcoming.length).map((frame) => frame.leader);
      expect(upcoming.slice(0, later.length)).toEqual(later);
      const known = 31 - (slot % 32) + (slot % 32 >= 16 || slot < 32 ? 32 : 0);
      expect(upcoming.length).toBe(Math.min(upcomingSlots, known));
    }
    expect(frames.at(-1)!.finalized).toBe(cluster.observing.consensus.finalized().slot);
    expect(watch.header.validators.map(({ name }) => name)).toEqual(["north", "#1", "#2", "#3"]);
    expect(watch.events().map(({ type, text }) => `${type} ${text}`)).toEqual(
      [1, 2, 3].map((n) => `epoch ${n} begins`),
    );
  });

  it("counts in its table what the chain did", () => {
    const { frames, advance, cluster } = watched();
    let burnedBefore3 = 0n;
    cluster.listen({
      onReport(_, report) {
        if (report.type === "block-finalized" && report.bank.slot === 95) burnedBefore3 = report.bank.supply.burned;
      },
    });
    advance(128);
    const { table, finalized } = frames.at(-1)!;
    const { validators, fairness, supply, rewards } = table!;
    expect(validators.reduce((sum, { leaderSlots }) => sum + leaderSlots, 0)).toBe(finalized - 1);
    expect(validators.map(({ blocks }) => blocks)).toEqual(validators.map(({ leaderSlots }) => leaderSlots));
    expect(validators.reduce((sum, { rotations }) => sum + rotations, 0)).toBe(fairness.rotations);
    const { bank } = cluster.observing.consensus.head();
    expect(supply).toEqual({
      total: String(bank.supply.total),
      minted: String(bank.supply.minted),
      burned: String(bank.supply.burned),
    });
    // The first block of epoch 3 is final, and the shares are all that was paid.
    expect(rewards.map(({ epoch }) => epoch)).toEqual([0, 1, 2]);
    for (const { paid, shares, slashed } of rewards) {
      expect(shares.reduce((sum, share) => sum + BigInt(share), 0n)).toBe(BigInt(paid));
      expect(slashed).toBe("0");
    }
    // Half of all base fees is burned, the other half the leaders'; and nothing else was burned.
    const sum = (amounts: readonly string[]) => amounts.reduce((total, amount) => total + BigInt(amount), 0n);
    expect(burnedBefore3).toBeGreaterThan(0n);
    expect(sum(rewards.map(({ burned }) => burned))).toBe(burnedBefore3);
    expect(sum(rewards.map(({ fees }) => fees))).toBe(burnedBefore3);
    expect(validators[0]).toMatchObject({ state: "running", delinquent: false, jailedUntil: null, group: null });
    expect(BigInt(validators[0]!.stake)).toBeGreaterThan(40n * 10n ** 9n);
  });

  it("shows a partition as heads apart, and who is down, and tells of both", () => {
    const { frames, advance, cluster } = watched();
    advance(40);
    cluster.inject({
      type: "partition",
      groups: [
        [0, 3],
        [1, 2],
      ],
    });
    cluster.inject({ type: "kill", validator: 3 });
    advance(12);
    const { heads, events } = frames.at(-1)!;
    expect(events.every(({ slot }) => slot === 52)).toBe(true);
    expect(heads.length).toBe(2);
    expect(heads.flatMap(([, validators]) => validators).sort()).toEqual([0, 1, 2]);
    const told = frames[40]!;
    expect(told.events.slice(0, 2)).toEqual([
      { slot: 41, type: "fault", text: "partition north #3 | #1 #2", validator: null },
      { slot: 41, type: "fault", text: "kill #3 (disk kept)", validator: 3 },
    ]);
    expect(told.table!.validators.map(({ state, group }) => [state, group])).toEqual([
      ["running", 0],
      ["running", 1],
      ["running", 1],
      ["down", 0],
    ]);
    cluster.inject({ type: "heal" });
    advance(12);
    expect(frames.at(-1)!.heads.length).toBe(1);
  });

  it("goes on from where it was captured as the first time", () => {
    const { frames, advance, cluster, watch } = watched();
    cluster.inject({ type: "misbehave", validator: 3, strategy: "equivocate" });
    advance(45);
    // It happened, and no frame has told of it yet.
    cluster.inject({ type: "kill", validator: 2, disk: "kept" });
    const [memory, snapshot] = [watch.capture(), cluster.capture()];
    advance(60);
    const first = frames.splice(45);
    const told = new Set(first.flatMap(({ events }) => events.map(({ type }) => type)));
    expect([...told]).toEqual(expect.arrayContaining(["fault", "equivocation", "fork"]));
    const whole = watch.frames();
    watch.restore(memory);
    cluster.restore(snapshot);
    expect(watch.frames().map(({ slot }) => slot)).toEqual(frames.map(({ slot }) => slot));
    advance(60);
    expect(frames.splice(45)).toEqual(first);
    expect(watch.frames()).toEqual(whole);
  });

  it("tells what was slashed, in the epoch whose first block took it, and what counted in each epoch", () => {
    const { frames, advance, cluster } = watched();
    cluster.inject({ type: "misbehave", validator: 3, strategy: "equivocate" });
    advance(160);
    const { table } = frames.at(-1)!;
    const { rewards, validators } = table!;
    const slashed = rewards.map((each) => BigInt(each.slashed));
    expect(slashed[0]).toBe(0n);
    expect(BigInt(validators[3]!.slashed)).toBeGreaterThan(0n);
    expect(slashed.reduce((sum, lamports) => sum + lamports, 0n)).toBe(BigInt(validators[3]!.slashed));
    const [first, last] = [rewards[0]!, rewards.at(-1)!];
    expect(first.stakes.map((stake) => BigInt(stake) / 10n ** 9n)).toEqual([40n, 30n, 20n, 10n]);
    expect(BigInt(last.stakes[3]!)).toBe(0n);
  });

  it("makes no tables while nobody watches, but one for who comes", () => {
    const { frames, advance, watch } = watched(false);
    advance(40);
    expect(frames.filter(({ table }) => table !== undefined)).toEqual([]);
    const kept = watch.frames();
    expect(kept.length).toBe(40);
    expect(kept.at(-1)!.table!.validators.length).toBe(4);
  });

  it("is plain data", () => {
    const { frames, advance } = watched();
    advance(35);
    expect(JSON.parse(JSON.stringify(frames))).toEqual(frames);
  });
});
