import { fixed, trueFunctions } from "./high-precision.ts";

/** The float32 nearest to a whole number of units of 2^-700; of two as near, the one with an even last bit. */
function nearestFloat32(value: bigint): number {
  const magnitude = value < 0n ? -value : value;
  // 40 bits, of which the last one says whether anything follows: a double holds them, and rounds as all bits would.
  const excess = Math.max(magnitude.toString(2).length - 40, 0);
  const kept = magnitude >> BigInt(excess);
  const isExact = kept << BigInt(excess) === magnitude;
  let rounded = Number(isExact ? kept : kept | 1n);
  for (let exponent = excess - 700; exponent < 0; exponent += 1) rounded /= 2;
  for (let exponent = excess - 700; exponent > 0; exponent -= 1) rounded *= 2;
  return Math.fround(value < 0n ? -rounded : rounded);
}

type SmoothFunction = keyof typeof trueFunctions;

/** Values beyond which float32 has only the limit, and the limits at either end. */
const limits: Readonly<Record<SmoothFunction, { readonly beyond: number; readonly limit: (x: number) => number }>> = {
  gelu: { beyond: 16, limit: (x) => (x > 0 ? x : -0) },
  sigmoid: { beyond: 110, limit: (x) => (x > 0 ? 1 : 0) },
  tanh: { beyond: 16, limit: Math.sign },
  silu: { beyond: 120, limit: (x) => (x > 0 ? x : -0) },
  softplus: { beyond: 110, limit: (x) => (x > 0 ? x : 0) },
  exp: { beyond: 110, limit: (x) => (x > 0 ? Number.POSITIVE_INFINITY : 0) },
};

/** A smooth function by its definition, at some hundred digits. */
export function referenceFunction(name: SmoothFunction, x: number): number {
  const { beyond, limit } = limits[name];
  if (Number.isNaN(x)) return x;
  // The sign of a zero is the argument's.
  if (x === 0 && name !== "sigmoid" && name !== "softplus" && name !== "exp") return x;
  return Math.abs(x) > beyond ? limit(x) : nearestFloat32(trueFunctions[name](fixed(x)));
}
