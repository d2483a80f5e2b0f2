import fc from "fast-check";
import { expect, it } from "vitest";
import {
  createConstantPool,
  createVectorWords,
  type Expression,
  encodeModule,
  repeat,
  scalarWords,
  set,
  shiftHalvesRight,
  shuffle,
  type Words,
} from "./wasm-code.ts";

declare const WebAssembly: {
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object) => { exports: { memory: { buffer: ArrayBuffer }; f(count: number): void } };
};

/** What an expression leaves, stored at 1024: four words, of which a scalar one fills the first. */
function valuesOf(of: Words, write: (words: Words) => Expression, pool = createConstantPool()): number[] {
  const body = of.store(1024, write(of));
  const module = new WebAssembly.Module(encodeModule([{ name: "f", locals: [], body }], pool.bytes()));
  const { exports } = new WebAssembly.Instance(module);
  exports.f(1);
  return [...new Int32Array(exports.memory.buffer, 1024, 4)];
}

const word = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
const bits = fc.integer({ min: 1, max: 31 });

it("computes what it does not know beforehand as it folds what it knows, in words and in vectors", () => {
  const twin = (x: number, y: number, n: number) => ((x >>> n) | (x << (32 - n))) ^ (y >>> n) ^ (x & y);
  const write = (n: number, x: Expression, y: Expression) => (of: Words) =>
    of.xor(of.xor(of.rotateRight(x, n), of.shiftRight(y, n)), of.and(x, y));
  fc.assert(
    fc.property(word, word, bits, (x, y, n) => {
      const known = write(n, scalarWords.constant(x), scalarWords.constant(y))(scalarWords);
      expect(known.known).toBe(twin(x, y, n));
      const pool = createConstantPool();
      const at = [pool.addressOf(x, 1, 2, 3), pool.addressOf(y, 4, 5, 6)] as const;
      const scalar = write(n, scalarWords.load(at[0]), scalarWords.load(at[1]));
      expect(valuesOf(scalarWords, scalar, pool)[0]).toBe(twin(x, y, n));
      const vectors = createVectorWords(pool);
      const vector = write(n, vectors.load(at[0]), vectors.load(at[1]));
      expect(valuesOf(vectors, vector, pool)).toEqual([twin(x, y, n), twin(1, 4, n), twin(2, 5, n), twin(3, 6, n)]);
    }),
    { numRuns: 50 },
  );
});

it("adds known and unknown terms in any order, modulo 2^32", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(word, fc.boolean()), { maxLength: 6 }), (terms) => {
      const pool = createConstantPool();
      const write = (of: Words) =>
        of.sum(...terms.map(([x, isKnown]) => (isKnown ? of.constant(x) : of.load(pool.addressOf(x)))));
      const total = terms.reduce((sum, [x]) => (sum + x) | 0, 0);
      expect(valuesOf(scalarWords, write, pool)[0]).toBe(total);
      expect(write(scalarWords).known).toBe(terms.every(([, isKnown]) => isKnown) ? total : null);
    }),
    { numRuns: 100 },
  );
});

it("gives a constant to all four words of a vector, and each constant one place", () => {
  const pool = createConstantPool();
  const vectors = createVectorWords(pool);
  expect(valuesOf(vectors, (of) => of.xor(of.constant(-5), of.load(pool.addressOf(0, 1, 2, 3))), pool)).toEqual([
    -5, -6, -7, -8,
  ]);
  expect(pool.addressOf(-5)).toBe(pool.addressOf(-5));
  expect(pool.addressOf(0, 1, 2, 3) % 16).toBe(0);
});

it("shuffles words and shifts halves", () => {
  const pool = createConstantPool();
  const vectors = createVectorWords(pool);
  const x = vectors.load(pool.addressOf(1, 2, 3, 4));
  const y = vectors.load(pool.addressOf(5, 6, 7, 8));
  expect(valuesOf(vectors, () => shuffle(x, y, [3, 4, 0, 7]), pool)).toEqual([4, 5, 1, 8]);
  expect(valuesOf(vectors, () => shiftHalvesRight(x, 31), pool)).toEqual([4, 0, 8, 0]);
});

it("repeats as often as its argument says", () => {
  const double = set(1, scalarWords.sum(scalarWords.local(1), scalarWords.local(1)));
  const body = [set(1, scalarWords.constant(3)), repeat(0, double), scalarWords.store(1024, scalarWords.local(1))];
  const locals = [{ type: 0x7f, count: 1 }];
  const module = new WebAssembly.Module(encodeModule([{ name: "f", locals, body }], new Uint8Array()));
  const { exports } = new WebAssembly.Instance(module);
  for (const [times, value] of [
    [1, 6],
    [5, 96],
  ] as const) {
    exports.f(times);
    expect(new Int32Array(exports.memory.buffer, 1024, 1)[0]).toBe(value);
  }
});
