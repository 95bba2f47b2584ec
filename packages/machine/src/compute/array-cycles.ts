import type { Dataflow } from "../config/machine-config.ts";
import { KpuError } from "../errors.ts";

/** A systolic array of `rows` x `cols` processing elements and the operand that stays in them. */
export type SystolicShape = { readonly rows: number; readonly cols: number; readonly dataflow: Dataflow };

/** The array of a compute tile; `systolic: false` is a scalar unit with one multiply-accumulate a cycle. */
export type ArrayShape = SystolicShape & { readonly systolic: boolean };

/** How an array holds its operands. */
export const dataflows: readonly Dataflow[] = ["output_stationary", "weight_stationary", "input_stationary"];

/** Refuses what is not a dataflow (KPU_ARGUMENT); callers may be plain JavaScript. */
export function requireDataflow(dataflow: Dataflow): void {
  if (dataflows.includes(dataflow)) return;
  throw new KpuError("KPU_ARGUMENT", `dataflow must be one of ${dataflows.join(", ")}, got '${String(dataflow)}'`, {
    dataflow: String(dataflow),
  });
}

/**
 * Cycles of C (m x n) = A (m x k) B (k x n) on an R x C array, any size cut into folds that follow one another.
 * Output-stationary: ceil(m/R) ceil(n/C) (R + C + k - 2); weight-stationary: ceil(k/R) ceil(n/C) (2R + C + m - 2);
 * input-stationary: ceil(k/R) ceil(m/C) (2R + C + n - 2). These are SCALE-Sim's reported cycles plus one (it reports
 * the last index); sources and checks: docs/systolic-arrays.md. For formats of which a processing element takes several
 * elements in a cycle, k counts words of them (`operandWords`).
 */
export function arrayCycles({ rows, cols, systolic, dataflow }: ArrayShape, m: number, n: number, k: number): number {
  if (!systolic) return m * n * k;
  switch (dataflow) {
    case "output_stationary":
      return Math.ceil(m / rows) * Math.ceil(n / cols) * (rows + cols + k - 2);
    case "weight_stationary":
      return Math.ceil(k / rows) * Math.ceil(n / cols) * (2 * rows + cols + m - 2);
    case "input_stationary":
      return Math.ceil(k / rows) * Math.ceil(m / cols) * (2 * rows + cols + n - 2);
  }
}
