/**
 * A run is its seed: what happens in some of them is written down as one hash each. Where it changes, so has the protocol,
 * its encoding or the simulator. If that is meant, pin them again:
 *
 *     ESCAPEMENT_PIN=1 npx vitest run test/trace-hash.test.ts
 */
import { describe, expect, it } from "vitest";
import { pinnedRuns } from "./support/pinned-runs.ts";
import { isPinning, pinAgain, pinTrace, readPinnedTraces } from "./support/pinned-traces.ts";

describe("the trace of a pinned run", () => {
  it.each(Object.entries(pinnedRuns))("%s is the one that is written down", (name, play) => {
    const traceHash = play();
    if (isPinning) pinTrace(name, traceHash);
    expect(readPinnedTraces()[name], `if this change is meant: ${pinAgain}`).toBe(traceHash);
  });

  it("is written down for these runs and no other", () => {
    expect(Object.keys(readPinnedTraces())).toEqual(Object.keys(pinnedRuns));
  });
});
