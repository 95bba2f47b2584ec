import fc from "fast-check";
import { expect, test } from "vitest";
import { integerProductInto, plainIntegerProduct } from "./integer-product.ts";

/** A small deterministic generator (xorshift32) of whole numbers of so many bits. */
function generator(seed: number, bits: number, isSigned: boolean): () => number {
  let state = seed | 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return isSigned ? state >> (32 - bits) : state >>> (32 - bits);
  };
}

function elements(bits: number, length: number, next: () => number): Int16Array | Int32Array {
  return bits === 32 ? Int32Array.from({ length }, next) : Int16Array.from({ length }, next);
}

const size = fc.integer({ min: 1, max: 70 });

test.each([
  [8, true],
  [8, false],
  [4, true],
  [32, true],
] as const)("elements of %i bits (signed: %s) give the plain loop's sums, modulo 2^32", (bits, isSigned) => {
  fc.assert(
    fc.property(size, size, size, fc.integer(), (m, n, k, seed) => {
      const next = generator(seed, bits, isSigned);
      const [a, b] = [elements(bits, m * k, next), elements(bits, k * n, next)];
      const start = Int32Array.from({ length: m * n }, generator(seed ^ 0x5bd1e995, 32, true));
      const [sums, plain] = [start.slice(), start.slice()];
      integerProductInto(sums, a, b, m, n, k, sums);
      plainIntegerProduct(plain, a, b, m, n, k, plain);
      expect(sums).toEqual(plain);
      // The definition itself, exactly, for one element.
      let exact = BigInt(start[0] ?? 0);
      for (let p = 0; p < k; p++) exact += BigInt(a[p] ?? 0) * BigInt(b[p * n] ?? 0);
      expect(sums[0]).toBe(Number(BigInt.asIntN(32, exact)));
    }),
    { numRuns: 60 },
  );
});

test.each([
  [129, 257, 1025],
  [5, 8, 513],
  [3, 300, 1],
])("goes over the borders of its blocks, odd depths included: %i x %i x %i", (m, n, k) => {
  for (const bits of [8, 32]) {
    const next = generator(m, bits, true);
    const [a, b] = [elements(bits, m * k, next), elements(bits, k * n, next)];
    const [sums, plain] = [new Int32Array(m * n), new Int32Array(m * n)];
    integerProductInto(sums, a, b, m, n, k, sums);
    plainIntegerProduct(plain, a, b, m, n, k, plain);
    expect(sums).toEqual(plain);
  }
});
