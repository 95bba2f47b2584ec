import { type Dataflow, KpuError } from "@kpu-sim/machine";

/** On the wire: 0 for the configured one, else place in this list plus 1. */
export const dataflows = ["output_stationary", "weight_stationary", "input_stationary"] as const;

/** A dataflow by name; none for the configured one. */
export function optionalDataflow(value: unknown): Dataflow | undefined {
  if (value === undefined || value === null) return undefined;
  const found = dataflows.find((name) => name === value);
  if (found !== undefined) return found;
  throw new KpuError("KPU_ARGUMENT", `dataflow must be one of ${dataflows.join(", ")}, got '${String(value)}'`);
}
