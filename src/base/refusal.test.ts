import { describe, expect, it } from "vitest";
import { accept, formatRefusal, refuse } from "./refusal.ts";

describe("refusal", () => {
  it("says code and facts on one line, in the order given", () => {
    expect(formatRefusal(refuse("slot-leader-wrong", { slot: 7, stake: 12n, known: false, at: null }))).toBe(
      "slot-leader-wrong (slot 7, stake 12, known false, at null)",
    );
  });

  it("says the code alone where there are no facts", () => {
    expect(formatRefusal(refuse("no-validators"))).toBe("no-validators");
  });

  it("tells yes from no by `ok` alone", () => {
    expect(accept(0)).toEqual({ ok: true, value: 0 });
    expect(refuse("no")).toEqual({ ok: false, code: "no", facts: {} });
  });
});
