/** Exact fractions: comparisons by cross-multiplication, so that no rounding ever decides. */
export type Ratio = { readonly numerator: bigint; readonly denominator: bigint };

export const twoThirds: Ratio = { numerator: 2n, denominator: 3n };

/** part / whole > ratio, strictly. */
export function isMoreThan(part: bigint, whole: bigint, ratio: Ratio): boolean {
  return part * ratio.denominator > whole * ratio.numerator;
}
