import { isFloatFormat, type NumberFormat } from "@kpu-sim/machine";
import type { TiledMatmulRequest } from "../tiled-matmul/tiled-matmul.ts";

type NumberSource = { readonly kind: "ones" | "ramp" } | { readonly kind: "random"; readonly seed: number };

/**
 * Small numbers that every format holds exactly, the same for the same seed: quarters from -1 to 0.75, whole numbers from 0 to 7 where
 * the format has no others.
 */
export function seededNumbers(source: NumberSource, count: number, format: NumberFormat): Float32Array | Int32Array {
  const isFloat = isFloatFormat(format);
  let state = source.kind === "random" ? source.seed : 0;
  const next = (index: number): number => {
    if (source.kind !== "random") return source.kind === "ones" ? 1 : index % 8;
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0; // the constants of Numerical Recipes
    const whole = (state >>> 24) % 8;
    return isFloat ? whole / 4 - 1 : whole;
  };
  const numbers = isFloat ? new Float32Array(count) : new Int32Array(count);
  for (let index = 0; index < count; index++) numbers[index] = next(index);
  return numbers;
}

/** Operands of a tiled product, the same for the same sizes. */
export function seededOperands({
  m,
  n,
  k,
  format = "float32",
}: Pick<TiledMatmulRequest, "m" | "n" | "k" | "format">): Required<Pick<TiledMatmulRequest, "a" | "b">> {
  return {
    a: seededNumbers({ kind: "random", seed: 1 }, m * k, format),
    b: seededNumbers({ kind: "random", seed: 2 }, k * n, format),
  };
}
