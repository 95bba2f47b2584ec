import type { TraceColumns } from "./trace.ts";
import { chunkEvents, mostInColumn } from "./trace-chunk.ts";
import { causeMask, slowedByPorts, type TraceLog } from "./trace-log.ts";

/** The columns of the events from `first` to `end`, which is left out, as plain numbers. */
export function tracedColumns(log: TraceLog, first: number, end: number): TraceColumns {
  const columns = emptyColumns(end - first);
  for (let from = first; from < end; ) {
    const to = Math.min(end, from - (from % chunkEvents) + chunkEvents);
    fill(columns, log, first, from, to);
    from = to;
  }
  return columns;
}

function emptyColumns(length: number): TraceColumns {
  return {
    begin: new Float64Array(length),
    end: new Float64Array(length),
    waitedCycles: new Float64Array(length),
    bytes: new Float64Array(length),
    unit: new Uint32Array(length),
    source: new Uint32Array(length),
    destination: new Uint32Array(length),
    operation: new Uint8Array(length),
    cause: new Uint8Array(length),
    slowedByPorts: new Uint8Array(length),
    producer: new Int32Array(length),
  };
}

/** Copies the events `from` to `to`, which are in one chunk, to their places behind `first`. */
function fill(columns: TraceColumns, log: TraceLog, first: number, from: number, to: number): void {
  const chunk = log.chunkOf(from);
  const row = from % chunkEvents;
  const rows = row + to - from;
  const place = from - first;
  columns.unit.set(chunk.unit.subarray(row, rows), place);
  columns.source.set(chunk.source.subarray(row, rows), place);
  columns.destination.set(chunk.destination.subarray(row, rows), place);
  columns.operation.set(chunk.operation.subarray(row, rows), place);
  columns.waitedCycles.set(chunk.waited.subarray(row, rows), place);
  columns.bytes.set(chunk.bytes.subarray(row, rows), place);
  const { begin, end, cause, slowedByPorts: slowed, waitedCycles, bytes, producer } = columns;
  for (let index = 0; index < to - from; index++) {
    const cycle = chunk.base + (chunk.end[row + index] ?? 0);
    const code = chunk.cause[row + index] ?? 0;
    end[place + index] = cycle;
    begin[place + index] = cycle - (chunk.duration[row + index] ?? 0);
    cause[place + index] = code & causeMask;
    slowed[place + index] = (code & slowedByPorts) === 0 ? 0 : 1;
    producer[place + index] = code <= (causeMask | slowedByPorts) ? -1 : log.producerOf(from + index);
  }
  if (!log.hasLarge) return;
  for (let index = 0; index < to - from; index++) {
    const event = from + index;
    const large = (column: Uint32Array): boolean => column[row + index] === mostInColumn;
    if (large(chunk.waited)) waitedCycles[place + index] = log.figure(event, "waited");
    if (large(chunk.bytes)) bytes[place + index] = log.figure(event, "bytes");
    if (large(chunk.end)) end[place + index] = chunk.base + log.figure(event, "end");
    if (large(chunk.end) || large(chunk.duration)) {
      begin[place + index] = (end[place + index] ?? 0) - log.figure(event, "duration");
    }
  }
}
