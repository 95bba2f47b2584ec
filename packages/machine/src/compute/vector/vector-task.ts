import type { Synchronization } from "../../engine/semaphores.ts";
import { bytesFor, matrixBytes, type NumberFormat } from "../../number-format/number-format.ts";
import type { Activation } from "./functions.ts";
import type { ResultEncoding } from "./vector-formats.ts";

/** What an elementwise operation does with an element of the matrix and one of the other operand. */
export const elementwiseOperators = ["add", "subtract", "multiply", "maximum"] as const;
export type ElementwiseOperator = (typeof elementwiseOperators)[number];

/**
 * The other operand of an elementwise operation: a matrix of the same size, one row for all rows, one column for all columns, or one
 * number for all elements.
 */
export const operandShapes = ["matrix", "row", "column", "scalar"] as const;
export type OperandShape = (typeof operandShapes)[number];

/** What becomes of each row. */
export const reductions = ["max", "sum", "mean"] as const;
export type Reduction = (typeof reductions)[number];

export type VectorOperation =
  | {
      readonly kind: "activation";
      readonly activation: Activation;
      readonly slope: number;
      /** By which the matrix is multiplied first. */
      readonly scale: number | undefined;
    }
  | {
      readonly kind: "elementwise";
      readonly operator: ElementwiseOperator;
      readonly shape: OperandShape;
      /** The operand itself where it is a scalar. */
      readonly scalar: number;
    }
  | { readonly kind: "reduction"; readonly reduction: Reduction }
  | { readonly kind: "softmax" }
  | { readonly kind: "layerNorm"; readonly epsilon: number }
  | { readonly kind: "rmsNorm"; readonly epsilon: number };

/**
 * An operation on a rows x cols matrix, row-major, rows at whole bytes, with everything in one region located by byte offsets. The
 * parameters of an operation (bias, scales, gamma, beta) are float32.
 */
export type VectorTask = {
  readonly region: number;
  readonly rows: number;
  readonly cols: number;
  readonly operation: VectorOperation;
  /** The format of the matrix, and of the other operand of an elementwise operation. */
  readonly format: NumberFormat;
  /** The matrix; undefined for the sums that the tile's array has drained. */
  readonly source: number | undefined;
  /** A bias, the other operand, or gamma. */
  readonly second: number | undefined;
  /** Beta. */
  readonly third: number | undefined;
  /** A factor for each column, by which the matrix is multiplied first. */
  readonly scales: number | undefined;
  readonly destination: number;
  readonly result: ResultEncoding;
  readonly bytes: VectorBytes;
  readonly synchronization: Synchronization;
  readonly onComplete: (() => void) | undefined;
};

/** Times that the unit goes through the matrix. */
const passes: Readonly<Record<VectorOperation["kind"], number>> = {
  activation: 1,
  elementwise: 1,
  reduction: 1,
  // The largest; exponentials and their sum; division.
  softmax: 3,
  // The mean; the variance; scale and shift.
  layerNorm: 3,
  // The mean square; scale.
  rmsNorm: 2,
};

/** What of a vector unit makes its times. */
export type VectorUnitShape = { readonly width: number; readonly pipelineDepth: number };

/** Cycles from start to completion. */
export function vectorCycles({ width, pipelineDepth }: VectorUnitShape, task: VectorTask): number {
  return passes[task.operation.kind] * (task.rows * Math.ceil(task.cols / width) + pipelineDepth);
}

/** Elements that the unit takes in, over all passes. */
export function vectorElements({ operation, rows, cols }: VectorTask): number {
  return passes[operation.kind] * rows * cols;
}

/** A matrix as an operand of a task. */
export type OperandExtent = { readonly rows: number; readonly cols: number; readonly format: NumberFormat };

type TaskSizes = Pick<VectorTask, "operation" | "rows" | "cols" | "format">;

/** What the second operand is, where there is one; a column of numbers lies in memory as a row. */
export function secondExtent({ operation, rows, cols, format }: TaskSizes): OperandExtent {
  if (operation.kind !== "elementwise") return { rows: 1, cols, format: "float32" };
  const { shape } = operation;
  if (shape === "matrix") return { rows, cols, format };
  return { rows: 1, cols: shape === "row" ? cols : rows, format };
}

export function resultExtent({
  operation,
  rows,
  cols,
  result,
}: Pick<VectorTask, "operation" | "rows" | "cols" | "result">): OperandExtent {
  const { format } = result;
  return operation.kind === "reduction" ? { rows: 1, cols: rows, format } : { rows, cols, format };
}

export function extentBytes({ rows, cols, format }: OperandExtent): number {
  return matrixBytes(format, rows, cols);
}

/** Bytes of a task's operands and of its result; nothing for operands that it does not have. */
export type VectorBytes = {
  readonly matrix: number;
  readonly second: number;
  readonly third: number;
  readonly scales: number;
  /** Of all operands together. */
  readonly read: number;
  readonly written: number;
};

/** The bytes of a task, counted once when it is checked. */
export function vectorBytes(
  task: TaskSizes & Pick<VectorTask, "source" | "second" | "third" | "scales" | "result">,
): VectorBytes {
  const { rows, cols, format, source, second, third, scales } = task;
  const row = bytesFor("float32", cols);
  const bytes = {
    matrix: source === undefined ? 0 : matrixBytes(format, rows, cols),
    second: second === undefined ? 0 : extentBytes(secondExtent(task)),
    third: third === undefined ? 0 : row,
    scales: scales === undefined ? 0 : row,
  };
  const read = bytes.matrix + bytes.second + bytes.third + bytes.scales;
  return { ...bytes, read, written: extentBytes(resultExtent(task)) };
}
