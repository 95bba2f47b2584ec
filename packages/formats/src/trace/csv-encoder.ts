import { traceCauses, traceOperations } from "@kpu-sim/machine";
import type { ByteOutput } from "./byte-output.ts";
import { mostDigits, writeBytes, writeDecimal } from "./decimal-text.ts";
import type { TraceRecording } from "./recording.ts";
import type { TraceEncoder } from "./trace-encoder.ts";
import { utf8Bytes } from "./utf8.ts";

const header = "unit,source,destination,begin,end,waited_cycles,bytes,operation,cause,slowed_by_ports\n";
const [comma, zero, newline] = [44, 48, 10];

/** Comma-separated values: a header, then a line per event in order of completion. Times are cycles. */
export function csvEncoder({ origin }: TraceRecording, out: ByteOutput): TraceEncoder {
  const units = origin.units.map(({ name }) => field(name));
  const memories = origin.memories.map(({ name }) => field(name));
  const operations = traceOperations.map(field);
  const causes = traceCauses.map(field);
  const longest = (all: readonly Uint8Array[]): number => all.reduce((most, { length }) => Math.max(most, length), 0);
  const mostLine =
    longest(units) + 2 * longest(memories) + longest(operations) + longest(causes) + 4 * (mostDigits + 1) + 2;
  const none = field("");
  return {
    begin: () => out.text(header),
    block: ({ begin, end, waitedCycles, bytes, unit, source, destination, operation, cause, slowedByPorts }) => {
      for (let row = 0; row < begin.length; row++) {
        out.reserve(mostLine);
        const target = out.bytes;
        let at = writeBytes(target, out.at, units[unit[row] ?? 0] ?? none);
        at = writeBytes(target, at, memories[source[row] ?? 0] ?? none);
        at = writeBytes(target, at, memories[destination[row] ?? 0] ?? none);
        at = writeDecimal(target, at, begin[row] ?? 0);
        target[at++] = comma;
        at = writeDecimal(target, at, end[row] ?? 0);
        target[at++] = comma;
        at = writeDecimal(target, at, waitedCycles[row] ?? 0);
        target[at++] = comma;
        at = writeDecimal(target, at, bytes[row] ?? 0);
        target[at++] = comma;
        at = writeBytes(target, at, operations[operation[row] ?? 0] ?? none);
        at = writeBytes(target, at, causes[cause[row] ?? 0] ?? none);
        target[at++] = zero + (slowedByPorts[row] ?? 0);
        target[at++] = newline;
        out.at = at;
      }
    },
    end: () => undefined,
  };
}

/** A text as a field, with the comma behind it. */
function field(text: string): Uint8Array {
  return utf8Bytes(`${/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text},`);
}
