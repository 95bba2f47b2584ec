import { type Dataflow, KpuError } from "@kpu-sim/machine";

/** On the wire: place in this list plus 1. */
const dataflows = ["output_stationary", "weight_stationary", "input_stationary"] as const;

/** A dataflow by its number on the wire. */
export function dataflowOf(code: number): Dataflow {
  const dataflow = dataflows[code - 1];
  if (dataflow === undefined) throw new KpuError("KPU_ARGUMENT", `unknown dataflow: ${code}`);
  return dataflow;
}

/** A dataflow by name; none for the configured one. */
export function optionalDataflow(value: unknown): Dataflow | undefined {
  if (value === undefined || value === null) return undefined;
  const found = dataflows.find((name) => name === value);
  if (found !== undefined) return found;
  throw new KpuError("KPU_ARGUMENT", `dataflow must be one of ${dataflows.join(", ")}, got '${String(value)}'`);
}
