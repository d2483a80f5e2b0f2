import { describe, expect, it } from "vitest";
import { cloneGraph, frozenWithin } from "./clone-graph.ts";

type Node = { name: string; parent: Node | null; children: Node[]; bank: object };

function example() {
  const bank = Object.freeze({ slot: 7, inner: { state: [1] } });
  const root: Node = { name: "root", parent: null, children: [], bank };
  const child: Node = { name: "child", parent: root, children: [], bank };
  root.children.push(child);
  return { bank, root, child };
}

describe("cloneGraph", () => {
  it("copies what can change, with its cycles, and shares what is frozen", () => {
    const { bank, root, child } = example();
    const world = { nodes: new Map([["root", root]]), heads: new Set([child]), trace: Uint8Array.of(1, 2), total: 5n };
    const copy = cloneGraph(world);
    const root2 = copy.nodes.get("root")!;
    const [child2] = copy.heads;
    expect(copy).toEqual(world);
    expect(root2).not.toBe(root);
    expect(root2.children[0]).toBe(child2);
    expect(child2!.parent).toBe(root2);
    expect([root2.bank, child2!.bank]).toEqual([bank, bank]);
    expect(root2.bank).toBe(bank);
    root2.name = "changed";
    copy.trace[0] = 9;
    copy.heads.clear();
    expect([root.name, world.trace[0], world.heads.size]).toEqual(["root", 1, 1]);
  });

  it("keeps the order of Maps, Sets and keys, holes aside", () => {
    const copy = cloneGraph({
      z: 1,
      a: [3, undefined, null],
      m: new Map([
        ["b", 1],
        ["a", 2],
      ]),
    });
    expect(Object.keys(copy)).toEqual(["z", "a", "m"]);
    expect([...copy.m.keys()]).toEqual(["b", "a"]);
    expect(copy.a).toEqual([3, undefined, null]);
  });

  it("takes a chain of a hundred thousand objects", () => {
    type Link = { next: Link | null };
    let chain: Link = { next: null };
    for (let i = 0; i < 100_000; i++) chain = { next: chain };
    let length = 0;
    for (let at: Link | null = cloneGraph(chain); at !== null; at = at.next) length++;
    expect(length).toBe(100_001);
  });

  it("refuses functions and instances of classes, wherever they lie", () => {
    class Counter {
      count = 0;
    }
    expect(() => cloneGraph({ deep: [new Counter()] })).toThrow("Counter is no plain data");
    expect(() => cloneGraph(new Map([["f", () => 1]]))).toThrow("function is no plain data");
    expect(() => cloneGraph({ view: new DataView(new ArrayBuffer(1)) })).toThrow("DataView");
    // Below something frozen nobody looks.
    expect(() => cloneGraph(Object.freeze({ counter: new Counter() }))).not.toThrow();
  });
});

describe("frozenWithin", () => {
  it("finds each frozen object once, and none below another", () => {
    const { bank, root, child } = example();
    const vote = Object.freeze({ below: Object.freeze({}) });
    const found = frozenWithin({ root, list: [bank, vote], map: new Map([[vote, child]]) });
    expect(found).toHaveLength(2);
    expect(new Set(found)).toEqual(new Set([bank, vote]));
    expect(frozenWithin(null)).toEqual([]);
  });
});
