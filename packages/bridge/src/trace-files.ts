import {
  recordingOf,
  type TraceFormat,
  traceFile,
  traceFormatNamed,
  traceFormatOf,
  traceFormats,
} from "@kpu-sim/formats";
import { KpuError, type Machine } from "@kpu-sim/machine";
import type { JsonObject } from "./json-object.ts";

/** Bytes that travel at once. */
const mostAtOnce = 4 * 2 ** 20;

/** Files of traces that the other side is reading piece by piece, by numbers of its choice. */
export class TraceFiles {
  readonly #files = new Map<number, Iterator<Uint8Array, void>>();

  get count(): number {
    return this.#files.size;
  }

  /** Begins a file of what the trace has now: `{"format": "chrome"}`, or `{"path": "run.json"}`, whose end says which. */
  open(number: number, machine: Machine, { format, path }: JsonObject): void {
    this.#files.set(number, cut(traceFile(recordingOf(machine), formatOf(format, path))));
  }

  /** The next piece; empty behind the last one. */
  next(number: number): Uint8Array {
    const file = this.#files.get(number);
    if (file === undefined) throw new KpuError("KPU_ARGUMENT", `there is no trace file ${number}`);
    const { value } = file.next();
    return value ?? new Uint8Array(0);
  }

  /** Closing what is not open does nothing. */
  close(number: number): void {
    this.#files.delete(number);
  }
}

function formatOf(format: unknown, path: unknown): TraceFormat {
  if (typeof format === "string") return traceFormatNamed(format);
  if (typeof path === "string") return traceFormatOf(path);
  throw new KpuError("KPU_TYPE", `the format of a trace file is one of ${traceFormats.join(", ")}`);
}

/** The pieces, none of them empty or longer than what travels at once. */
function* cut(pieces: Iterable<Uint8Array>): Generator<Uint8Array, void> {
  for (const piece of pieces) {
    for (let at = 0; at < piece.length; at += mostAtOnce) yield piece.subarray(at, at + mostAtOnce);
  }
}
