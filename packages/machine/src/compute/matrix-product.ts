import { blockedProduct, blockKernel } from "./blocked-product.ts";
import { canonicalizeNans, multiplyAccumulate } from "./float32.ts";
import { strictProductWasm } from "./strict-product.wasm.ts";
import { lazyKernel } from "./wasm-module.ts";

/** Multiply-accumulates up to which the plain loop is faster than going to the kernel and back. */
const smallProduct = 512;

/**
 * C (m x n) = A (m x k) B (k x n), row-major float32: the sums start at +0 or, with `start` (m x n), at its values; k
 * ascends, each product and each sum is rounded to float32. The result is bit-equal to the plain loop on every platform;
 * a NaN is always 0x7fc00000.
 */
export function matrixProduct(
  a: Float32Array,
  b: Float32Array,
  m: number,
  n: number,
  k: number,
  start?: Float32Array,
): Float32Array<ArrayBuffer> {
  const c = new Float32Array(m * n);
  productInto(c, a, b, m, n, k, start);
  return c;
}

/** C = start + A B by the rules of `matrixProduct`; `start` may be C itself. */
export function productInto(
  c: Float32Array,
  a: Float32Array,
  b: Float32Array,
  m: number,
  n: number,
  k: number,
  start: Float32Array | undefined,
): void {
  const kernel = m * n * k > smallProduct ? loadKernel() : undefined;
  if (kernel === undefined) plainProduct(c, a, b, m, n, k, start);
  else blockedProduct(kernel, a, b, c, m, n, k, start);
}

/** The same by the plain loop: the definition of the result. */
export function plainProduct(
  c: Float32Array,
  a: Float32Array,
  b: Float32Array,
  m: number,
  n: number,
  k: number,
  start: Float32Array | undefined,
): void {
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < n; j++) {
      let sum = start?.[i * n + j] ?? 0;
      for (let p = 0; p < k; p++) sum = multiplyAccumulate(sum, a[i * k + p] ?? 0, b[p * n + j] ?? 0);
      c[i * n + j] = sum;
    }
  }
  canonicalizeNans(c);
}

/** Undefined where WebAssembly SIMD does not exist: the plain loop then does the work. */
const loadKernel = lazyKernel(strictProductWasm, (exports, memory) => {
  const floats = new Float32Array(memory);
  const names = { pack: "packWords", accumulate: "accumulate" };
  return blockKernel(exports, names, { operands: floats, sums: floats, together: 1, blockDepth: 256 });
});
