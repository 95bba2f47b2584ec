import type { Dataflow, TileArray } from "./hardware.ts";
import { accumulatorOf, matrixBytesOf, matrixOf, type ReferenceFormat } from "./number-formats.ts";

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

/** Formats of A and B, and of C; float32 where nothing is said. */
export interface ProductFormats {
  readonly operands: ReferenceFormat;
  readonly result: ReferenceFormat;
}

const allFloat32: ProductFormats = { operands: "float32", result: "float32" };

/**
 * Rules 22 and 32: the plain loop over row-major operands, k ascending: of floating-point numbers each product and each sum is rounded to
 * float32, of whole ones sums wrap around at 32 bits. The sums start at `before`, the values of C, where the product accumulates. A
 * NaN has one pattern, whatever NaN came in.
 */
export function matrixProduct(
  a: Uint8Array,
  b: Uint8Array,
  m: number,
  n: number,
  k: number,
  before?: Uint8Array,
  { operands, result }: ProductFormats = allFloat32,
): Uint8Array {
  const [left, right] = [matrixOf(operands, a, k), matrixOf(operands, b, n)];
  const start = before === undefined ? undefined : matrixOf(result, before, n);
  const isWhole = accumulatorOf(operands) === "int32";
  const c = Array.from({ length: m }, (_, row) =>
    Array.from({ length: n }, (_unused, column) => {
      let sum = start?.[row]?.[column] ?? 0;
      for (let inner = 0; inner < k; inner += 1) {
        const [x, y] = [left[row]?.[inner] ?? Number.NaN, right[inner]?.[column] ?? Number.NaN];
        sum = isWhole ? (sum + Math.imul(x, y)) | 0 : Math.fround(sum + Math.fround(x * y));
      }
      return sum;
    }),
  );
  return matrixBytesOf(c, { format: result, saturates: false });
}
