import type { Hardware } from "./hardware.ts";

/** Cycles of an M x K by K x N product, from its start to its completion. */
export function matrixProductCycles(hardware: Hardware, m: number, n: number, k: number): number {
  const { rows, cols } = hardware;
  const folds = (size: number, along: number): number => Math.ceil(size / along);
  if (!hardware.systolic) {
    return m * n * k;
  }
  switch (hardware.dataflow) {
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

/** Rule 22: the plain loop over row-major float32 operands, k ascending, each product and each sum rounded to float32. */
export function matrixProduct(a: Uint8Array, b: Uint8Array, m: number, n: number, k: number): Uint8Array {
  const c = new Uint8Array(4 * m * n);
  const view = new DataView(c.buffer);
  for (let row = 0; row < m; row += 1) {
    for (let column = 0; column < n; column += 1) {
      let sum = 0;
      for (let inner = 0; inner < k; inner += 1) {
        const product = Math.fround(float32At(a, row * k + inner) * float32At(b, inner * n + column));
        sum = Math.fround(sum + product);
      }
      view.setFloat32(4 * (row * n + column), sum, true);
    }
  }
  return c;
}
