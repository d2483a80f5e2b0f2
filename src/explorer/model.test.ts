import { describe, expect, it } from "vitest";
import { createTestNetwork, testCrypto } from "../../test/support/clusters.ts";
import { Cluster } from "../sim/cluster.ts";
import type { Fault } from "../sim/faults.ts";
import { createWatch } from "../sim/watch.ts";
import type { Recording, WatchFrame } from "../sim/watch-frame.ts";
import { applyFrame, cellAt, createModel, liveTree, modelAt, slotsKept, transactionsPerSecond } from "./model.ts";

/** A true run of four equal validators, with faults at the beginnings of slots. */
function record(slots: number, faults: Readonly<Record<number, Fault>> = {}): Recording {
  const network = createTestNetwork({ stakes: [10n, 10n, 10n, 10n], params: { slotsPerEpoch: 32 } });
  const cluster = new Cluster({ network, crypto: testCrypto, seed: "model" });
  const watch = createWatch(cluster, { seed: "model", names: [], isWatched: () => true });
  const frames: WatchFrame[] = [];
  watch.listen((frame) => void frames.push(frame));
  for (let slot = 1; slot <= slots; slot++) {
    const fault = faults[slot];
    if (fault !== undefined) cluster.inject(fault);
    cluster.advanceSlot();
  }
  return { header: watch.header, frames };
}

const parted: Fault = {
  type: "partition",
  groups: [
    [0, 1],
    [2, 3],
  ],
};

describe("the page's model", () => {
  it("knows past slots by what became of them, and those to come by their leaders", () => {
    const recording = record(60, { 20: { type: "kill", validator: 3 } });
    const model = modelAt(recording, 59);
    for (const { slot, leader, blocks } of recording.frames) {
      const kind = blocks.length === 0 ? "skipped" : "produced";
      expect(cellAt(model, slot)).toEqual({ slot, leader, kind });
      if (slot >= 20) expect(kind).toBe(leader === 3 ? "skipped" : "produced");
    }
    expect(cellAt(model, 61)).toEqual({ slot: 61, leader: model.upcoming[0], kind: "upcoming" });
    expect(cellAt(model, 61 + model.upcoming.length).kind).toBe("unknown");
    expect(cellAt(model, 0).kind).toBe("unknown");
  });

  it("shows a partition as two lanes that part where it began, and one again after it healed", () => {
    const recording = record(420, { 40: parted, 60: { type: "heal" } });
    const during = liveTree(modelAt(recording, 58), 200);
    expect(new Set(during.map(({ lane }) => lane))).toEqual(new Set([0, 1]));
    expect(during.filter(({ lane }) => lane === 0).every(({ onChain }) => onChain)).toBe(true);
    const tips = during.filter(({ heads }) => heads.length > 0);
    expect(tips.map(({ heads }) => heads).sort()).toEqual([
      [0, 1],
      [2, 3],
    ]);
    // All stake stands behind the blocks before, half of it behind each side.
    const before = during.find(({ block }) => block.slot === 39)!;
    expect(before.weight).toBeCloseTo(1, 9);
    for (const { weight } of tips) expect(weight).toBeLessThanOrEqual(0.5 + 1e-9);
    const cells = Array.from({ length: 18 }, (_, index) => cellAt(modelAt(recording, 58), 41 + index).kind);
    expect(new Set(cells)).toEqual(new Set(["produced", "orphaned"]));
    const after = liveTree(modelAt(recording, 419), 200);
    expect(new Set(after.map(({ lane }) => lane))).toEqual(new Set([0]));
  });

  it("shows two blocks of one slot as equivocation", () => {
    const recording = record(60, { 20: { type: "misbehave", validator: 0, strategy: "equivocate" } });
    const model = modelAt(recording, 59);
    const kinds = recording.frames
      .filter(({ slot, leader }) => slot >= 22 && leader === 0)
      .map(({ slot }) => cellAt(model, slot).kind);
    expect(kinds).toContain("equivocated");
  });

  it("is the same whether frames come one by one or it is asked for late", () => {
    const recording = record(80, { 30: parted, 40: { type: "heal" } });
    const model = createModel(recording.header);
    for (const [index, frame] of recording.frames.entries()) {
      applyFrame(model, frame);
      if (index % 13 === 0) expect(modelAt(recording, index)).toEqual(model);
    }
    // A frame that was seen already changes nothing.
    const before = JSON.stringify([...model.chain]);
    applyFrame(model, recording.frames[10]!);
    expect([model.slot, JSON.stringify([...model.chain])]).toEqual([80, before]);
  });

  it("forgets what is old: no part of it grows with the run", () => {
    const { header, frames } = record(40);
    const model = createModel(header);
    const [frame] = frames.slice(-1) as [WatchFrame];
    for (let slot = 1; slot <= 9000; slot++) {
      const id = `block ${slot}`;
      const block = { ...frame.blocks[0]!, id, slot, parentSlot: slot - 1, parentId: `block ${slot - 1}` };
      const event = { slot, type: "skipped", text: "", validator: null };
      applyFrame(model, { ...frame, slot, head: id, blocks: [block], events: [event] });
    }
    for (const part of [model.blocks, model.blocksOf, model.chain, model.leaders])
      expect(part.size).toBeLessThanOrEqual(slotsKept + 1);
    expect(model.lags.length).toBeLessThanOrEqual(4000);
    expect(model.events.length).toBeLessThanOrEqual(1000);
    expect(model.rates.length).toBeLessThanOrEqual(50);
  });

  it("counts transactions by virtual time", () => {
    const { header, frames } = record(3);
    const model = createModel({ ...header, slotDurationMs: 200 });
    for (const [index, frame] of frames.entries()) applyFrame(model, { ...frame, transactions: 30 * index });
    expect(transactionsPerSecond(model)).toBe(60 / 0.4);
  });
});
