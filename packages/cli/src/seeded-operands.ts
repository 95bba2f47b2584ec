import { isFloatFormat, type TiledMatmulRequest } from "kpu-sim";

/** Operands of small numbers that every number format holds, the same for the same sizes. */
export function seededOperands({
  m,
  n,
  k,
  format = "float32",
}: TiledMatmulRequest): Pick<TiledMatmulRequest, "a" | "b"> {
  const make = (count: number, seed: number): Float32Array | Int32Array => {
    let state = seed;
    const next = (): number => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0; // the constants of Numerical Recipes
      return (state >>> 24) % 8;
    };
    return isFloatFormat(format)
      ? Float32Array.from({ length: count }, () => next() / 4 - 1)
      : Int32Array.from({ length: count }, next);
  };
  return { a: make(m * k, 1), b: make(k * n, 2) };
}
