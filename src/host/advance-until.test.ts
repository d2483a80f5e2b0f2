import { describe, expect, it } from "vitest";
import { createDevnet } from "./devnet.ts";

describe("an advance", () => {
  it("refuses options it does not have, so that a misspelt limit is not an absent one", async () => {
    const devnet = createDevnet({ validators: 1 });
    const misspelt = { maxSlots: 50 } as never;
    const refusal = /advanceUntil has no option maxSlots; give slotsMax or signal/;
    await expect(devnet.advanceUntil(() => false, misspelt)).rejects.toThrow(refusal);
    await expect(devnet.advanceUntil(() => false, misspelt)).rejects.toBeInstanceOf(TypeError);
    await expect(devnet.advanceUntil(() => false, 50 as never)).rejects.toBeInstanceOf(TypeError);
    for (const advance of ["advanceSlots", "advanceEpochs", "advanceToSlot"] as const)
      await expect(devnet[advance](1, misspelt)).rejects.toThrow(`${advance} has no option maxSlots; give signal`);
    expect(devnet.slot).toBe(0);
    await devnet.close();
  });
});
