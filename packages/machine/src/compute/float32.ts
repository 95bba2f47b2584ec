/**
 * Arithmetic of floating-point products: operands of every format are widened to float32 and summed up in it. Whole
 * numbers: integer-product.ts; formats: ../number-format.
 */

/** The bits of every NaN that leaves an array: which NaN an operation gives depends on the processor. */
export const canonicalNan = 0x7fc00000;

/** One multiply-accumulate: the product is rounded to float32, then the sum is. */
export function multiplyAccumulate(sum: number, a: number, b: number): number {
  return Math.fround(sum + Math.fround(a * b));
}

/** Gives every NaN the canonical bits. */
export function canonicalizeNans(values: Float32Array): void {
  const bits = bitsOf(values);
  for (let index = 0; index < values.length; index++) {
    if (Number.isNaN(values[index])) bits[index] = canonicalNan;
  }
}

/** The same elements as bits: copies through them keep every NaN as it is. */
export function bitsOf(values: Float32Array): Uint32Array {
  return new Uint32Array(values.buffer, values.byteOffset, values.length);
}
