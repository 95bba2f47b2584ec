import { KpuError, type TraceColumns, type TraceEvent, traceCauses, traceOperations } from "@kpu-sim/machine";
import type { TraceRecording } from "./recording.ts";
import { blockEvents } from "./trace-encoder.ts";
import { matcherOf, type TraceFilter } from "./trace-filter.ts";
import { traceHandle, traceIndexOf } from "./trace-handle.ts";

/** An event of a trace with its short name. */
export type TraceSlice = TraceEvent & { readonly handle: string; readonly durationCycles: number };

/** What events can be put in order of; `handle` is the order of completion. */
export const traceOrders = ["handle", "begin", "end", "durationCycles", "waitedCycles", "bytes"] as const;
export type TraceOrder = (typeof traceOrders)[number];

export type TraceQuery = {
  readonly where?: TraceFilter | undefined;
  readonly sort?: TraceOrder | undefined;
  /** Largest first. Events that are alike stay in order of completion. */
  readonly descending?: boolean | undefined;
  /** At most so many events; default 100. */
  readonly limit?: number | undefined;
  /** So many events less at the beginning. */
  readonly offset?: number | undefined;
};

export type TraceSelection = {
  /** Events that fit the filter, also those beyond the limit. */
  readonly matches: number;
  readonly slices: readonly TraceSlice[];
};

/** The events of a trace that fit a filter, in order. Errors: KPU_ARGUMENT. */
export function queryTrace(recording: TraceRecording, query: TraceQuery = {}): TraceSelection {
  const { where = {}, sort = "handle", descending = false, limit = 100, offset = 0 } = query;
  if (!traceOrders.includes(sort)) {
    throw new KpuError("KPU_ARGUMENT", `traces are sorted by ${traceOrders.join(", ")}, not by '${String(sort)}'`);
  }
  const from = wholeFrom(offset, "offset");
  const to = from + wholeFrom(limit, "limit");
  const found: number[] = [];
  const keys: number[] = [];
  forMatches(recording, where, (columns, row, index) => {
    found.push(index);
    keys.push(keyOf(columns, row, sort, index));
  });
  const sign = descending ? -1 : 1;
  const order = Array.from(found.keys());
  if (sort !== "handle" || descending) order.sort((a, b) => sign * ((keys[a] ?? 0) - (keys[b] ?? 0)) || a - b);
  const slices = order.slice(from, to).map((place) => traceSlice(recording, found[place] ?? 0));
  return { matches: found.length, slices };
}

/** An event by its number or handle. Errors: KPU_ARGUMENT. */
export function traceSlice(recording: TraceRecording, event: number | string): TraceSlice {
  const { rows, origin } = recording;
  const index = traceIndexOf(typeof event === "string" ? event : traceHandle(event), rows.length);
  const columns = rows.columns(index, index + 1);
  const at = (column: ArrayLike<number>): number => column[0] ?? 0;
  const [begin, end, producer] = [at(columns.begin), at(columns.end), at(columns.producer)];
  return {
    handle: traceHandle(index),
    unit: origin.units[at(columns.unit)]?.name ?? "",
    operation: traceOperations[at(columns.operation)] ?? "transfer",
    source: origin.memories[at(columns.source)]?.name ?? "",
    destination: origin.memories[at(columns.destination)]?.name ?? "",
    bytes: at(columns.bytes),
    begin,
    end,
    durationCycles: end - begin,
    waitedCycles: at(columns.waitedCycles),
    cause: traceCauses[at(columns.cause)] ?? "none",
    slowedByPorts: at(columns.slowedByPorts) === 1,
    producer: producer < 0 ? undefined : producer,
  };
}

/** Calls back for each event that fits, in order of completion. */
export function forMatches(
  recording: TraceRecording,
  where: TraceFilter,
  found: (columns: TraceColumns, row: number, index: number) => void,
): void {
  const { rows } = recording;
  const matches = matcherOf(recording, where);
  const { length } = rows;
  for (let first = 0; first < length; first += blockEvents) {
    const columns = rows.columns(first, Math.min(length, first + blockEvents));
    for (let row = 0; row < columns.begin.length; row++) {
      if (matches(columns, row, first + row)) found(columns, row, first + row);
    }
  }
}

function keyOf(columns: TraceColumns, row: number, order: TraceOrder, index: number): number {
  if (order === "handle") return index;
  if (order === "durationCycles") return (columns.end[row] ?? 0) - (columns.begin[row] ?? 0);
  return columns[order][row] ?? 0;
}

function wholeFrom(value: number, what: string): number {
  if (Number.isInteger(value) && value >= 0) return value;
  throw new KpuError("KPU_ARGUMENT", `the ${what} of a trace query must be a whole number from 0, got ${value}`);
}
