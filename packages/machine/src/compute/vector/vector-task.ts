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

/** What a task reads, each by its offset and bytes, in the order in which hazards are looked for. */
export function vectorReads(task: VectorTask): readonly { readonly offset: number; readonly bytes: number }[] {
  const { rows, cols, format, source, second, third, scales } = task;
  const reads: { offset: number; bytes: number }[] = [];
  if (source !== undefined) reads.push({ offset: source, bytes: matrixBytes(format, rows, cols) });
  if (second !== undefined) reads.push({ offset: second, bytes: extentBytes(secondExtent(task)) });
  if (third !== undefined) reads.push({ offset: third, bytes: bytesFor("float32", cols) });
  if (scales !== undefined) reads.push({ offset: scales, bytes: bytesFor("float32", cols) });
  return reads;
}

/** Bytes that a task reads and writes. */
export function vectorBytes(task: VectorTask): { readonly read: number; readonly written: number } {
  const read = vectorReads(task).reduce((sum, { bytes }) => sum + bytes, 0);
  return { read, written: extentBytes(resultExtent(task)) };
}
