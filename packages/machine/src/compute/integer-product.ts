import { type BlockKernel, blockedProduct } from "./blocked-product.ts";
import { integerProductWasm } from "./integer-product.wasm.ts";
import { memoryOf, WasmModule } from "./wasm-module.ts";

type Kernels = {
  readonly pairs: BlockKernel<Int16Array, Int32Array>;
  readonly words: BlockKernel<Int32Array, Int32Array>;
};

/** Multiply-accumulates up to which the plain loop is faster than going to the kernel and back. */
const smallProduct = 512;

/**
 * C (m x n) += A (m x k) B (k x n) in place, row-major, modulo 2^32. Elements of int16 arrays have at most 9 bits and a
 * sign (all that the formats of up to 8 bits have).
 */
export function accumulateIntegers(
  a: Int16Array | Int32Array,
  b: Int16Array | Int32Array,
  c: Int32Array,
  m: number,
  n: number,
  k: number,
): void {
  const kernels = m * n * k > smallProduct ? loadKernels() : undefined;
  if (kernels === undefined) plainIntegerProduct(a, b, c, m, n, k);
  else if (a instanceof Int16Array && b instanceof Int16Array) blockedProduct(kernels.pairs, a, b, c, m, n, k);
  else if (a instanceof Int32Array && b instanceof Int32Array) blockedProduct(kernels.words, a, b, c, m, n, k);
  else plainIntegerProduct(a, b, c, m, n, k);
}

/** C += A B by the plain loop: the definition of the result. */
export function plainIntegerProduct(
  a: Int16Array | Int32Array,
  b: Int16Array | Int32Array,
  c: Int32Array,
  m: number,
  n: number,
  k: number,
): void {
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < n; j++) {
      let sum = c[i * n + j] ?? 0;
      for (let p = 0; p < k; p++) sum = (sum + Math.imul(a[i * k + p] ?? 0, b[p * n + j] ?? 0)) | 0;
      c[i * n + j] = sum;
    }
  }
}

const kernelModule = new WasmModule(integerProductWasm);
let loaded: Kernels | undefined;
let isTried = false;

/** The kernels, or undefined where WebAssembly SIMD does not exist (the plain loop then does the work). */
function loadKernels(): Kernels | undefined {
  if (isTried) return loaded;
  isTried = true;
  const exports = kernelModule.instantiate();
  if (exports === undefined) return undefined;
  const { packPairs, accumulatePairs, packWords, accumulateWords } = exports;
  const memory = memoryOf(exports);
  if (memory === undefined || typeof packPairs !== "function" || typeof accumulatePairs !== "function")
    return undefined;
  if (typeof packWords !== "function" || typeof accumulateWords !== "function") return undefined;
  const words = new Int32Array(memory.buffer);
  loaded = {
    pairs: {
      operands: new Int16Array(memory.buffer),
      sums: words,
      together: 2,
      blockDepth: 512,
      pack: (b, stride, packed, groups, panels) => {
        packPairs(b, stride, packed, groups, panels);
      },
      accumulate: (a, b, c, rows, panels, groups) => {
        accumulatePairs(a, b, c, rows, panels, groups);
      },
    },
    words: {
      operands: words,
      sums: words,
      together: 1,
      blockDepth: 256,
      pack: (b, stride, packed, groups, panels) => {
        packWords(b, stride, packed, groups, panels);
      },
      accumulate: (a, b, c, rows, panels, groups) => {
        accumulateWords(a, b, c, rows, panels, groups);
      },
    },
  };
  return loaded;
}
