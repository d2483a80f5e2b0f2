import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createSortedList, deleteSorted, insertSorted, iterateSorted, iterateSortedBackwards } from "./sorted-list.ts";

const descending = (a: number, b: number) => b - a;

describe("sorted list", () => {
  it("puts 6 into the middle chunk of the drawn example", () => {
    const list = createSortedList(descending, [9, 8, 7, 5, 4, 2, 1]);
    insertSorted(list, 6);
    expect([...iterateSorted(list)]).toEqual([9, 8, 7, 6, 5, 4, 2, 1]);
  });

  it("agrees with an array sorted anew after each of thousands of changes, across many chunks", () => {
    const change = fc.record({ value: fc.nat(3000), isDelete: fc.boolean() });
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.nat(3000), { maxLength: 900, size: "max" }),
        fc.array(change, { maxLength: 200, size: "max" }),
        (start, changes) => {
          let twin = start.toSorted(descending);
          const list = createSortedList(descending);
          for (const value of start) insertSorted(list, value);
          for (const { value, isDelete } of changes) {
            // Deletes hit an item that is there; inserts bring one that is not.
            const present = twin[value % Math.max(1, twin.length)];
            if (isDelete && present !== undefined) {
              deleteSorted(list, present);
              twin = twin.filter((item) => item !== present);
            } else if (!twin.includes(value)) {
              insertSorted(list, value);
              twin = [...twin, value].toSorted(descending);
            }
          }
          expect([...iterateSorted(list)]).toEqual(twin);
          expect([...iterateSortedBackwards(list)]).toEqual(twin.toReversed());
          expect(list.length).toBe(twin.length);
          expect(list.chunks.every((chunk) => chunk.length > 0 && chunk.length <= 256)).toBe(true);
        },
      ),
      { seed: 1234, numRuns: 60 },
    );
  });

  it("cuts a chunk in two at 257 items, not at 256", () => {
    const list = createSortedList(descending);
    for (let value = 0; value < 256; value++) insertSorted(list, value);
    expect(list.chunks.map((chunk) => chunk.length)).toEqual([256]);
    insertSorted(list, 256);
    expect(list.chunks.map((chunk) => chunk.length)).toEqual([128, 129]);
  });

  it("asserts that what is deleted is there", () => {
    expect(() => deleteSorted(createSortedList(descending), 1)).toThrow("empty");
    expect(() => deleteSorted(createSortedList(descending, [3, 1]), 2)).toThrow("lacks");
    expect(() => deleteSorted(createSortedList(descending, [3, 1]), 0)).toThrow("lacks");
  });
});
