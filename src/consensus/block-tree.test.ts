import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bankNamed, hashNamed, noBlock, stakesOf } from "../../test/support/votes.ts";
import { slotOf } from "../chain/ids.ts";
import {
  addNode,
  advanceRoot,
  ancestorAt,
  type BlockNode,
  compareHashes,
  createBlockTree,
  isAncestorOf,
  nodeAt,
} from "./block-tree.ts";

const stakes = stakesOf({ a: 1n });

/** Node i is named by its number and stands under parents[i]; its slot is its parent's plus the gap. */
function grow(plan: readonly { readonly parent: number; readonly gap: number }[]) {
  const tree = createBlockTree(bankNamed("0", 0, "none", stakes));
  const parents: number[] = [-1];
  const slots: number[] = [0];
  for (const [index, { parent, gap }] of plan.entries()) {
    const under = parent % parents.length;
    parents.push(under);
    slots.push(slots[under]! + gap);
    addNode(tree, bankNamed(String(index + 1), slots[index + 1]!, String(under), stakes), noBlock);
  }
  const node = (index: number): BlockNode => nodeAt(tree, hashNamed(String(index)))!;
  return { tree, parents, slots, node };
}

/** The example of the module's head: 5 under the root, 6 and 7 under 5, 8 under 6. */
function example() {
  const tree = createBlockTree(bankNamed("root", 4, "none", stakes));
  for (const [slot, parent] of [
    [5, "root"],
    [6, "5"],
    [7, "5"],
    [8, "6"],
  ] as const) {
    addNode(tree, bankNamed(String(slot), slot, parent, stakes), noBlock);
  }
  return { tree, node: (name: string) => nodeAt(tree, hashNamed(name))! };
}

const planArbitrary = fc.array(fc.record({ parent: fc.nat(30), gap: fc.integer({ min: 1, max: 3 }) }), {
  maxLength: 30,
});

describe("the tree of blocks", () => {
  it("finds the ancestor at a slot, and nothing where that slot was skipped or lies below the root", () => {
    const { node } = example();
    expect(ancestorAt(node("8"), slotOf(6))).toBe(node("6"));
    expect(ancestorAt(node("8"), slotOf(8))).toBe(node("8"));
    expect(ancestorAt(node("8"), slotOf(7))).toBe(null);
    expect(ancestorAt(node("8"), slotOf(9))).toBe(null);
    expect(ancestorAt(node("8"), slotOf(3))).toBe(null);
    expect(isAncestorOf(node("7"), node("8"))).toBe(false);
  });

  it("drops what does not descend from a new root, and returns the path to it oldest first", () => {
    const { tree, node } = example();
    const [five, six, seven, eight] = [node("5"), node("6"), node("7"), node("8")];
    expect(advanceRoot(tree, six)).toEqual([five, six]);
    expect([...tree.nodes.values()]).toEqual([six, eight]);
    expect(tree.root).toBe(six);
    expect(six.parent).toBe(null);
    expect([five.children, seven.children]).toEqual([[], []]);
    expect(advanceRoot(tree, six)).toEqual([]);
  });

  it("does not go back to an old root, nor take a block twice or without its parent", () => {
    const { tree, node } = example();
    const five = node("5");
    advanceRoot(tree, node("6"));
    expect(() => advanceRoot(tree, five)).toThrow();
    expect(() => addNode(tree, bankNamed("8", 8, "6", stakes), noBlock)).toThrow();
    expect(() => addNode(tree, bankNamed("9", 9, "7", stakes), noBlock)).toThrow();
  });

  it("orders siblings by slot, then by the bytes of their ids, whatever the order of arrival", () => {
    const names = ["p", "q", "r", "s", "t"];
    fc.assert(
      fc.property(fc.shuffledSubarray(names, { minLength: 5 }), (order) => {
        const tree = createBlockTree(bankNamed("0", 0, "none", stakes));
        for (const name of order) addNode(tree, bankNamed(name, name < "r" ? 2 : 1, "0", stakes), noBlock);
        const byId = (group: string[]) => group.map(hashNamed).sort(compareHashes);
        expect(tree.root.children.map((child) => child.blockId)).toEqual([
          ...byId(["r", "s", "t"]),
          ...byId(["p", "q"]),
        ]);
      }),
      { seed: 1234, numRuns: 50 },
    );
  });

  it("agrees with a list of parents on ancestors and on what a new root keeps", () => {
    fc.assert(
      fc.property(planArbitrary, fc.nat(), (plan, pick) => {
        const { tree, parents, slots, node } = grow(plan);
        const pathOf = (index: number): number[] => (index === -1 ? [] : [...pathOf(parents[index]!), index]);
        for (let of = 0; of < parents.length; of++) {
          for (let at = 0; at < parents.length; at++) {
            expect(isAncestorOf(node(at), node(of))).toBe(pathOf(of).includes(at));
            const there = pathOf(of).find((index) => slots[index] === slots[at]);
            expect(ancestorAt(node(of), slotOf(slots[at]!))).toBe(there === undefined ? null : node(there));
          }
        }
        const root = pick % parents.length;
        const path = pathOf(root).slice(1).map(node);
        expect(advanceRoot(tree, node(root))).toEqual(path);
        const kept = parents.map((_, index) => index).filter((index) => pathOf(index).includes(root));
        expect([...tree.nodes.keys()]).toEqual(kept.map((index) => hashNamed(String(index))));
      }),
      { seed: 1234, numRuns: 60 },
    );
  });
});
