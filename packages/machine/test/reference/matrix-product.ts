import type { Dataflow, TileArray } from "./hardware.ts";

/** Cycles of an M x K by K x N product, from its start to its completion. */
export function matrixProductCycles(array: TileArray, dataflow: Dataflow, m: number, n: number, k: number): number {
  const { rows, cols } = array;
  const folds = (size: number, along: number): number => Math.ceil(size / along);
  if (!array.systolic) {
    return m * n * k;
  }
  switch (dataflow) {
    case "output_stationary":
      return folds(m, rows) * folds(n, cols) * (rows + cols + k - 2);
    case "weight_stationary":
      return folds(k, rows) * folds(n, cols) * (2 * rows + cols + m - 2);
    case "input_stationary":
      return folds(k, rows) * folds(m, cols) * (2 * rows + cols + n - 2);
  }
}

function float32At(bytes: Uint8Array, index: number): number {
  return new DataView(bytes.buffer, bytes.byteOffset).getFloat32(4 * index, true);
}

/** The one NaN that a product gives, whatever NaN came in (rule 32). */
const canonicalNan = 0x7fc0_0000;

/**
 * Rules 22 and 32: the plain loop over row-major float32 operands, k ascending, each product and each sum rounded to float32. The sums
 * start at `before`, the values of C, where the product accumulates.
 */
export function matrixProduct(
  a: Uint8Array,
  b: Uint8Array,
  m: number,
  n: number,
  k: number,
  before?: Uint8Array,
): Uint8Array {
  const c = new Uint8Array(4 * m * n);
  const view = new DataView(c.buffer);
  for (let row = 0; row < m; row += 1) {
    for (let column = 0; column < n; column += 1) {
      let sum = before === undefined ? 0 : float32At(before, row * n + column);
      for (let inner = 0; inner < k; inner += 1) {
        const product = Math.fround(float32At(a, row * k + inner) * float32At(b, inner * n + column));
        sum = Math.fround(sum + product);
      }
      const place = 4 * (row * n + column);
      if (Number.isNaN(sum)) {
        view.setUint32(place, canonicalNan, true);
      } else {
        view.setFloat32(place, sum, true);
      }
    }
  }
  return c;
}
