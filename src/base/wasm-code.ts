/**
 * As much of a WebAssembly assembler as straight-line arithmetic needs: expressions that fold constants, statements that
 * set locals, and a module of functions around them.
 *
 *     add(local(0), constant(2))                     local.get 0, i32.const 2, i32.add
 *     add(constant(1), constant(2))                  i32.const 3
 *     encodeModule([{ name: "f", locals, body }])    the bytes of a module that exports f(count) and its memory
 *
 * The same expressions are made of 32-bit words or of vectors of four; `Words` says which.
 * Rule: the WebAssembly core specification, binary format; SIMD as in version 2.0.
 */
import { utf8Bytes } from "./bytes.ts";

/** Bytes, in as many pieces as it was made of: they are laid together once, at the end. */
export type Code = number | readonly Code[];

/** Code that leaves one value; when it is known beforehand, which. */
export type Expression = { readonly code: Code; readonly known: number | null };

function flatten(code: Code, into: number[] = []): number[] {
  if (typeof code === "number") into.push(code);
  else for (const piece of code) flatten(piece, into);
  return into;
}

function unsigned(value: number): number[] {
  const bytes: number[] = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return [...bytes, rest];
    bytes.push((rest % 128) | 128);
  }
}

function signed(value: number): number[] {
  const bytes: number[] = [];
  for (let rest = value | 0; ; rest >>= 7) {
    const low = rest & 127;
    if (rest >> 6 === 0 || rest >> 6 === -1) return [...bytes, low];
    bytes.push(low | 128);
  }
}

export const valueTypes = { i32: 0x7f, v128: 0x7b } as const;

/** The arithmetic of one kind of value. */
export type Words = {
  readonly type: number;
  constant(value: number): Expression;
  local(index: number): Expression;
  /** The sum of all; constants are added beforehand. */
  sum(...terms: readonly Expression[]): Expression;
  xor(x: Expression, y: Expression): Expression;
  and(x: Expression, y: Expression): Expression;
  rotateRight(x: Expression, bits: number): Expression;
  shiftRight(x: Expression, bits: number): Expression;
  /** The 32 bits, or four times 32, at an address of memory. */
  load(address: number): Expression;
  /** Writes a value there: code that leaves nothing. */
  store(address: number, value: Expression): Code;
};

const simd = (opcode: number): Code => [0xfd, unsigned(opcode)];
const i32Const = (value: number): Code => [0x41, signed(value)];

const rotated = (x: number, bits: number) => (x >>> bits) | (x << (32 - bits));

type Instructions = {
  readonly type: number;
  readonly constant: (value: number) => Code;
  readonly add: Code;
  readonly xor: Code;
  readonly and: Code;
  readonly rotateRight: (x: Code, bits: number) => Code;
  readonly shiftRight: (bits: number) => Code;
  readonly load: Code;
  readonly store: Code;
};

function createWords(by: Instructions): Words {
  const constant = (value: number): Expression => ({ code: by.constant(value | 0), known: value | 0 });
  const unknown = (...code: Code[]): Expression => ({ code, known: null });
  const both = (x: Expression, y: Expression, opcode: Code, fold: (x: number, y: number) => number) =>
    x.known !== null && y.known !== null ? constant(fold(x.known, y.known)) : unknown(x.code, y.code, opcode);
  const add = (x: Expression, y: Expression) =>
    x.known === 0 ? y : y.known === 0 ? x : both(x, y, by.add, (a, b) => (a + b) | 0);
  return {
    type: by.type,
    constant,
    local: (index) => unknown(0x20, unsigned(index)),
    sum(...terms) {
      const known = terms.reduce((total, term) => (total + (term.known ?? 0)) | 0, 0);
      const [first = constant(0), second = constant(0), ...rest] = terms.filter((term) => term.known === null);
      // The constant stands third: x + y + constant is one instruction of x86.
      return [second, constant(known), ...rest].reduce(add, first);
    },
    xor: (x, y) => both(x, y, by.xor, (a, b) => a ^ b),
    and: (x, y) => both(x, y, by.and, (a, b) => a & b),
    rotateRight: (x, bits) =>
      x.known !== null ? constant(rotated(x.known, bits)) : unknown(by.rotateRight(x.code, bits)),
    shiftRight: (x, bits) => (x.known !== null ? constant(x.known >>> bits) : unknown(x.code, by.shiftRight(bits))),
    load: (address) => unknown(i32Const(0), by.load, unsigned(address)),
    store: (address, value) => [i32Const(0), value.code, by.store, unsigned(address)],
  };
}

/** Words of 32 bits. */
export const scalarWords: Words = createWords({
  type: valueTypes.i32,
  constant: i32Const,
  add: [0x6a],
  xor: [0x73],
  and: [0x71],
  rotateRight: (x, bits) => [x, i32Const(bits), 0x78],
  shiftRight: (bits) => [i32Const(bits), 0x76],
  load: [0x28, 2],
  store: [0x36, 2],
});

/** Words that lie in memory from address 0 on. */
export type ConstantPool = {
  /** Where these words lie, one after another; aligned to their own size. */
  addressOf(...words: readonly number[]): number;
  /** The memory. */
  bytes(): Uint8Array;
};

export function createConstantPool(): ConstantPool {
  const pool: number[] = [];
  const addresses = new Map<string, number>();
  return {
    addressOf(...words) {
      const key = words.join();
      const known = addresses.get(key);
      if (known !== undefined) return known;
      while (pool.length % words.length !== 0) pool.push(0);
      const address = 4 * pool.length;
      pool.push(...words);
      addresses.set(key, address);
      return address;
    },
    bytes() {
      const view = new DataView(new ArrayBuffer(4 * pool.length));
      for (const [index, word] of pool.entries()) view.setInt32(4 * index, word, true);
      return new Uint8Array(view.buffer);
    },
  };
}

/** Vectors of four such words. A constant is read from memory: that is cheaper than to make it. */
export function createVectorWords(constants: ConstantPool): Words {
  return createWords({
    type: valueTypes.v128,
    constant: (value) => [i32Const(0), simd(0x09), 2, unsigned(constants.addressOf(value))],
    add: simd(0xae),
    xor: simd(0x51),
    and: simd(0x4e),
    rotateRight: (x, bits) => [[x, i32Const(bits), simd(0xad)], [x, i32Const(32 - bits), simd(0xab)], simd(0x50)],
    shiftRight: (bits) => [i32Const(bits), simd(0xad)],
    load: [simd(0x00), 4],
    store: [simd(0x0b), 4],
  });
}

/** A vector of four words out of two: lanes 0 to 3 are those of x, 4 to 7 those of y. */
export function shuffle(x: Expression, y: Expression, lanes: readonly number[]): Expression {
  const bytes = lanes.flatMap((lane) => [0, 1, 2, 3].map((byte) => 4 * lane + byte));
  return { code: [x.code, y.code, simd(0x0d), bytes], known: null };
}

/** Two halves of 64 bits, shifted each. */
export function shiftHalvesRight(x: Expression, bits: number): Expression {
  return { code: [x.code, i32Const(bits), simd(0xcd)], known: null };
}

/** Code that leaves nothing: a local becomes what the expression leaves. */
export const set = (local: number, { code }: Expression): Code => [code, 0x21, unsigned(local)];

/** Does `body` as often as the local says, at least once; counts the local down to 0. */
export function repeat(countLocal: number, body: Code): Code {
  const local = unsigned(countLocal);
  const countDown = [0x20, local, i32Const(1), 0x6b, 0x22, local];
  return [0x03, 0x40, body, countDown, 0x0d, 0, 0x0b];
}

/** Takes one i32, which is local 0; the others follow, in the order of their kinds. */
export type WasmFunction = {
  readonly name: string;
  readonly locals: readonly { readonly type: number; readonly count: number }[];
  readonly body: Code;
};

function sized(code: Code): Code {
  const bytes = flatten(code);
  return [unsigned(bytes.length), bytes];
}

const listed = (items: readonly Code[]): Code => [unsigned(items.length), items];
const section = (id: number, code: Code): Code => [id, sized(code)];

/** A module with one page of memory that begins with `data`, exported as "memory", and with these functions. */
export function encodeModule(functions: readonly WasmFunction[], data: Uint8Array): Uint8Array {
  const named = (name: string, kind: number, index: number) => [sized([...utf8Bytes(name)]), kind, index];
  const code = functions.map(({ locals, body }) =>
    sized([listed(locals.map(({ type, count }) => [unsigned(count), type])), body, 0x0b]),
  );
  return Uint8Array.from(
    flatten([
      [0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
      section(1, listed([[0x60, 1, valueTypes.i32, 0]])),
      section(3, listed(functions.map(() => 0))),
      section(5, listed([[0, 1]])),
      section(7, listed([named("memory", 2, 0), ...functions.map(({ name }, index) => named(name, 0, index))])),
      section(10, listed(code)),
      section(11, listed([[0, i32Const(0), 0x0b, sized([...data])]])),
    ]),
  );
}
