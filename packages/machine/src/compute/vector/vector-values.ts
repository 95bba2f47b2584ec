import type { VectorFunctions } from "../../config/machine-config.ts";
import { canonicalizeNans } from "../float32.ts";
import { FunctionTable, needsTable } from "./function-table.ts";
import { type Activation, applyActivation, exponential, reciprocalSquareRoot } from "./functions.ts";
import type { ElementwiseOperator, Reduction, VectorOperation } from "./vector-task.ts";

/*
 * The values of vector operations on float32, which is all that they know; other formats are converted on the way in and out
 * (vector-formats.ts). Every operation is rounded to float32, and sums begin at +0 and take the elements of a row in ascending order, so that a plain
 * loop has the same results.
 */

/** Operands of an operation: the matrix, and what it has besides. */
export type VectorOperands = {
  readonly matrix: Float32Array;
  readonly second: Float32Array | undefined;
  readonly third: Float32Array | undefined;
  /** One for each column. */
  readonly scales: Float32Array | undefined;
};

/** How the units of a machine compute activation functions. */
export class ActivationUnit {
  readonly #functions: VectorFunctions;
  readonly #tableSize: number;
  readonly #tableRange: number;
  readonly #tables = new Map<Activation, FunctionTable>();

  constructor(config: {
    readonly functions: VectorFunctions;
    readonly tableSize: number;
    readonly tableRange: number;
  }) {
    this.#functions = config.functions;
    this.#tableSize = config.tableSize;
    this.#tableRange = config.tableRange;
  }

  apply(values: Float32Array, activation: Activation, slope: number): void {
    if (this.#functions === "exact" || !needsTable(activation)) applyActivation(values, activation, slope);
    else this.#tableOf(activation).apply(values);
  }

  #tableOf(activation: Activation): FunctionTable {
    const known = this.#tables.get(activation);
    if (known !== undefined) return known;
    const made = new FunctionTable(activation, this.#tableSize, this.#tableRange);
    this.#tables.set(activation, made);
    return made;
  }
}

/** Carries out an operation on a matrix with so many columns. */
export function computeVector(
  operation: VectorOperation,
  cols: number,
  operands: VectorOperands,
  result: Float32Array,
  functions: ActivationUnit,
): void {
  switch (operation.kind) {
    case "activation":
      scaleAndAddBias(operands, operation.scale, cols, result);
      functions.apply(result, operation.activation, operation.slope);
      break;
    case "elementwise":
      elementwise(operation, cols, operands, result);
      break;
    case "reduction":
      reduceRows(operation.reduction, cols, operands.matrix, result);
      break;
    case "softmax":
      softmax(cols, operands.matrix, result);
      break;
    case "layerNorm":
      layerNorm(operation.epsilon, cols, operands, result);
      break;
    case "rmsNorm":
      rmsNorm(operation.epsilon, cols, operands, result);
      break;
  }
  canonicalizeNans(result);
}

function scaleAndAddBias(
  { matrix, second, scales }: VectorOperands,
  scale: number | undefined,
  cols: number,
  result: Float32Array,
): void {
  result.set(matrix);
  if (scale === undefined && scales === undefined && second === undefined) return;
  for (let start = 0; start < result.length; start += cols) {
    for (let index = start; index < start + cols; index++) {
      const factor = scales?.[index - start] ?? scale;
      if (factor !== undefined) result[index] = (result[index] ?? 0) * factor;
      if (second !== undefined) result[index] = (result[index] ?? 0) + (second[index - start] ?? 0);
    }
  }
}

type Elementwise = Extract<VectorOperation, { readonly kind: "elementwise" }>;

function elementwise(
  { operator, shape, scalar }: Elementwise,
  cols: number,
  { matrix, second }: VectorOperands,
  result: Float32Array,
): void {
  // Steps in the other operand from row to row and from column to column.
  const rowStep = shape === "matrix" ? cols : shape === "column" ? 1 : 0;
  const colStep = shape === "matrix" || shape === "row" ? 1 : 0;
  for (let row = 0, place = 0; place < result.length; row++) {
    for (let col = 0; col < cols; col++, place++) {
      const a = matrix[place] ?? 0;
      const b = second === undefined ? scalar : (second[row * rowStep + col * colStep] ?? 0);
      result[place] = combined(operator, a, b);
    }
  }
}

/** Of two zeros the positive one is the larger, and a NaN is larger than anything. */
function combined(operator: ElementwiseOperator, a: number, b: number): number {
  switch (operator) {
    case "add":
      return a + b;
    case "subtract":
      return a - b;
    case "multiply":
      return a * b;
    case "maximum":
      return Math.max(a, b);
  }
}

function reduceRows(reduction: Reduction, cols: number, matrix: Float32Array, result: Float32Array): void {
  for (let row = 0; row < result.length; row++) {
    const start = row * cols;
    if (reduction === "max") result[row] = largestOf(matrix, start, cols);
    else {
      const sum = sumOf(matrix, start, cols);
      result[row] = reduction === "mean" ? sum / cols : sum;
    }
  }
}

function largestOf(values: Float32Array, start: number, count: number): number {
  let largest = Number.NEGATIVE_INFINITY;
  for (let index = start; index < start + count; index++) largest = Math.max(largest, values[index] ?? 0);
  return largest;
}

function sumOf(values: Float32Array, start: number, count: number): number {
  let sum = 0;
  for (let index = start; index < start + count; index++) sum = Math.fround(sum + (values[index] ?? 0));
  return sum;
}

function sumOfSquares(values: Float32Array, start: number, count: number): number {
  let sum = 0;
  for (let index = start; index < start + count; index++) {
    const value = values[index] ?? 0;
    sum = Math.fround(sum + Math.fround(value * value));
  }
  return sum;
}

function softmax(cols: number, matrix: Float32Array, result: Float32Array): void {
  for (let start = 0; start < result.length; start += cols) {
    const largest = largestOf(matrix, start, cols);
    for (let index = start; index < start + cols; index++) {
      result[index] = exponential(Math.fround((matrix[index] ?? 0) - largest));
    }
    const sum = sumOf(result, start, cols);
    for (let index = start; index < start + cols; index++) result[index] = (result[index] ?? 0) / sum;
  }
}

function layerNorm(epsilon: number, cols: number, operands: VectorOperands, result: Float32Array): void {
  const { matrix, second, third } = operands;
  for (let start = 0; start < result.length; start += cols) {
    const mean = Math.fround(sumOf(matrix, start, cols) / cols);
    for (let index = start; index < start + cols; index++) result[index] = (matrix[index] ?? 0) - mean;
    scaleRow(result, start, cols, scaleOf(sumOfSquares(result, start, cols), cols, epsilon), second, third);
  }
}

function rmsNorm(epsilon: number, cols: number, { matrix, second }: VectorOperands, result: Float32Array): void {
  for (let start = 0; start < result.length; start += cols) {
    for (let index = start; index < start + cols; index++) result[index] = matrix[index] ?? 0;
    scaleRow(result, start, cols, scaleOf(sumOfSquares(result, start, cols), cols, epsilon), second, undefined);
  }
}

/** 1 / sqrt(squares / count + epsilon). */
function scaleOf(squares: number, count: number, epsilon: number): number {
  return reciprocalSquareRoot(Math.fround(Math.fround(squares / count) + epsilon));
}

function scaleRow(
  values: Float32Array,
  start: number,
  cols: number,
  scale: number,
  gamma: Float32Array | undefined,
  beta: Float32Array | undefined,
): void {
  for (let col = 0; col < cols; col++) {
    let value = Math.fround((values[start + col] ?? 0) * scale);
    if (gamma !== undefined) value = Math.fround(value * (gamma[col] ?? 0));
    if (beta !== undefined) value = Math.fround(value + (beta[col] ?? 0));
    values[start + col] = value;
  }
}
