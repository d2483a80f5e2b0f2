import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checkTicks, type SignedEntry, verifyEntryChain } from "./entry.ts";
import { computeMixin } from "./mixin.ts";
import { createPohRecorder } from "./poh.ts";
import { portablePohKernel as kernel } from "./poh-kernel.ts";

const startHash = new Uint8Array(32).fill(5);
const signatures = [new Uint8Array(64).fill(1)];
const mixin = computeMixin(signatures);

describe("PoH recorder", () => {
  it("keeps the drawn example's time", () => {
    const recorder = createPohRecorder({ startHash, hashesPerTick: 4, ticksTotal: 2, kernel });
    expect(recorder.advance(2)).toBe(2);
    expect(recorder.record(mixin)?.numHashes).toBe(3);
    expect(recorder.hashesLeftInTick).toBe(1);
    expect(recorder.record(mixin)).toBeNull();
    expect(recorder.advance(5)).toBe(0);
    expect(recorder.tick().numHashes).toBe(1);
    expect(recorder.record(mixin)?.numHashes).toBe(1);
    expect(recorder.tick().numHashes).toBe(3);
    expect(recorder.ticksDone).toBe(2);
    expect(() => recorder.tick()).toThrow("last tick");
    expect(() => recorder.record(mixin)).toThrow("last tick");
  });

  it("records nothing where every hash is a tick's", () => {
    const recorder = createPohRecorder({ startHash, hashesPerTick: 1, ticksTotal: 1, kernel });
    expect(recorder.record(mixin)).toBeNull();
    expect(recorder.tick().numHashes).toBe(1);
  });

  it("makes blocks that every validator accepts, whatever is recorded when", () => {
    const act = fc.oneof(
      fc.record({ type: fc.constant("advance" as const), count: fc.nat(8) }),
      fc.record({ type: fc.constantFrom("record" as const, "tick" as const) }),
    );
    fc.assert(
      fc.property(
        fc.nat(6),
        fc.integer({ min: 1, max: 4 }),
        fc.array(act, { maxLength: 30 }),
        (hashesPerTick, ticks, acts) => {
          const recorder = createPohRecorder({ startHash, hashesPerTick, ticksTotal: ticks, kernel });
          const entries: SignedEntry[] = [];
          const tick = () => entries.push({ ...recorder.tick(), signatures: [] });
          for (const one of acts) {
            if (recorder.ticksDone === ticks) break;
            if (one.type === "advance") recorder.advance(one.count);
            if (one.type === "tick") tick();
            if (one.type !== "record") continue;
            const entry = recorder.record(mixin);
            if (entry === null) expect(recorder.hashesLeftInTick).toBe(1);
            else entries.push({ ...entry, signatures });
          }
          while (recorder.ticksDone < ticks) tick();
          expect(verifyEntryChain(startHash, entries, kernel)).toEqual({ ok: true });
          expect(recorder.hash).toEqual(entries.at(-1)!.hash);
          const ticked = entries.map((entry) => ({
            numHashes: entry.numHashes,
            isTick: entry.signatures.length === 0,
          }));
          const block = { slot: 1, parentSlot: 0, ticksPerSlot: ticks, hashesPerTick, entries: ticked };
          expect(checkTicks(block)).toBeNull();
        },
      ),
      { seed: 1234, numRuns: 200 },
    );
  });
});
