import type { TraceColumns } from "./trace.ts";
import { chunkEvents, mostInColumn, type TraceChunk } from "./trace-chunk.ts";
import { causeMask, mostPlace, placeShift, slowedByPorts, type TraceLog } from "./trace-log.ts";

/** The columns of the events from `first` to `end`, which is left out, as plain numbers. */
export function tracedColumns(log: TraceLog, first: number, end: number): TraceColumns {
  const columns = emptyTraceColumns(end - first, log.hasAddresses);
  for (let from = first; from < end; ) {
    const to = Math.min(end, from - (from % chunkEvents) + chunkEvents);
    fill(columns, log, first, from, to);
    from = to;
  }
  return columns;
}

/** Names of all columns. */
const traceColumnNames = [
  "begin",
  "end",
  "waitedCycles",
  "bytes",
  "unit",
  "source",
  "destination",
  "operation",
  "cause",
  "slowedByPorts",
  "producer",
] as const satisfies readonly (keyof TraceColumns)[];

const addressNames = [
  "sourceOffset",
  "destinationOffset",
  "writtenExtent",
] as const satisfies readonly (keyof TraceColumns)[];

/** Copies the events from `first` to `end`, which is left out, to their places from `place` on in other columns. */
export function copyTraceColumns(
  from: TraceColumns,
  first: number,
  end: number,
  into: TraceColumns,
  place: number,
): void {
  for (const name of traceColumnNames) into[name].set(from[name].subarray(first, end), place);
  for (const name of addressNames) {
    const column = from[name];
    if (column !== undefined) into[name]?.set(column.subarray(first, end), place);
  }
}

/** Columns for so many events, all zero; with those of addresses or without. */
export function emptyTraceColumns(length: number, hasAddresses: boolean = false): TraceColumns {
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
    ...(hasAddresses
      ? {
          sourceOffset: new Float64Array(length),
          destinationOffset: new Float64Array(length),
          writtenExtent: new Float64Array(length),
        }
      : {}),
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
  for (const name of addressNames) columns[name]?.set(chunk[name].subarray(row, rows), place);
  const { begin, end, cause, slowedByPorts: slowed, waitedCycles, bytes, producer } = columns;
  for (let index = 0; index < to - from; index++) {
    const cycle = chunk.base + (chunk.end[row + index] ?? 0);
    const code = chunk.cause[row + index] ?? 0;
    end[place + index] = cycle;
    begin[place + index] = cycle - (chunk.duration[row + index] ?? 0);
    cause[place + index] = code & causeMask;
    slowed[place + index] = (code & slowedByPorts) === 0 ? 0 : 1;
    producer[place + index] = -1;
    if (code > (causeMask | slowedByPorts)) {
      producer[place + index] = producerNear(log, chunk, row + index, from + index, code >> placeShift);
    }
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

/**
 * The producer of an event, which has a place among those that end when the event begins: mostly close before it, so that a search of
 * growing steps back through its chunk finds it soon. The log knows the others.
 */
function producerNear(log: TraceLog, chunk: TraceChunk, row: number, index: number, place: number): number {
  const { end } = chunk;
  const target = (end[row] ?? 0) - (chunk.duration[row] ?? 0);
  // At the base of the chunk, or before, the first event that ends then may be in an earlier one.
  if (log.hasLarge || target <= 0 || place === mostPlace) return log.producerOf(index);
  let last = row;
  let step = 1;
  while (last >= step && (end[last - step] ?? 0) >= target) {
    last -= step;
    step *= 2;
  }
  let first = Math.max(0, last - step);
  while (first < last) {
    const middle = (first + last) >> 1;
    if ((end[middle] ?? 0) < target) first = middle + 1;
    else last = middle;
  }
  return index - row + first + place - 1;
}
