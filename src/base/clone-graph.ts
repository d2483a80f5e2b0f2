/**
 * A copy of everything that can change in a graph of plain data, and nothing else.
 *
 *     { at: 7, tree: ● ─┬─ node {weight, bank ■}        copied: at, tree, nodes, their links to one another
 *                       └─ node {weight, bank ■} }      shared: the banks, for they are frozen
 *
 * Frozen objects never change, so both graphs may hold the same one; what lies below a frozen object is not looked at. All
 * else must be plain: objects, arrays, Maps, Sets, typed arrays, primitives. Cycles and shared references stay what they
 * are. A function or an instance of a class has state that nobody sees from outside: that is our mistake, and asserted.
 */
import { assert } from "./assert.ts";

type Fill = () => void;

export function cloneGraph<T>(value: T): T {
  const copies = new Map<object, object>();
  const open: Fill[] = [];

  function copyOf(original: unknown): unknown {
    if (typeof original !== "object" || original === null) {
      assert(typeof original !== "function", "a function is no plain data");
      return original;
    }
    if (Object.isFrozen(original)) return original;
    const known = copies.get(original);
    if (known !== undefined) return known;
    const [copy, fill] = begin(original, copyOf);
    copies.set(original, copy);
    open.push(fill);
    return copy;
  }

  // A long chain of objects would not fit the stack of calls, so what is begun is filled later.
  const copy = copyOf(value);
  for (let fill = open.pop(); fill !== undefined; fill = open.pop()) fill();
  return copy as T;
}

function begin(original: object, copyOf: (value: unknown) => unknown): [object, Fill] {
  if (Array.isArray(original)) {
    const copy: unknown[] = [];
    const fill = () => {
      for (const value of original) copy.push(copyOf(value));
    };
    return [copy, fill];
  }
  if (original instanceof Map) {
    const copy = new Map<unknown, unknown>();
    const fill = () => {
      for (const [key, value] of original) copy.set(copyOf(key), copyOf(value));
    };
    return [copy, fill];
  }
  if (original instanceof Set) {
    const copy = new Set<unknown>();
    const fill = () => {
      for (const value of original) copy.add(copyOf(value));
    };
    return [copy, fill];
  }
  if (ArrayBuffer.isView(original)) {
    assert("slice" in original, "a DataView is no plain data");
    return [(original as Uint8Array).slice(), () => {}];
  }
  const prototype = Object.getPrototypeOf(original);
  assert(prototype === Object.prototype || prototype === null, `a ${prototype?.constructor?.name} is no plain data`);
  const copy: Record<string, unknown> = prototype === null ? Object.create(null) : {};
  const fill = () => {
    for (const [key, value] of Object.entries(original)) copy[key] = copyOf(value);
  };
  return [copy, fill];
}

/** The frozen objects that a graph reaches through what is not frozen, each once. */
export function frozenWithin(value: unknown): object[] {
  const seen = new Set<object>();
  const frozen: object[] = [];
  const open: unknown[] = [value];
  for (let next = open.pop(); open.length > 0 || next !== undefined; next = open.pop()) {
    if (typeof next !== "object" || next === null || seen.has(next)) continue;
    seen.add(next);
    if (Object.isFrozen(next)) frozen.push(next);
    else if (next instanceof Map) open.push(...next.keys(), ...next.values());
    else if (next instanceof Set) open.push(...next);
    else if (!ArrayBuffer.isView(next)) open.push(...Object.values(next));
  }
  return frozen;
}
