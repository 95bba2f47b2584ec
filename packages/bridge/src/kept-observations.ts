import {
  type Checkpoint,
  KpuError,
  type Machine,
  type TraceColumns,
  traceCauses,
  traceOperations,
} from "@kpu-sim/machine";
import { TraceFiles } from "./trace-files.ts";

/** The columns of a trace; their places in this list are their numbers on the wire. */
const columnNames = [
  "unit",
  "source",
  "destination",
  "begin",
  "end",
  "waitedCycles",
  "bytes",
  "operation",
  "cause",
  "slowedByPorts",
  "producer",
] as const satisfies readonly (keyof TraceColumns)[];

/**
 * What the other side holds of a simulator's run: checkpoints, and copies of the trace while it reads them. The numbers are the
 * other side's, so that it can let go also of what it has never heard the answer to.
 */
export class KeptObservations {
  readonly #machine: Machine;
  readonly #checkpoints = new Map<number, Checkpoint>();
  readonly #traces = new Map<number, TraceColumns>();
  readonly files: TraceFiles = new TraceFiles();

  constructor(machine: Machine) {
    this.#machine = machine;
  }

  /** How much is kept, all kinds together. */
  get count(): number {
    return this.#checkpoints.size + this.#traces.size + this.files.count;
  }

  takeCheckpoint(number: number): void {
    this.#checkpoints.set(number, this.#machine.checkpoint());
  }

  restore(number: number): void {
    const checkpoint = this.#checkpoints.get(number);
    if (checkpoint === undefined) throw new KpuError("KPU_ARGUMENT", `there is no checkpoint ${number}`);
    this.#machine.restore(checkpoint);
  }

  /** Forgetting what is not there does nothing. */
  dropCheckpoint(number: number): void {
    this.#checkpoints.delete(number);
  }

  /** Copies the columns of the trace, for `traceBytes`; the answer has what is not in them. */
  openTrace(number: number): unknown {
    const { trace } = this.#machine;
    this.#traces.set(number, trace.columns());
    const { length, dropped, mostEvents, unitNames, regionNames } = trace;
    return { length, dropped, mostEvents, unitNames, regionNames, operations: traceOperations, causes: traceCauses };
  }

  /** So many entries of a column, little-endian: cycles and bytes in 64 bits, numbers in 32 (those of producers with a sign), codes in 8. */
  traceBytes(number: number, column: number, first: number, count: number): Uint8Array {
    const name = columnNames[column];
    const whole = name === undefined ? undefined : this.#traces.get(number)?.[name];
    if (whole === undefined) throw new KpuError("KPU_ARGUMENT", `there is no column ${column} of a trace ${number}`);
    if (!(first >= 0 && count >= 0 && first + count <= whole.length)) {
      throw new KpuError("KPU_ARGUMENT", `entries ${first} to ${first + count} of a trace that has ${whole.length}`);
    }
    const part = whole.subarray(first, first + count);
    return part instanceof Float64Array
      ? wideWholes(part)
      : new Uint8Array(part.buffer, part.byteOffset, part.byteLength);
  }

  /** Lets go of an opened trace or file. */
  closeTrace(number: number): void {
    this.#traces.delete(number);
    this.files.close(number);
  }
}

/** Whole numbers below 2^53 as 64-bit integers. */
function wideWholes(values: Float64Array): Uint8Array {
  const words = new Uint32Array(2 * values.length);
  for (const [index, value] of values.entries()) {
    words[2 * index] = value; // modulo 2^32
    words[2 * index + 1] = Math.floor(value / 2 ** 32);
  }
  return new Uint8Array(words.buffer);
}
