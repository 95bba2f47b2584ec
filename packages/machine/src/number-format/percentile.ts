/**
 * The percentile (0 to 100) of numbers in ascending order, with linear interpolation between neighbours: what
 * numpy.percentile gives for doubles.
 */
export function percentileOf(sorted: Float32Array, percentile: number): number {
  const place = (percentile / 100) * (sorted.length - 1);
  const below = Math.floor(place);
  const share = place - below;
  const low = sorted[below] ?? 0;
  const high = sorted[Math.min(below + 1, sorted.length - 1)] ?? 0;
  const step = high - low;
  return share < 0.5 ? low + step * share : high - step * (1 - share);
}
