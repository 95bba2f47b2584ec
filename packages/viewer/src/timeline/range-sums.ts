import { type TraceOrigin, traceCauses, traceOperations } from "kpu-sim";
import type { TraceStore } from "../state/trace-store.ts";

/** What one unit did in a range of cycles. */
export type RangeSum = {
  readonly unit: string;
  readonly operation: string;
  readonly events: number;
  readonly bytes: number;
  /** Cycles of the range in which it worked, and in which it waited for data and for space. */
  readonly busyCycles: number;
  readonly waitingForDataCycles: number;
  readonly waitingForSpaceCycles: number;
};

/** Sums over a range, by unit and operation, the busiest first. Events that reach beyond it count with their part inside; bytes and counts whole. */
export function rangeSums(trace: TraceStore, origin: TraceOrigin, begin: number, end: number): readonly RangeSum[] {
  const sums: RangeSum[] = [];
  for (let unit = 0; unit < trace.unitCount; unit++) sums.push(...unitSums(trace, origin, unit, begin, end));
  return sums.sort((one, other) => other.busyCycles - one.busyCycles);
}

function unitSums(
  trace: TraceStore,
  origin: TraceOrigin,
  unit: number,
  begin: number,
  end: number,
): Iterable<RangeSum> {
  const { columns } = trace;
  const events = trace.eventsOf(unit);
  const byOperation = new Map<number, { -readonly [Name in keyof RangeSum]: RangeSum[Name] }>();
  for (let place = trace.placeAfter(unit, begin); place < events.length; place++) {
    const event = events[place] ?? 0;
    const from = columns.begin[event] ?? 0;
    const waited = columns.waitedCycles[event] ?? 0;
    if (from - waited >= end) break;
    const operation = columns.operation[event] ?? 0;
    const sum = byOperation.get(operation) ?? {
      unit: origin.units[unit]?.name ?? "",
      operation: traceOperations[operation] ?? "",
      events: 0,
      bytes: 0,
      busyCycles: 0,
      waitingForDataCycles: 0,
      waitingForSpaceCycles: 0,
    };
    byOperation.set(operation, sum);
    if (from < end) {
      sum.events++;
      sum.bytes += columns.bytes[event] ?? 0;
    }
    sum.busyCycles += overlap(from, columns.end[event] ?? 0, begin, end);
    const wait = overlap(from - waited, from, begin, end);
    if (traceCauses[columns.cause[event] ?? 0] === "space") sum.waitingForSpaceCycles += wait;
    else sum.waitingForDataCycles += wait;
  }
  return byOperation.values();
}

function overlap(from: number, to: number, begin: number, end: number): number {
  return Math.max(Math.min(to, end) - Math.max(from, begin), 0);
}
