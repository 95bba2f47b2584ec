import { elementBytes } from "../../config/widths.ts";
import type { Synchronization } from "../../engine/semaphores.ts";
import type { Activation } from "./functions.ts";

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
  | { readonly kind: "activation"; readonly activation: Activation; readonly slope: number }
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

/** An operation on a rows x cols matrix, row-major float32, with everything in one region located by byte offsets. */
export type VectorTask = {
  readonly region: number;
  readonly rows: number;
  readonly cols: number;
  readonly operation: VectorOperation;
  /** The matrix; undefined for the sums that the tile's array has drained. */
  readonly source: number | undefined;
  /** A bias, the other operand, or gamma. */
  readonly second: number | undefined;
  /** Beta. */
  readonly third: number | undefined;
  readonly destination: number;
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

/** Elements of the second operand, where there is one. */
export function secondElements({ operation, rows, cols }: Pick<VectorTask, "operation" | "rows" | "cols">): number {
  if (operation.kind !== "elementwise" || operation.shape === "row") return cols;
  return operation.shape === "matrix" ? rows * cols : rows;
}

export function resultElements({ operation, rows, cols }: Pick<VectorTask, "operation" | "rows" | "cols">): number {
  return operation.kind === "reduction" ? rows : rows * cols;
}

/** Bytes that a task reads and writes. */
export function vectorBytes(task: VectorTask): { readonly read: number; readonly written: number } {
  const { rows, cols, source, second, third } = task;
  const elements =
    (source === undefined ? 0 : rows * cols) +
    (second === undefined ? 0 : secondElements(task)) +
    (third === undefined ? 0 : cols);
  return { read: elements * elementBytes, written: resultElements(task) * elementBytes };
}
