import { blockedProduct, blockKernel } from "./blocked-product.ts";
import { integerProductWasm } from "./integer-product.wasm.ts";
import { lazyKernel } from "./wasm-module.ts";

/** Multiply-accumulates up to which the plain loop is faster than going to the kernel and back. */
const smallProduct = 512;

/**
 * C (m x n) = start + A (m x k) B (k x n), row-major, modulo 2^32; `start` may be C itself, without it sums start at 0.
 * Elements of int16 arrays have at most 9 bits and a sign (all that the formats of up to 8 bits have).
 */
export function integerProductInto(
  c: Int32Array,
  a: Int16Array | Int32Array,
  b: Int16Array | Int32Array,
  m: number,
  n: number,
  k: number,
  start: Int32Array | undefined,
): void {
  const kernels = m * n * k > smallProduct ? loadKernels() : undefined;
  if (kernels === undefined) plainIntegerProduct(c, a, b, m, n, k, start);
  else if (a instanceof Int16Array && b instanceof Int16Array) blockedProduct(kernels.pairs, a, b, c, m, n, k, start);
  else if (a instanceof Int32Array && b instanceof Int32Array) blockedProduct(kernels.words, a, b, c, m, n, k, start);
  else plainIntegerProduct(c, a, b, m, n, k, start);
}

/** The same by the plain loop: the definition of the result. */
export function plainIntegerProduct(
  c: Int32Array,
  a: Int16Array | Int32Array,
  b: Int16Array | Int32Array,
  m: number,
  n: number,
  k: number,
  start: Int32Array | undefined,
): void {
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < n; j++) {
      let sum = start?.[i * n + j] ?? 0;
      for (let p = 0; p < k; p++) sum = (sum + Math.imul(a[i * k + p] ?? 0, b[p * n + j] ?? 0)) | 0;
      c[i * n + j] = sum;
    }
  }
}

/** Undefined where WebAssembly SIMD does not exist: the plain loop then does the work. */
const loadKernels = lazyKernel(integerProductWasm, (exports, memory) => {
  const words = new Int32Array(memory);
  const ofPairs = { operands: new Int16Array(memory), sums: words, together: 2, blockDepth: 512 } as const;
  const ofWords = { operands: words, sums: words, together: 1, blockDepth: 256 } as const;
  const pairs = blockKernel(exports, { pack: "packPairs", accumulate: "accumulatePairs" }, ofPairs);
  const single = blockKernel(exports, { pack: "packWords", accumulate: "accumulateWords" }, ofWords);
  return pairs === undefined || single === undefined ? undefined : { pairs, words: single };
});
