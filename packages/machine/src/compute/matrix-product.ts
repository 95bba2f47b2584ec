import { strictProductWasm } from "./strict-product.wasm.ts";

/** The little of WebAssembly that is used here; the package compiles without DOM and Node types. */
declare const WebAssembly:
  | {
      readonly Module: new (bytes: Uint8Array) => object;
      readonly Instance: new (module: object) => { readonly exports: Readonly<Record<string, unknown>> };
    }
  | undefined;

type Kernel = {
  readonly accumulate: (a: number, b: number, c: number, rows: number, panels: number, depth: number) => void;
  readonly memory: Float32Array;
};

const panelColumns = 8;
const rowsTogether = 4;
// One block of each operand lives in the kernel's fixed memory of 1 MiB; B's stays in a second-level cache.
const blockRows = 128;
const blockColumns = 256;
const blockDepth = 256;
const kernelReserve = 2048;
const aPlace = kernelReserve;
const bPlace = aPlace + blockRows * blockDepth;
const cPlace = bPlace + blockDepth * blockColumns;
const smallProduct = 4096;

/**
 * C (m x n) = A (m x k) B (k x n), row-major float32: the accumulator starts at +0, k ascends, each product and each sum
 * is rounded to float32. The result is bit-equal to the plain loop on every platform; a NaN is always 0x7fc00000.
 */
export function matrixProduct(
  a: Float32Array,
  b: Float32Array,
  m: number,
  n: number,
  k: number,
): Float32Array<ArrayBuffer> {
  const c = new Float32Array(m * n);
  const kernel = m * n * k > smallProduct ? loadKernel() : undefined;
  if (kernel === undefined) plainProduct(a, b, c, m, n, k);
  else blockedProduct(kernel, a, b, c, m, n, k);
  canonicalizeNans(c);
  return c;
}

/** The plain loop: the definition of the result. */
export function plainProduct(a: Float32Array, b: Float32Array, c: Float32Array, m: number, n: number, k: number): void {
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < n; j++) {
      let sum = 0;
      for (let p = 0; p < k; p++) sum = Math.fround(sum + Math.fround((a[i * k + p] ?? 0) * (b[p * n + j] ?? 0)));
      c[i * n + j] = sum;
    }
  }
}

function blockedProduct(
  kernel: Kernel,
  a: Float32Array,
  b: Float32Array,
  c: Float32Array,
  m: number,
  n: number,
  k: number,
): void {
  const { memory, accumulate } = kernel;
  for (let column = 0; column < n; column += blockColumns) {
    const columns = Math.min(blockColumns, n - column);
    const panels = Math.ceil(columns / panelColumns);
    for (let depth = 0; depth < k; depth += blockDepth) {
      const depths = Math.min(blockDepth, k - depth);
      packPanels(memory, b, n, depth, depths, column, columns);
      for (let row = 0; row < m; row += blockRows) {
        const rows = Math.min(blockRows, m - row);
        for (let i = 0; i < rows; i++) {
          const start = (row + i) * k + depth;
          memory.set(a.subarray(start, start + depths), aPlace + i * depths);
        }
        loadBlock(memory, c, n, row, rows, column, columns, panels);
        const paddedRows = Math.ceil(rows / rowsTogether) * rowsTogether;
        accumulate(aPlace * 4, bPlace * 4, cPlace * 4, paddedRows, panels, depths);
        for (let i = 0; i < rows; i++) {
          const from = cPlace + i * panels * panelColumns;
          c.set(memory.subarray(from, from + columns), (row + i) * n + column);
        }
      }
    }
  }
}

/** Lays a block of B out in panels of eight columns, the last one padded with zeros. */
function packPanels(
  memory: Float32Array,
  b: Float32Array,
  n: number,
  depth: number,
  depths: number,
  column: number,
  columns: number,
): void {
  for (let first = 0; first < columns; first += panelColumns) {
    const width = Math.min(panelColumns, columns - first);
    let to = bPlace + first * depths;
    for (let p = 0; p < depths; p++) {
      const from = (depth + p) * n + column + first;
      for (let j = 0; j < width; j++) memory[to + j] = b[from + j] ?? 0;
      for (let j = width; j < panelColumns; j++) memory[to + j] = 0;
      to += panelColumns;
    }
  }
}

/** Brings the partial sums of earlier depths in, so that additions stay in order of k over all blocks. */
function loadBlock(
  memory: Float32Array,
  c: Float32Array,
  n: number,
  row: number,
  rows: number,
  column: number,
  columns: number,
  panels: number,
): void {
  for (let i = 0; i < rows; i++) {
    const start = (row + i) * n + column;
    memory.set(c.subarray(start, start + columns), cPlace + i * panels * panelColumns);
  }
}

/** The sign and payload of a NaN depend on the processor; one pattern makes results equal everywhere. */
function canonicalizeNans(values: Float32Array<ArrayBuffer>): void {
  const bits = new Uint32Array(values.buffer);
  for (let index = 0; index < values.length; index++) {
    if (Number.isNaN(values[index])) bits[index] = 0x7fc00000;
  }
}

let loaded: Kernel | undefined;
let isTried = false;

/** The kernel, or undefined where WebAssembly SIMD does not exist (the plain loop then does the work). */
function loadKernel(): Kernel | undefined {
  if (isTried) return loaded;
  isTried = true;
  if (typeof WebAssembly === "undefined") return undefined;
  try {
    const bytes = Uint8Array.from(strictProductWasm.match(/../g) ?? [], (digits) => Number.parseInt(digits, 16));
    loaded = kernelOf(new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports);
  } catch {
    loaded = undefined;
  }
  return loaded;
}

function kernelOf(exports: Readonly<Record<string, unknown>>): Kernel | undefined {
  const { accumulate, memory } = exports;
  if (typeof accumulate !== "function" || typeof memory !== "object" || memory === null || !("buffer" in memory)) {
    return undefined;
  }
  const { buffer } = memory;
  if (!(buffer instanceof ArrayBuffer)) return undefined;
  return {
    accumulate: (a, b, c, rows, panels, depth) => {
      accumulate(a, b, c, rows, panels, depth);
    },
    memory: new Float32Array(buffer),
  };
}
