import { nearestHint } from "../../config/nearest-name.ts";
import { KpuError } from "../../errors.ts";
import type { SynchronizationRequest } from "../../movement/semaphore.ts";
import { type NumberFormat, numberFormats } from "../../number-format/number-format.ts";
import { type Activation, activations, defaultSlope } from "./functions.ts";
import { type ResultEncoding, type ResultRequest, requirePositive, resultEncoding } from "./vector-formats.ts";
import {
  type ElementwiseOperator,
  elementwiseOperators,
  type OperandShape,
  type Reduction,
  reductions,
  type VectorOperation,
} from "./vector-task.ts";

/** An operation on a rows x cols matrix, row-major with rows at whole bytes; all places are byte offsets in one scratchpad. */
export type VectorRequest = SynchronizationRequest &
  ResultRequest & {
    readonly scratchpad: number;
    readonly rows: number;
    readonly cols: number;
    /**
     * The format of the matrix, and of the other operand of an elementwise operation; default float32. Its numbers are computed with as
     * float32, to which whole ones are rounded. Bias, scales, gamma and beta are float32.
     */
    readonly format?: NumberFormat | undefined;
    /** The matrix that is read. */
    readonly source: number;
    /** Where the result is written; may be the source. */
    readonly destination: number;
    /** Called once, at the completion cycle. */
    readonly onComplete?: (() => void) | undefined;
  };

/** A factor for all elements, or a row of factors at an offset of the scratchpad, float32, one for each column. */
export type ScaleOperand = number | { readonly row: number };

/** The function of (source x scale + bias). */
export type ActivationRequest = VectorRequest & {
  /**
   * What the source, rounded to float32, is multiplied by first: mostly the product of the scales of quantized operands. A number must be
   * positive and finite; a row is what memory holds when the operation starts. Default: none.
   */
  readonly scale?: ScaleOperand | undefined;
  /** A row of `cols` float32 that is added to each row first. */
  readonly bias?: number | undefined;
  /** Default: none. */
  readonly activation?: Activation | undefined;
  /** Slope of `leaky_relu` below 0 (default 0.01). */
  readonly slope?: number | undefined;
};

/**
 * What the vector unit does with the sums of a product before C is written in the product's `resultFormat`. A scale is needed for operands
 * of whole numbers, whose sums are int32.
 */
export type ProductEpilogue = Pick<
  ActivationRequest,
  "scale" | "bias" | "activation" | "slope" | "resultScale" | "resultZeroPoint"
>;

/** The number and the place of a scale; a number is checked and rounded to float32. Errors: KPU_ARGUMENT, KPU_TYPE. */
export function scaleOf(scale: ScaleOperand | undefined): {
  readonly factor: number | undefined;
  readonly place: number | undefined;
} {
  if (typeof scale === "object" && "row" in scale) return { factor: undefined, place: scale.row };
  return { factor: scale === undefined ? undefined : requirePositive(scale, "scale"), place: undefined };
}

/** What an epilogue makes of sums: the operation, the offset of a scale for each column, and how results are encoded. */
type CheckedEpilogue = {
  readonly operation: VectorOperation;
  readonly scales: number | undefined;
  readonly result: ResultEncoding;
};

/**
 * Checks an epilogue of products whose operands have a format, all but where its parameters lie. Errors (KPU_ARGUMENT, KPU_TYPE): an
 * unknown activation or format, sums of whole numbers without a scale, a scale that is not a positive finite float32, what `ResultRequest` forbids.
 */
export function checkedEpilogue(
  format: NumberFormat,
  resultFormat: NumberFormat | undefined,
  epilogue: ProductEpilogue,
): CheckedEpilogue {
  const { activation, slope, scale } = epilogue;
  const { factor, place } = scaleOf(scale);
  if (scale === undefined && numberFormats[format].accumulator !== "float32") {
    throw new KpuError(
      "KPU_ARGUMENT",
      `products of ${format} are summed up in int32, and the vector unit computes in float32: give a scale`,
      { format },
    );
  }
  const operation = activationOperation(activation, slope, factor);
  return { operation, scales: place, result: resultEncoding("float32", { ...epilogue, resultFormat }) };
}

/** The other operand: a matrix, a row of `cols` elements or a column of `rows` elements at an offset, or a number. */
export type ElementwiseOperand =
  | { readonly matrix: number }
  | { readonly row: number }
  | { readonly column: number }
  | { readonly scalar: number };

/** source operator operand, element by element. */
export type ElementwiseRequest = VectorRequest & {
  readonly operator: ElementwiseOperator;
  readonly operand: ElementwiseOperand;
};

/** One element for each row: the result has `rows` elements. */
export type ReductionRequest = VectorRequest & { readonly reduction: Reduction };

/** (source - mean) / sqrt(variance + epsilon) of each row, times gamma, plus beta. */
export type LayerNormRequest = VectorRequest & {
  /** Rows of `cols` elements; without them the factor is 1, the summand 0. */
  readonly gamma?: number | undefined;
  readonly beta?: number | undefined;
  /** Default 1e-5; taken as a float32. */
  readonly epsilon?: number | undefined;
};

/** source / sqrt(mean square + epsilon) of each row, times gamma. */
export type RmsNormRequest = Omit<LayerNormRequest, "beta">;

/** Operations with their numbers rounded to float32. Errors: KPU_ARGUMENT, KPU_TYPE. */
export function activationOperation(
  activation: Activation = "none",
  slope: number = defaultSlope,
  scale?: number,
): VectorOperation {
  requireOneOf(activation, activations, "activation");
  return { kind: "activation", activation, slope: requireFinite(slope, "slope"), scale };
}

export function elementwiseOperation(
  operator: ElementwiseOperator,
  shape: OperandShape,
  scalar: number,
): VectorOperation {
  requireOneOf(operator, elementwiseOperators, "operator");
  if (typeof scalar !== "number") throw new KpuError("KPU_TYPE", `scalar must be a number, got ${typeof scalar}`);
  return { kind: "elementwise", operator, shape, scalar: Math.fround(scalar) };
}

/** Shape and value of the other operand. */
export function operandOf(operand: ElementwiseOperand): { readonly shape: OperandShape; readonly value: number } {
  if ("matrix" in operand) return { shape: "matrix", value: operand.matrix };
  if ("row" in operand) return { shape: "row", value: operand.row };
  if ("column" in operand) return { shape: "column", value: operand.column };
  if ("scalar" in operand) return { shape: "scalar", value: operand.scalar };
  throw new KpuError("KPU_ARGUMENT", "operand must have one of matrix, row, column and scalar");
}

export function reductionOperation(reduction: Reduction): VectorOperation {
  requireOneOf(reduction, reductions, "reduction");
  return { kind: "reduction", reduction };
}

export function normOperation(kind: "layerNorm" | "rmsNorm", epsilon: number = 1e-5): VectorOperation {
  const rounded = requireFinite(epsilon, "epsilon");
  if (rounded < 0) throw new KpuError("KPU_ARGUMENT", `epsilon must not be negative, got ${epsilon}`);
  return { kind, epsilon: rounded };
}

function requireFinite(value: number, what: string): number {
  if (typeof value !== "number") throw new KpuError("KPU_TYPE", `${what} must be a number, got ${typeof value}`);
  const rounded = Math.fround(value);
  if (Number.isFinite(rounded)) return rounded;
  throw new KpuError("KPU_ARGUMENT", `${what} must be a number that float32 holds, got ${value}`);
}

function requireOneOf(value: string, choices: readonly string[], what: string): void {
  if (choices.includes(value)) return;
  throw new KpuError(
    "KPU_ARGUMENT",
    `unknown ${what} '${String(value)}'; there are ${choices.join(", ")}${nearestHint(String(value), choices)}`,
  );
}
