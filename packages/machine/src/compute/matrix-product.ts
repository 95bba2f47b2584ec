import { canonicalizeNans, multiplyAccumulate } from "./float32.ts";
import { strictProductWasm } from "./strict-product.wasm.ts";
import { memoryOf, WasmModule } from "./wasm-module.ts";

type Kernel = {
  readonly pack: (b: number, stride: number, packed: number, depth: number, panels: number) => void;
  readonly accumulate: (a: number, b: number, c: number, rows: number, panels: number, depth: number) => void;
  readonly memory: Float32Array;
};

const panelColumns = 8;
const rowsTogether = 4;
// One block of each operand lives in the kernel's fixed memory of 1 MiB; B's, packed, stays in a second-level cache.
const blockRows = 128;
const blockColumns = 256;
const blockDepth = 256;
const kernelReserve = 2048;
const aPlace = kernelReserve;
const packedPlace = aPlace + blockRows * blockDepth;
const cPlace = packedPlace + blockDepth * blockColumns;
const bPlace = cPlace + blockRows * blockColumns;
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
  const c = start === undefined ? new Float32Array(m * n) : new Float32Array(start);
  accumulateProduct(a, b, c, m, n, k);
  return c;
}

/** C += A B in place, by the rules of `matrixProduct`. */
export function accumulateProduct(
  a: Float32Array,
  b: Float32Array,
  c: Float32Array,
  m: number,
  n: number,
  k: number,
): void {
  const kernel = m * n * k > smallProduct ? loadKernel() : undefined;
  if (kernel === undefined) plainProduct(a, b, c, m, n, k);
  else blockedProduct(kernel, a, b, c, m, n, k);
}

/** C += A B by the plain loop: the definition of the result. */
export function plainProduct(a: Float32Array, b: Float32Array, c: Float32Array, m: number, n: number, k: number): void {
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < n; j++) {
      let sum = c[i * n + j] ?? 0;
      for (let p = 0; p < k; p++) sum = multiplyAccumulate(sum, a[i * k + p] ?? 0, b[p * n + j] ?? 0);
      c[i * n + j] = sum;
    }
  }
  canonicalizeNans(c);
}

/** Sums of earlier depths come back in as start values, so that additions stay in order of k over all blocks. */
function blockedProduct(
  kernel: Kernel,
  a: Float32Array,
  b: Float32Array,
  c: Float32Array,
  m: number,
  n: number,
  k: number,
): void {
  const { memory, pack, accumulate } = kernel;
  for (let column = 0; column < n; column += blockColumns) {
    const columns = Math.min(blockColumns, n - column);
    const panels = Math.ceil(columns / panelColumns);
    const pitch = panels * panelColumns;
    for (let depth = 0; depth < k; depth += blockDepth) {
      const depths = Math.min(blockDepth, k - depth);
      copyRows(b, depth * n + column, n, memory, bPlace, columns, depths, columns);
      pack(bPlace * 4, columns * 4, packedPlace * 4, depths, panels);
      for (let row = 0; row < m; row += blockRows) {
        const rows = Math.min(blockRows, m - row);
        copyRows(a, row * k + depth, k, memory, aPlace, depths, rows, depths);
        copyRows(c, row * n + column, n, memory, cPlace, pitch, rows, columns);
        const paddedRows = Math.ceil(rows / rowsTogether) * rowsTogether;
        accumulate(aPlace * 4, packedPlace * 4, cPlace * 4, paddedRows, panels, depths);
        copyRows(memory, cPlace, pitch, c, row * n + column, n, rows, columns);
      }
    }
  }
}

/** Copies rows of `count` elements; both sides have their own distance from one row to the next. */
function copyRows(
  from: Float32Array,
  start: number,
  pitch: number,
  to: Float32Array,
  place: number,
  toPitch: number,
  rows: number,
  count: number,
): void {
  if (pitch === count && toPitch === count) {
    const whole = rows * count;
    to.set(whole === from.length ? from : from.subarray(start, start + whole), place);
    return;
  }
  for (let row = 0; row < rows; row++) {
    const at = start + row * pitch;
    to.set(from.subarray(at, at + count), place + row * toPitch);
  }
}

const kernelModule = new WasmModule(strictProductWasm);
let loaded: Kernel | undefined;
let isTried = false;

/** The kernel, or undefined where WebAssembly SIMD does not exist (the plain loop then does the work). */
function loadKernel(): Kernel | undefined {
  if (isTried) return loaded;
  isTried = true;
  const exports = kernelModule.instantiate();
  if (exports === undefined) return undefined;
  const { pack, accumulate } = exports;
  const memory = memoryOf(exports);
  if (typeof pack !== "function" || typeof accumulate !== "function" || memory === undefined) return undefined;
  loaded = {
    pack: (b, stride, packed, depth, panels) => {
      pack(b, stride, packed, depth, panels);
    },
    accumulate: (a, b, c, rows, panels, depth) => {
      accumulate(a, b, c, rows, panels, depth);
    },
    memory: new Float32Array(memory.buffer),
  };
  return loaded;
}
