import type { TiledMatmulRequest } from "kpu-sim";

type Operands = Pick<TiledMatmulRequest, "a" | "b">;

/** Operands of small numbers, the same for the same sizes; none on machines that simulate times only. */
export function operandsOf({ m, n, k }: Omit<TiledMatmulRequest, "a" | "b">, isTimingOnly: boolean): Operands {
  if (isTimingOnly) return {};
  return { a: numbers(m * k, 1), b: numbers(k * n, 2) };
}

/** Multiples of 1/8 from -2 to 2 by a linear congruential generator (Numerical Recipes' constants). */
function numbers(count: number, seed: number): Float32Array {
  let state = seed;
  return Float32Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return ((state >>> 24) % 33) / 8 - 2;
  });
}
