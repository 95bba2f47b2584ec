import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { expect, test } from "vitest";
import { matrixProduct, plainProduct, productInto } from "./matrix-product.ts";

function bits(values: Float32Array<ArrayBuffer>): Uint32Array {
  return new Uint32Array(values.buffer);
}

function plain(a: Float32Array, b: Float32Array, m: number, n: number, k: number): Float32Array<ArrayBuffer> {
  const c = new Float32Array(m * n);
  plainProduct(c, a, b, m, n, k, undefined);
  return c;
}

test("is bit-equal to the plain loop at any size, values of all magnitudes included", () => {
  const size = fc.integer({ min: 1, max: 70 });
  const seed = fc.integer();
  fc.assert(
    fc.property(size, size, size, seed, (m, n, k, start) => {
      const next = generator(start);
      const a = Float32Array.from({ length: m * k }, next);
      const b = Float32Array.from({ length: k * n }, next);
      expect(bits(matrixProduct(a, b, m, n, k))).toEqual(bits(plain(a, b, m, n, k)));
    }),
    { numRuns: 60 },
  );
});

test.each([
  [129, 257, 300],
  [5, 8, 1000],
  [300, 3, 257],
])("goes over the borders of its blocks in order of k: %i x %i x %i", (m, n, k) => {
  const next = generator(m);
  const a = Float32Array.from({ length: m * k }, next);
  const b = Float32Array.from({ length: k * n }, next);
  expect(bits(matrixProduct(a, b, m, n, k))).toEqual(bits(plain(a, b, m, n, k)));
});

test("starts at given values, at any size and over the borders of blocks, and leaves them as they are", () => {
  const size = fc.integer({ min: 1, max: 70 });
  fc.assert(
    fc.property(size, size, size, fc.integer(), (m, n, k, seed) => {
      const next = generator(seed);
      const a = Float32Array.from({ length: m * k }, next);
      const b = Float32Array.from({ length: k * n }, next);
      const start = Float32Array.from({ length: m * n }, next);
      const before = start.slice();
      const expected = start.slice();
      plainProduct(expected, a, b, m, n, k, expected);
      expect(bits(matrixProduct(a, b, m, n, k, start))).toEqual(bits(expected));
      expect(start).toEqual(before);
      productInto(start, a, b, m, n, k, start);
      expect(bits(start)).toEqual(bits(expected));
    }),
    { numRuns: 60 },
  );
  const next = generator(5);
  const [m, n, k] = [130, 260, 300];
  const a = Float32Array.from({ length: m * k }, next);
  const b = Float32Array.from({ length: k * n }, next);
  const c = Float32Array.from({ length: m * n }, next);
  const expected = c.slice();
  plainProduct(expected, a, b, m, n, k, expected);
  productInto(c, a, b, m, n, k, c);
  expect(bits(c)).toEqual(bits(expected));
});

test.each([
  [1, 1, 1],
  [20, 20, 20],
])("every NaN of the start values gets the one pattern, and a start of -0 stays -0 with -0 added: %i^3", (m, n, k) => {
  const start = new Float32Array(m * n).fill(-0);
  bits(start)[m * n - 1] = 0xff800001;
  const minusZeros = new Float32Array(m * k).fill(-0);
  const c = matrixProduct(minusZeros, new Float32Array(k * n).fill(1), m, n, k, start);
  expect(bits(c)[m * n - 1]).toBe(0x7fc00000);
  expect([...bits(c).subarray(0, m * n - 1)].every((word) => word === 0x80000000)).toBe(true);
});

test("starts at +0, keeps infinities and gives one bit pattern for NaN", () => {
  const minusZero = matrixProduct(Float32Array.of(-0), Float32Array.of(1), 1, 1, 1);
  expect(Object.is(minusZero[0], 0)).toBe(true);
  const large = new Float32Array(32 * 32).fill(3e38);
  expect(matrixProduct(large, large, 32, 32, 32)[0]).toBe(Number.POSITIVE_INFINITY);
  const negative = large.map((value, index) => (index % 2 === 0 ? value : -value));
  const mixed = matrixProduct(
    large,
    Float32Array.from(negative, (_, index) => (Math.floor(index / 32) % 2 ? -3e38 : 3e38)),
    32,
    32,
    32,
  );
  expect(bits(mixed)[0]).toBe(0x7fc00000);
});

test("the compiled kernels are those of their sources", () => {
  const script = fileURLToPath(new URL("../../kernel/build.mjs", import.meta.url));
  execFileSync(process.execPath, [script, "--check"], { stdio: "pipe" });
});

/** A small deterministic generator (xorshift32) of values with widely different exponents. */
function generator(seed: number): () => number {
  let state = seed | 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state / 2 ** 31) * 2 ** ((state & 31) - 16);
  };
}
