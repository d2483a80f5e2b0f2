/**
 * The message schedule of SHA-256 in vectors of four words, for a chain's block: 8 words that change and 8 of padding.
 *
 *     words  0 … 3 │ 4 … 7 │ 8 … 11 │ 12 … 15  ──>  16 … 19  ──>  20 … 23 …
 *
 *     w[i] = w[i - 16] + sigma0(w[i - 15]) + w[i - 7] + sigma1(w[i - 2])
 *
 * The last term of words 2 and 3 of four are words 0 and 1 themselves: it is reckoned two words at a time, each word twice
 * in 64 bits, where a shift of the whole is a rotation of its lower half.
 */
import {
  type Code,
  type ConstantPool,
  createVectorWords,
  type Expression,
  scalarWords,
  set,
  shiftHalvesRight,
  shuffle,
  valueTypes,
  type Words,
} from "./wasm-code.ts";

/** x rotated by a, b and c, combined. */
export function flatSigma({ xor, rotateRight }: Words, x: Expression, a: number, b: number, c: number): Expression {
  return xor(xor(rotateRight(x, a), rotateRight(x, b)), rotateRight(x, c));
}

/** x rotated by a and b, and shifted, combined. Where a rotation is one instruction, one inside another saves a copy. */
export function shiftedSigma(of: Words, x: Expression, a: number, b: number, shift: number): Expression {
  const { xor, rotateRight, shiftRight } = of;
  const rotations =
    of.type === valueTypes.i32
      ? rotateRight(xor(x, rotateRight(x, b - a)), a)
      : xor(rotateRight(x, a), rotateRight(x, b));
  return xor(rotations, shiftRight(x, shift));
}

/** How many locals the schedule takes: four vectors of words, and three to reckon with. */
export const scheduleLocals = 7;

export function createVectorSchedule(at: {
  readonly constants: ConstantPool;
  readonly localsAt: number;
  /** Where the first 8 words lie, and behind them room for 16. */
  readonly memoryAt: number;
  readonly padding: readonly number[];
}) {
  const { constants, localsAt, memoryAt, padding } = at;
  const vectors = createVectorWords(constants);
  const { sum, xor, shiftRight } = vectors;
  const readyAt = memoryAt + 32;
  const vector = (words: Iterable<number>) => vectors.load(constants.addressOf(...words));
  /** The four words of which `index` is the first, and of which only the last sixteen are kept. */
  const placeOf = (index: number) => localsAt + ((index / 4) % 4);
  const wordsAt = (index: number) => vectors.local(placeOf(index));
  const [x, y, base] = [4, 5, 6].map((i) => localsAt + i) as [number, number, number];
  /** sigma1 of two words, each twice in x: in lanes 0 and 2, and so twice over. */
  const lateTerm = (): Code => {
    const words = vectors.local(x);
    const rotations = xor(shiftHalvesRight(words, 17), shiftHalvesRight(words, 19));
    return [set(x, xor(rotations, shiftRight(words, 10))), set(x, shuffle(words, words, [0, 2, 0, 2]))];
  };
  /** w[i - 16] + sigma0(w[i - 15]) + w[i - 7] of four words; of padding, what is zero is left out. */
  const earlyTerms = (index: number): Code => {
    const after9 = shuffle(wordsAt(index + 8), wordsAt(index + 12), [1, 2, 3, 4]);
    if (index === 24) return [set(base, sum(wordsAt(index), after9))];
    const early = shiftedSigma(vectors, vectors.local(x), 7, 18, 3);
    const terms = index === 16 ? [early] : [after9, early];
    return [
      set(x, shuffle(wordsAt(index), wordsAt(index + 4), [1, 2, 3, 4])),
      set(base, sum(wordsAt(index), ...terms)),
    ];
  };
  return {
    /** Reads the first words from memory. */
    start: (): Code => [
      set(placeOf(0), vectors.load(memoryAt)),
      set(placeOf(4), vectors.load(memoryAt + 16)),
      set(placeOf(8), vector(padding.slice(0, 4))),
      set(placeOf(12), vector(padding.slice(4))),
    ],
    /** Makes words `index` to `index + 3`, and puts them into memory. */
    nextFour(index: number): Code {
      const before = wordsAt(index + 12);
      const first = vectors.local(y);
      return [
        earlyTerms(index),
        set(x, shuffle(before, before, [2, 2, 3, 3])),
        lateTerm(),
        set(y, sum(vectors.local(base), vectors.local(x))),
        set(x, shuffle(first, first, [0, 0, 1, 1])),
        lateTerm(),
        set(x, sum(vectors.local(base), vectors.local(x))),
        set(placeOf(index), shuffle(first, vectors.local(x), [0, 1, 6, 7])),
        vectors.store(readyAt + 4 * (index % 16), wordsAt(index)),
      ];
    },
    /** A word made by nextFour. */
    word: (index: number): Expression => scalarWords.load(readyAt + 4 * (index % 16)),
  };
}
