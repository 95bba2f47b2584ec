import { referenceFunction } from "../vector/nearest-float32.ts";
import { matrixBytes, type ReferenceFormat } from "./number-formats.ts";

/** Vector operations by plain loops over rows of float32 numbers, each step rounded (rules V1 to V9 of docs/timing-model.md). */

export type VectorOrder =
  | {
      readonly kind: "activation";
      readonly activation: ReferenceActivation;
      readonly slope?: number | undefined;
      /** What the matrix is multiplied by first, unless there is one for each column. */
      readonly scale?: number | undefined;
    }
  | {
      readonly kind: "elementwise";
      readonly operator: "add" | "subtract" | "multiply" | "maximum";
      readonly shape: "matrix" | "row" | "column" | "scalar";
      readonly scalar: number;
    }
  | { readonly kind: "reduction"; readonly reduction: "max" | "sum" | "mean" }
  | { readonly kind: "softmax" }
  | { readonly kind: "layerNorm" | "rmsNorm"; readonly epsilon?: number | undefined };

export type ReferenceActivation = "none" | "relu" | "gelu" | "sigmoid" | "tanh" | "silu" | "softplus" | "leaky_relu";

type Row = readonly number[];

const round = Math.fround;
const passes = { activation: 1, elementwise: 1, reduction: 1, softmax: 3, layerNorm: 3, rmsNorm: 2 } as const;

/** Rule V3. */
export function vectorCycles(
  { kind }: VectorOrder,
  rows: number,
  cols: number,
  unit: { readonly width: number; readonly pipelineDepth: number },
): number {
  let cycles = 0;
  for (let pass = 0; pass < passes[kind]; pass += 1) {
    for (let row = 0; row < rows; row += 1) {
      for (let taken = 0; taken < cols; taken += unit.width) cycles += 1;
    }
    cycles += unit.pipelineDepth;
  }
  return cycles;
}

export function secondCount(order: VectorOrder, rows: number, cols: number): number {
  if (order.kind !== "elementwise") return cols;
  return { matrix: rows * cols, row: cols, column: rows, scalar: 0 }[order.shape];
}

/** The other operand has the format of the matrix; bias and gamma are float32. */
export function secondBytes(order: VectorOrder, format: ReferenceFormat, rows: number, cols: number): number {
  const count = secondCount(order, rows, cols);
  if (order.kind !== "elementwise") return 4 * count;
  return order.shape === "matrix" ? matrixBytes(format, rows, cols) : matrixBytes(format, 1, count);
}

export function resultBytes({ kind }: VectorOrder, format: ReferenceFormat, rows: number, cols: number): number {
  return kind === "reduction" ? matrixBytes(format, 1, rows) : matrixBytes(format, rows, cols);
}

/** The result, row by row; the elements of a reduction are one row. */
export function vectorResult(
  order: VectorOrder,
  matrix: readonly Row[],
  second: Row | undefined,
  third: Row | undefined,
  scales: Row | undefined,
): readonly Row[] {
  const results = matrix.map((row, index) => rowResult(order, scaled(order, row, scales), index, second, third));
  return order.kind === "reduction" ? [results.flat()] : results;
}

/** All that is computed with is float32. */
function scaled(order: VectorOrder, row: Row, scales: Row | undefined): Row {
  const common = order.kind === "activation" ? order.scale : undefined;
  return row.map((x, col) => {
    const factor = scales?.[col] ?? (common === undefined ? undefined : round(common));
    return factor === undefined ? round(x) : round(round(x) * factor);
  });
}

function rowResult(order: VectorOrder, row: Row, index: number, second: Row | undefined, third: Row | undefined): Row {
  switch (order.kind) {
    case "activation":
      return row.map((x, col) => {
        const sum = second === undefined ? x : round(x + (second[col] ?? Number.NaN));
        return activate(order.activation, sum, round(order.slope ?? 0.01));
      });
    case "elementwise":
      return row.map((x, col) => {
        const places = { matrix: index * row.length + col, row: col, column: index, scalar: -1 };
        return combine(order.operator, x, second?.[places[order.shape]] ?? round(order.scalar));
      });
    case "reduction":
      return [reduce(order.reduction, row)];
    case "softmax": {
      const largest = reduce("max", row);
      const exponentials = row.map((x) => referenceFunction("exp", round(x - largest)));
      const sum = reduce("sum", exponentials);
      return exponentials.map((x) => round(x / sum));
    }
    case "layerNorm": {
      const mean = reduce("mean", row);
      return normalize(
        row.map((x) => round(x - mean)),
        order.epsilon,
        second,
        third,
      );
    }
    case "rmsNorm":
      return normalize(row, order.epsilon, second, undefined);
  }
}

function normalize(row: Row, epsilon = 1e-5, gamma: Row | undefined, beta: Row | undefined): Row {
  const variance = reduce(
    "mean",
    row.map((x) => round(x * x)),
  );
  const scale = round(1 / Math.sqrt(round(variance + round(epsilon))));
  return row.map((x, col) => {
    const scaled = round(x * scale);
    const times = gamma === undefined ? scaled : round(scaled * (gamma[col] ?? Number.NaN));
    return beta === undefined ? times : round(times + (beta[col] ?? Number.NaN));
  });
}

function reduce(reduction: "max" | "sum" | "mean", row: Row): number {
  if (reduction === "max") return row.reduce((largest, x) => combine("maximum", largest, x));
  const sum = row.reduce((before, x) => round(before + x), 0);
  return reduction === "sum" ? sum : round(sum / row.length);
}

function combine(operator: "add" | "subtract" | "multiply" | "maximum", a: number, b: number): number {
  switch (operator) {
    case "add":
      return round(a + b);
    case "subtract":
      return round(a - b);
    case "multiply":
      return round(a * b);
    case "maximum":
      if (Number.isNaN(a) || Number.isNaN(b)) return Number.NaN;
      if (a === 0 && b === 0) return Object.is(a, 0) ? a : b;
      return a > b ? a : b;
  }
}

function activate(activation: ReferenceActivation, x: number, slope: number): number {
  switch (activation) {
    case "none":
      return x;
    case "relu":
      return x > 0 || Number.isNaN(x) ? x : 0;
    case "leaky_relu":
      return x < 0 ? round(x * slope) : x;
    default:
      return referenceFunction(activation, x);
  }
}
