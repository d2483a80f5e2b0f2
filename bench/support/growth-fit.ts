/**
 * How a cost grows: the exponent p of cost ~ n^p, the slope of a straight line through the points of a log-log plot.
 *
 *     n      10     100    1000         cost grows tenfold where n does:  p = 1
 *     cost   0.2    2      20
 *
 * n log n looks like a little more than 1: 1.1 to 1.2 over the ranges measured here.
 */
export type Point = { readonly n: number; readonly cost: number };

/** By least squares over the upper half of the range of n, as what does not grow hides what does at its lower end. */
export function fitExponent(points: readonly Point[]): number {
  const logs = points.map(({ n, cost }) => ({ x: Math.log(n), y: Math.log(cost) })).sort((a, b) => a.x - b.x);
  const [first, last] = [logs[0], logs.at(-1)];
  if (first === undefined || last === undefined || first.x === last.x) return Number.NaN;
  const middle = (first.x + last.x) / 2;
  const upper = logs.filter(({ x }) => x >= middle - 1e-9);
  const used = upper.length >= 2 ? upper : logs.slice(-2);
  const meanX = used.reduce((sum, { x }) => sum + x, 0) / used.length;
  const meanY = used.reduce((sum, { y }) => sum + y, 0) / used.length;
  const covariance = used.reduce((sum, { x, y }) => sum + (x - meanX) * (y - meanY), 0);
  return covariance / used.reduce((sum, { x }) => sum + (x - meanX) ** 2, 0);
}
