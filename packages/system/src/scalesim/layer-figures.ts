import type { ScaleSimConfig, ScaleSimLayer } from "@kpu-sim/formats";
import { type ArrayShape, arrayAccesses, arrayCycles, KpuError, mappingUtilization } from "@kpu-sim/machine";
import { type Operands, operandsOf } from "./operands.ts";

/** What one array does with a layer while its memories never make it wait. */
export type ScaleSimLayerFigures = {
  readonly cycles: number;
  readonly inputReads: number;
  readonly filterReads: number;
  readonly resultWrites: number;
  /** Multiply-accumulates over those the array could have done, as SCALE-Sim counts them: of a sparse layer, those of the dense one. */
  readonly utilization: number;
  /** Places of the array that hold something, from above 0 to 1, averaged over the folds. */
  readonly mapping: number;
};

/** The array of a configuration. */
export function arrayShapeOf({ arrayHeight, arrayWidth, dataflow }: ScaleSimConfig): ArrayShape {
  return { rows: arrayHeight, cols: arrayWidth, systolic: true, dataflow };
}

/** Most words of an operand whose words are looked at one by one; more would take gigabytes to keep track of. */
const mostWords = 2 ** 27;

/** Errors: KPU_SIZE for an operand of more than 2^27 words. */
export function requireSize({ name, m, n, k }: ScaleSimLayer): void {
  for (const words of [m * k, k * n]) {
    if (words <= mostWords) continue;
    const what = "reports, and figures of sparse layers, are made of at most";
    throw new KpuError("KPU_SIZE", `layer '${name}' has an operand of ${words} words; ${what} ${mostWords}`);
  }
}

/**
 * From the closed forms of the compute tile, at once; where a configuration turns sparsity on, from the rows that each filter keeps. Errors: KPU_SIZE then, for
 * an operand of more than 2^27 words.
 */
export function scaleSimLayerFigures(config: ScaleSimConfig, layer: ScaleSimLayer): ScaleSimLayerFigures {
  if (config.sparsity !== undefined) requireSize(layer);
  const shape = arrayShapeOf(config);
  const operands = operandsOf(layer, config.sparsity);
  const product = { m: layer.m, n: layer.n, k: operands.filterRows };
  const cycles = arrayCycles(shape, product.m, product.n, product.k);
  const { operandBReads, resultWrites } = arrayAccesses(shape, product);
  const processingElements = shape.rows * shape.cols;
  const { pattern, blockRows } = operands;
  return {
    cycles,
    inputReads: inputReads(config, layer, operands),
    filterReads: operandBReads,
    resultWrites,
    utilization: (layer.m * layer.n * layer.k) / (processingElements * cycles),
    mapping:
      pattern === undefined || blockRows === undefined
        ? mappingUtilization(shape, product)
        : pattern.weights / (processingElements * foldCount(shape, operands)),
  };
}

/**
 * Words of inputs that enter the array. Where rows of sparse filters share a block of inputs, each asks for the whole block in every cycle in
 * which any row of its fold has work; where they share a group of M, each input counts M / N times.
 */
export function inputReads(config: ScaleSimConfig, layer: ScaleSimLayer, operands: Operands): number {
  const shape = arrayShapeOf(config);
  const { m, n, filterRows, blockRows } = operands;
  if (blockRows !== undefined) return foldCount(shape, operands) * (m + shape.rows - 1) * shape.rows * blockRows;
  const reads = arrayAccesses(shape, { m, n, k: filterRows }).operandAReads;
  const ratio = readsPerSharedInput(config, layer);
  if (ratio === undefined) return reads;
  // Added up fold by fold as SCALE-Sim does, so that the last digit is the same.
  let sum = 0;
  for (let across = 0; across < n; across += shape.cols) {
    for (let down = 0; down < filterRows; down += shape.rows)
      sum += m * Math.min(shape.rows, filterRows - down) * ratio;
  }
  return sum;
}

/** How often an input of a sparse layer is read where rows of filters that stay in the array share it; undefined where nothing is shared so. */
export function readsPerSharedInput(
  { sparsity, dataflow }: ScaleSimConfig,
  { sparsity: { kept, of } }: ScaleSimLayer,
): number | undefined {
  const isShared = sparsity !== undefined && sparsity.optimizedMapping === undefined;
  return isShared && dataflow === "weight_stationary" ? of / kept : undefined;
}

/** Folds of filters, which stay in the array. */
function foldCount({ rows, cols }: ArrayShape, { n, filterRows }: Operands): number {
  return Math.ceil(filterRows / rows) * Math.ceil(n / cols);
}
