import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createListSharing } from "./shared-list.ts";

describe("list sharing", () => {
  it("gives an equal list, and the same one as long as they are equal", () => {
    fc.assert(
      fc.property(fc.array(fc.array(fc.constantFrom("a", "b"), { maxLength: 2 })), (lists) => {
        const share = createListSharing<string>();
        let before: readonly string[] | null = null;
        for (const list of lists) {
          const copy = [...list];
          const shared = share(list);
          expect(shared).toEqual(copy);
          if (before !== null && before.join() === copy.join() && before.length === copy.length)
            expect(shared).toBe(before);
          before = shared;
        }
      }),
      { seed: 1234, numRuns: 200 },
    );
  });
});
