import type { Dataflow } from "../config/machine-config.ts";
import { type ArrayShape, arrayCycles } from "./array-cycles.ts";

/** C (m x n) = A (m x k) B (k x n), or C += A B with `accumulate`; k counts words of operands (`operandWords`). */
export type ProductShape = {
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly accumulate?: boolean | undefined;
};

/** Elements that pass the edges of an array during a product. */
export type ArrayAccesses = {
  /** Elements of A and of B that enter, or words of them. */
  readonly operandAReads: number;
  readonly operandBReads: number;
  /** Sums that enter: those of the fold before, and the values of C with `accumulate`. */
  readonly partialSumReads: number;
  /** Sums that leave, finished or not. */
  readonly resultWrites: number;
};

/**
 * What a product reads and writes at the edges of the array. An operand that stays enters once for each fold that it is
 * in; one that moves enters once for each fold along the other dimension (the rules that SCALE-Sim counts by). Sums
 * leave a weight- or input-stationary array in every fold of k and come back for the next. A scalar unit reads both
 * operands for every multiply-accumulate and keeps the sum.
 */
export function arrayAccesses(
  { rows, cols, systolic, dataflow }: ArrayShape,
  { m, n, k, accumulate = false }: ProductShape,
): ArrayAccesses {
  const results = m * n;
  const startValues = accumulate ? results : 0;
  if (!systolic) {
    const reads = m * n * k;
    return { operandAReads: reads, operandBReads: reads, partialSumReads: startValues, resultWrites: results };
  }
  const depthFolds = Math.ceil(k / rows);
  const betweenFolds = results * (depthFolds - 1);
  switch (dataflow) {
    case "output_stationary":
      return {
        operandAReads: m * k * Math.ceil(n / cols),
        operandBReads: k * n * Math.ceil(m / rows),
        partialSumReads: startValues,
        resultWrites: results,
      };
    case "weight_stationary":
      return {
        operandAReads: m * k * Math.ceil(n / cols),
        operandBReads: k * n,
        partialSumReads: startValues + betweenFolds,
        resultWrites: results * depthFolds,
      };
    case "input_stationary":
      return {
        operandAReads: m * k,
        operandBReads: k * n * Math.ceil(m / cols),
        partialSumReads: startValues + betweenFolds,
        resultWrites: results * depthFolds,
      };
  }
}

/**
 * Share of the processing elements that have work in a fold, averaged over the folds, from above 0 to 1: less than 1
 * where the last folds are ragged. What SCALE-Sim calls mapping efficiency. 1 for a scalar unit.
 */
export function mappingUtilization({ rows, cols, systolic, dataflow }: ArrayShape, { m, n, k }: ProductShape): number {
  if (!systolic) return 1;
  const { down, across } = mappedSizes(dataflow, m, n, k);
  return (down * across) / (Math.ceil(down / rows) * rows * Math.ceil(across / cols) * cols);
}

/** Multiply-accumulates over what the array could have done in the cycles of the product, from above 0 to 1. */
export function overallUtilization(shape: ArrayShape, { m, n, k }: ProductShape): number {
  const perCycle = shape.systolic ? shape.rows * shape.cols : 1;
  return (m * n * k) / (perCycle * arrayCycles(shape, m, n, k));
}

/**
 * Multiply-accumulates of each processing element in a product, row-major rows x cols; one figure for a scalar unit.
 * Element (r, c) works in the folds that reach to its row and its column: k times in each of them (output-stationary),
 * m times (weight-stationary) or n times (input-stationary).
 */
export function peMultiplyAccumulates(shape: ArrayShape, product: ProductShape): Float64Array {
  const { rows, cols, systolic } = shape;
  const counts = new Float64Array(systolic ? rows * cols : 1);
  addPeMultiplyAccumulates(counts, shape, product, 1);
  return counts;
}

/** Adds to `counts` the figures of `peMultiplyAccumulates`, `times` over. */
export function addPeMultiplyAccumulates(
  counts: Float64Array,
  { rows, cols, systolic, dataflow }: ArrayShape,
  { m, n, k }: ProductShape,
  times: number,
): void {
  if (!systolic) {
    counts[0] = (counts[0] ?? 0) + m * n * k * times;
    return;
  }
  const { down, across, streamed } = mappedSizes(dataflow, m, n, k);
  for (let row = 0; row < Math.min(rows, down); row++) {
    const inRow = times * streamed * Math.ceil((down - row) / rows);
    for (let col = 0; col < Math.min(cols, across); col++) {
      const index = row * cols + col;
      counts[index] = (counts[index] ?? 0) + inRow * Math.ceil((across - col) / cols);
    }
  }
}

/** The dimensions of the product along the rows and the columns of the array, and the one that passes through it. */
function mappedSizes(
  dataflow: Dataflow,
  m: number,
  n: number,
  k: number,
): { readonly down: number; readonly across: number; readonly streamed: number } {
  switch (dataflow) {
    case "output_stationary":
      return { down: m, across: n, streamed: k };
    case "weight_stationary":
      return { down: k, across: n, streamed: m };
    case "input_stationary":
      return { down: k, across: m, streamed: n };
  }
}
