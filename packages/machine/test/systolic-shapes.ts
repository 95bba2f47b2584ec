import fc from "fast-check";
import type { Dataflow, SystolicShape } from "../src/index.ts";

/** Random arrays and products for the tests of systolic arrays. */

export const dataflows: readonly Dataflow[] = ["output_stationary", "weight_stationary", "input_stationary"];

export type RandomProduct = {
  readonly shape: SystolicShape;
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly a: Float32Array;
  readonly b: Float32Array;
  readonly start: Float32Array | undefined;
};

/** Values at which a padding zero, a wrong order of additions or a wrong sign of zero would show. */
const awkward: readonly number[] = [
  Number.NaN,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
  -0,
  0,
  3e38,
  -3e38,
  1e-44,
];

/** Deterministic values of widely different magnitudes (xorshift32), one in `rarity` of them awkward. */
function values(seed: number, count: number, rarity: number): Float32Array {
  let state = seed | 1;
  return Float32Array.from({ length: count }, () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    const bits = state >>> 0;
    if (bits % rarity === 0) return awkward[Math.floor(bits / 65536) % awkward.length] ?? 0;
    return (state / 2 ** 31) * 2 ** ((bits & 15) - 8);
  });
}

const edge = fc.integer({ min: 1, max: 9 });
const size = fc.integer({ min: 1, max: 30 });

/** R, C 1 to 9, M, N, K 1 to 30; with start values or without, with infinities and NaNs often, seldom or hardly ever. */
export const randomProduct: fc.Arbitrary<RandomProduct> = fc
  .record({
    rows: edge,
    cols: edge,
    dataflow: fc.constantFrom(...dataflows),
    m: size,
    n: size,
    k: size,
    seed: fc.integer(),
    rarity: fc.constantFrom(7, 150, 100_000),
    accumulates: fc.boolean(),
  })
  .map(({ rows, cols, dataflow, m, n, k, seed, rarity, accumulates }) => ({
    shape: { rows, cols, dataflow },
    m,
    n,
    k,
    a: values(seed, m * k, rarity),
    b: values(seed ^ 0x5bd1e995, k * n, rarity),
    start: accumulates ? values(seed ^ 0x2545f491, m * n, rarity) : undefined,
  }));

/** The product as the timing rules define it, with nothing shared with the simulator's sources. */
export function definedProduct({ m, n, k, a, b, start }: Omit<RandomProduct, "shape">): Uint32Array {
  const c = new Float32Array(m * n);
  const bits = new Uint32Array(c.buffer);
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < n; j++) {
      let sum = start?.[i * n + j] ?? 0;
      for (let p = 0; p < k; p++) sum = Math.fround(sum + Math.fround((a[i * k + p] ?? 0) * (b[p * n + j] ?? 0)));
      c[i * n + j] = sum;
      if (Number.isNaN(sum)) bits[i * n + j] = 0x7fc00000;
    }
  }
  return bits;
}

export function bitsOf(values: Float32Array): Uint32Array {
  return new Uint32Array(values.buffer, values.byteOffset, values.length);
}
