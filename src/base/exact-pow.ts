/**
 * base ** exponent, rounded once: the double nearest to the true power, so the same on every engine.
 *
 *     exactPow(0.85, 0.5)      0.9219544457292888       the nearest double to √0.85
 *     exactPow(0.25, 1.5)      0.125                    exactly
 *     Math.pow(0.85, 0.5)      that, or a neighbour: the language leaves the last bit to the engine
 *
 * In integers: the power is exp(exponent · ln base), in fixed point with `fractionBits` bits behind the point.
 *
 *     base     = z · 2^e,  z in [3/4, 3/2)        ln base = 2·atanh((z-1)/(z+1)) + e·ln 2       |argument| <= 1/5
 *     t        = exponent · ln base               t = k·ln 2 + r, |r| <= ln(2)/2                power = exp(r) · 2^k
 *
 * Error, in units of the last bit. A series of n terms, each cut off, is wrong by less than 2n, and n < 2^12 up to the
 * largest `fractionBits`. So ln 2 is wrong by less than 2^14, ln base by less than 2^25 (|e| < 2^11), and t, as the exponent
 * is below 2^64, by less than 2^89. r adds k·2^14 (|k| < 2^11), exp adds 2^13 and less than doubles what r brings in.
 * `errorUnits` = 2^96 covers that.
 * The power is known to lie within errorUnits of the sum; when both ends round to the same double, that is the answer.
 * When they do not, the precision doubles (first 256 bits, of which 160 are sure). The loop ends because a power that is
 * itself a double, or half-way between two, is found exactly beforehand; no other power has all its digits in vain.
 *
 * Rule: IEEE 754-2019 §9.2, `pow` correctly rounded. glibc's is the same but for about one case in a thousand.
 */
import { assert } from "./assert.ts";

const firstFractionBits = 256;
const fractionBitsMax = 4096;
const errorUnits = 1n << 96n;

/** An odd (or zero) integer times a power of two. */
type Dyadic = { readonly odd: bigint; readonly power: number };

/** The double nearest to base ** exponent, ties to even. base in (0, 1], exponent finite and not negative. */
export function exactPow(base: number, exponent: number): number {
  assert(base > 0 && base <= 1, `exactPow takes a base in (0, 1], not ${base}`);
  assert(Number.isFinite(exponent) && exponent >= 0, `exactPow takes a finite exponent of 0 or more, not ${exponent}`);
  if (base === 1 || exponent === 0) return 1;
  // |ln base| is at least 2^-54: the power is below e^-1024, far under the smallest double.
  if (exponent >= 2 ** 64) return 0;
  const exact = exactPower(dyadicOf(base), dyadicOf(exponent));
  if (exact !== null) return exact;
  for (let fractionBits = firstFractionBits; fractionBits <= fractionBitsMax; fractionBits *= 2) {
    const rounded = roundedPower(dyadicOf(base), dyadicOf(exponent), fractionBits);
    if (rounded !== null) return rounded;
  }
  assert(false, `${base} ** ${exponent} is too close to the middle of two doubles`);
}

/**
 * The power where it is a double or half-way between two, and null otherwise. With the exponent n / 2^j, n odd, a power
 * is rational only when the base is a 2^j-th power; what is left is an integer power of an odd number, and one of more
 * than 54 bits is neither a double nor a middle.
 */
function exactPower(base: Dyadic, exponent: Dyadic): number | null {
  let { odd, power } = base;
  let halvings = -exponent.power;
  for (; halvings > 0; halvings--) {
    const root = squareRoot(odd);
    if (power % 2 !== 0 || root * root !== odd) return null;
    odd = root;
    power /= 2;
    // A power of two below 1 has no more than ten roots in a row, and 1 has one for ever: power is not 0 while odd is 1.
  }
  const whole = exponent.odd << BigInt(-halvings);
  // odd >= 3: each factor adds more than a bit.
  if (odd > 1n && whole > 54n) return null;
  const powered = odd === 1n ? 1n : odd ** whole;
  if (bitLength(powered) > 54) return null;
  const shift = BigInt(power) * whole;
  return shift < -2000n ? 0 : nearestDouble(powered, Number(shift));
}

/** The power, or null where this precision does not tell which double is nearest. */
function roundedPower(base: Dyadic, exponent: Dyadic, fractionBits: number): number | null {
  const bits = BigInt(fractionBits);
  const ln2 = 2n * atanhOf(1n, 3n, bits);
  const t = shifted(lnOf(base, ln2, bits) * exponent.odd, exponent.power);
  // e^-746 is less than half of the smallest double.
  if (t < -(746n << bits)) return 0;
  const k = (2n * t + ln2) / (2n * ln2) - (2n * t + ln2 < 0n ? 1n : 0n);
  const sum = expOf(t - k * ln2, bits);
  const scale = Number(k) - fractionBits;
  const low = nearestDouble(sum - errorUnits, scale);
  return low === nearestDouble(sum + errorUnits, scale) ? low : null;
}

function lnOf(base: Dyadic, ln2: bigint, bits: bigint): bigint {
  // z = odd / 2^size in [1/2, 1), doubled when below 3/4.
  const size = bitLength(base.odd);
  const isLow = 4n * base.odd < 3n * (1n << BigInt(size));
  const one = 1n << BigInt(isLow ? size - 1 : size);
  const e = base.power + (isLow ? size - 1 : size);
  return 2n * atanhOf(base.odd - one, base.odd + one, bits) + BigInt(e) * ln2;
}

/** atanh(a / b) = q + q³/3 + q⁵/5 + …, for |a / b| <= 1/3. */
function atanhOf(a: bigint, b: bigint, bits: bigint): bigint {
  const q = (a << bits) / b;
  const square = (q * q) >> bits;
  let sum = 0n;
  let power = q;
  for (let n = 1n; power !== 0n; n += 2n) {
    sum += power / n;
    power = (power * square) / (1n << bits);
  }
  return sum;
}

/** exp(r) = 1 + r + r²/2 + …, for |r| <= 0.35. */
function expOf(r: bigint, bits: bigint): bigint {
  const one = 1n << bits;
  let sum = 0n;
  let term = one;
  for (let n = 1n; term !== 0n; n++) {
    sum += term;
    term = (term * r) / one / n;
  }
  return sum;
}

/** The double nearest to magnitude · 2^power, ties to even; magnitude above 0, the result below 2. */
function nearestDouble(magnitude: bigint, power: number): number {
  const dropped = Math.max(bitLength(magnitude) - 53, -1074 - power);
  let kept = shifted(magnitude, -dropped);
  if (dropped > 0) {
    const rest = magnitude - (kept << BigInt(dropped));
    const half = 1n << BigInt(dropped - 1);
    if (rest > half || (rest === half && kept % 2n === 1n)) kept += 1n;
  }
  // A mantissa's leading bit, and a carry out of it, count one up in the exponent field above it.
  const view = new DataView(new ArrayBuffer(8));
  view.setBigUint64(0, (BigInt(power + dropped + 1074) << 52n) + kept);
  return view.getFloat64(0);
}

function dyadicOf(value: number): Dyadic {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  const raw = view.getBigUint64(0);
  const field = Number(raw >> 52n);
  const fraction = BigInt.asUintN(52, raw);
  let odd = field === 0 ? fraction : fraction + (1n << 52n);
  let power = Math.max(field, 1) - 1075;
  for (; odd % 2n === 0n; power++) odd /= 2n;
  return { odd, power };
}

/** value · 2^places, rounded down. */
function shifted(value: bigint, places: number): bigint {
  return places >= 0 ? value << BigInt(places) : value >> BigInt(-places);
}

function bitLength(value: bigint): number {
  return value.toString(2).length;
}

/** The integer part of the square root of at most 54 bits, by Newton's steps from above. */
function squareRoot(value: bigint): bigint {
  let root = 1n << BigInt((bitLength(value) + 1) >> 1);
  for (;;) {
    const next = (root + value / root) / 2n;
    if (next >= root) return root;
    root = next;
  }
}
