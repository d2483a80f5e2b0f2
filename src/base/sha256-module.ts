/**
 * The chain of SHA-256 as a WebAssembly module, written by a program: all 64 rounds one after another, and whatever chains
 * have in common reckoned beforehand. Words 8 to 15 of every block are padding and every block starts from the same state,
 * so that a good part of the first rounds and of the first new words are constants.
 *
 *     chain(count)    one chain: 8 words at `chainAt`; count times h = sha256(h)
 *     lanes(count)    four of them: 8 times 4 words at `chainAt`, a chain in each column (SIMD only)
 *
 * Words lie in memory as WebAssembly reads them: little-endian. Count is at least 1. With SIMD, `chain` makes the later
 * words of a message four at a time in vectors (sha256-schedule.ts), which leaves the processor's registers to the rounds.
 */
import { initialState, roundConstants } from "./sha256.ts";
import { createVectorSchedule, flatSigma, scheduleLocals, shiftedSigma } from "./sha256-schedule.ts";
import {
  type Code,
  type ConstantPool,
  createConstantPool,
  createVectorWords,
  type Expression,
  encodeModule,
  repeat,
  scalarWords,
  set,
  valueTypes,
  type WasmFunction,
  type Words,
} from "./wasm-code.ts";

/**
 * Where the words of chains lie: above the constants, and not 4096 bytes above any of them, which processors would take
 * for the same place at first.
 */
export const chainAt = 3072;

/** Locals: the count, then sixteen words, eight of state, and what a round needs; then those of the schedule. */
const wordAt = 1;
const stateAt = 17;
const sumAt = 25;
const changeAt = 26;
const localsCount = 27;
const scheduleAt = wordAt + localsCount;

/** What follows 32 bytes in their block: the end of the message, and its length in bits. */
const padding = [0x80000000, 0, 0, 0, 0, 0, 0, 256];
const eight = [0, 1, 2, 3, 4, 5, 6, 7];

type State = [Expression, Expression, Expression, Expression, Expression, Expression, Expression, Expression];

type Sigma = (of: Words, x: Expression, a: number, b: number, c: number) => Expression;

/**
 * Three rotations, combined. Where a rotation is one instruction it overwrites what it rotates: one inside another needs
 * fewer copies than three beside each other, and the result is later there.
 */
const nestedSigma: Sigma = ({ xor, rotateRight }, x, a, b, c) =>
  rotateRight(xor(x, rotateRight(xor(x, rotateRight(x, c - b)), b - a)), a);

/** Writes one block's rounds; the words come from elsewhere, and which sigma is fastest was measured. */
function createRounds(of: Words, sigma: Sigma) {
  const { xor, and, sum } = of;
  const code: Code[] = [];
  /** Gives a local a value, unless it is known beforehand. */
  const assign = (local: number, value: Expression): Expression => {
    if (value.known !== null) return value;
    code.push(set(local, value));
    return of.local(local);
  };
  /** Which local each part of the state lies in: they change places, not values. */
  let slots = eight.map((i) => stateAt + i);
  let state = Array.from(initialState, (word) => of.constant(word)) as State;
  let change = xor(state[1], state[2]);
  return {
    code,
    assign,
    /** One round, with a word and its constant, or with their sum. */
    round(index: number, ...wordAndConstant: readonly Expression[]): void {
      const [a, b, c, d, e, f, g, h] = state;
      const choice = xor(g, and(e, xor(f, g)));
      const added = assign(sumAt, sum(h, ...wordAndConstant, choice, sigma(of, e, 6, 11, 25)));
      // The majority of a, b and c is b, unless both a and c differ from it; b ^ c is the a ^ b of the round before.
      const nextChange = assign(changeAt + (index % 2), xor(a, b));
      const majority = xor(b, and(nextChange, change));
      change = nextChange;
      const nextE = assign(slots[3]!, sum(d, added));
      const nextA = assign(slots[7]!, sum(added, majority, sigma(of, a, 2, 13, 22)));
      slots = [slots[7]!, ...slots.slice(0, 7)];
      state = [nextA, a, b, c, nextE, e, f, g];
    },
    /** Adds the initial state: the hash, in the locals of a message's first words. */
    finish(): Code {
      for (const i of eight) code.push(set(wordAt + i, sum(state[i]!, of.constant(initialState[i]!))));
      return code;
    },
  };
}

/** One hash of a chain whose eight words are the locals from `wordAt` on, and are again at the end. */
function hashOnce(of: Words, sigma: Sigma): Code {
  const { assign, round, finish } = createRounds(of, sigma);
  const words = eight.map((i) => of.local(wordAt + i));
  for (const word of padding) words.push(of.constant(word));
  for (let index = 0; index < 64; index++) {
    const place = index % 16;
    const word = words[place]!;
    round(index, word, of.constant(roundConstants[index]!));
    if (index >= 48) continue;
    const [after1, after9, after14] = [1, 9, 14].map((ahead) => words[(place + ahead) % 16]!);
    const early = shiftedSigma(of, after1!, 7, 18, 3);
    const late = shiftedSigma(of, after14!, 17, 19, 10);
    words[place] = assign(wordAt + place, of.sum(word, early, after9!, late));
  }
  return finish();
}

/** The same, with the words from 16 on made in vectors and read from memory. */
function hashOnceByVectors(constants: ConstantPool): Code {
  const of = scalarWords;
  const { code, round, finish } = createRounds(of, flatSigma);
  const schedule = createVectorSchedule({ constants, localsAt: scheduleAt, memoryAt: chainAt, padding });
  code.push(eight.map((i) => of.store(chainAt + 4 * i, of.local(wordAt + i))));
  for (const i of eight) round(i, of.local(wordAt + i), of.constant(roundConstants[i]!));
  code.push(schedule.start());
  for (const i of eight) round(8 + i, of.constant(padding[i]! + roundConstants[8 + i]!));
  code.push(schedule.nextFour(16));
  for (let index = 16; index < 64; index++) {
    // Two rounds before they are needed: later they are waited for, and earlier too much is under way.
    if (index % 4 === 2 && index < 60) code.push(schedule.nextFour(index + 2));
    round(index, schedule.word(index), of.constant(roundConstants[index]!));
  }
  return finish();
}

function createFunction(name: string, of: Words, hash: Code, vectorLocals = 0): WasmFunction {
  const size = of.type === valueTypes.v128 ? 16 : 4;
  const load = eight.map((i) => set(wordAt + i, of.load(chainAt + size * i)));
  const store = eight.map((i) => of.store(chainAt + size * i, of.local(wordAt + i)));
  const locals = [
    { type: of.type, count: localsCount },
    { type: valueTypes.v128, count: vectorLocals },
  ];
  return {
    name,
    locals: locals.filter(({ count }) => count > 0),
    body: [load, repeat(0, hash), store],
  };
}

/** The bytes of the module, with `lanes` or, for engines without SIMD, without. */
export function createSha256Module(withSimd: boolean): Uint8Array {
  const constants = createConstantPool();
  if (!withSimd) {
    return encodeModule([createFunction("chain", scalarWords, hashOnce(scalarWords, nestedSigma))], constants.bytes());
  }
  const vectors = createVectorWords(constants);
  const functions = [
    createFunction("chain", scalarWords, hashOnceByVectors(constants), scheduleLocals),
    createFunction("lanes", vectors, hashOnce(vectors, flatSigma)),
  ];
  return encodeModule(functions, constants.bytes());
}
