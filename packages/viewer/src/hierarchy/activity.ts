import {
  type MemoryKind,
  type TraceCause,
  type TraceOperation,
  type TraceOrigin,
  traceCauses,
  traceOperations,
} from "kpu-sim";
import type { TraceStore } from "../state/trace-store.ts";
import type { Diagram, Place } from "./places.ts";

/** What a unit that has something to do is doing at a cycle. */
export type Activity = {
  readonly unit: number;
  readonly isWaiting: boolean;
  /** Of work that waits: what for. */
  readonly cause: TraceCause;
  readonly operation: TraceOperation;
  readonly source: number;
  readonly destination: number;
  readonly bytes: number;
  readonly begin: number;
  readonly end: number;
  /** Cycle at which the wait began; `begin` if there was none. */
  readonly waitsFrom: number;
  readonly isSlowedByPorts: boolean;
};

/** Bytes on their way from a box through a unit's box to another one, in a cycle. */
export type Flow = {
  readonly from: Place;
  readonly through: Place;
  readonly to: Place;
  readonly bytesPerCycle: number;
};

/** The machine at a cycle. */
export type Moment = {
  /** Of the units that work or wait, in order of unit number. */
  readonly activities: readonly Activity[];
  readonly flows: readonly Flow[];
  /** Bytes that each memory's port moves in a cycle, by region number. */
  readonly portBytesPerCycle: Float64Array;
  /** Shares of a box's members that are busy, or wait for data or for space. */
  readonly sharesOf: (place: Place) => Shares;
};

type Shares = { readonly busy: number; readonly data: number; readonly space: number };

/**
 * What happens at a cycle, out of the trace. Rates are averages over each piece of work, its latency included: the trace knows how many bytes it
 * moved and how long it took. Work that has not completed is not in the trace.
 */
export function momentOf(trace: TraceStore, origin: TraceOrigin, diagram: Diagram, cycle: number): Moment {
  const activities = activitiesAt(trace, cycle);
  const portBytesPerCycle = new Float64Array(origin.memories.length);
  const flows = new Map<string, Flow>();
  const counts = new Map<Place, { busy: number; data: number; space: number }>();
  for (const activity of activities) {
    const { unit, source, destination } = activity;
    const through = diagram.placeOfUnit[unit];
    if (through === undefined) continue;
    const count = counts.get(through) ?? { busy: 0, data: 0, space: 0 };
    counts.set(through, count);
    if (activity.isWaiting) {
      count[activity.cause === "space" ? "space" : "data"]++;
      continue;
    }
    count.busy++;
    const rate = activity.bytes / Math.max(activity.end - activity.begin, 1);
    const [from, to] = [diagram.placeOfMemory[source], diagram.placeOfMemory[destination]];
    if (from === undefined || to === undefined) continue;
    // Arrays and vector units have ports of their own.
    if (through.kind !== "tile" && through.kind !== "vector") {
      for (const region of [source, destination]) portBytesPerCycle[region] = (portBytesPerCycle[region] ?? 0) + rate;
    }
    const key = `${from.kind} ${from.short} ${through.kind} ${through.short} ${to.kind} ${to.short}`;
    const before = flows.get(key)?.bytesPerCycle ?? 0;
    flows.set(key, { from, through, to, bytesPerCycle: before + rate });
  }
  const sharesOf = (place: Place): Shares => {
    const { busy, data, space } = counts.get(place) ?? { busy: 0, data: 0, space: 0 };
    const all = place.members.length;
    return { busy: busy / all, data: data / all, space: space / all };
  };
  return { activities, flows: [...flows.values()], portBytesPerCycle, sharesOf };
}

function activitiesAt(trace: TraceStore, cycle: number): readonly Activity[] {
  const { columns } = trace;
  const activities: Activity[] = [];
  for (let unit = 0; unit < trace.unitCount; unit++) {
    const found = trace.eventAt(unit, cycle);
    if (found === undefined) continue;
    const { event, isWaiting } = found;
    const begin = columns.begin[event] ?? 0;
    activities.push({
      unit,
      isWaiting,
      cause: traceCauses[columns.cause[event] ?? 0] ?? "none",
      operation: traceOperations[columns.operation[event] ?? 0] ?? "transfer",
      source: columns.source[event] ?? 0,
      destination: columns.destination[event] ?? 0,
      bytes: columns.bytes[event] ?? 0,
      begin,
      end: columns.end[event] ?? 0,
      waitsFrom: begin - (columns.waitedCycles[event] ?? 0),
      isSlowedByPorts: (columns.slowedByPorts[event] ?? 0) > 0,
    });
  }
  return activities;
}

/** A piece of work in words: `L3 tile 1 to L2 bank 4, 4096 B`. */
export function workText({ memories }: TraceOrigin, { operation, source, destination, bytes }: Activity): string {
  const [from, to] = [memories[source]?.name ?? "", memories[destination]?.name ?? ""];
  const way = operation.endsWith("transfer") || from !== to ? `${from} to ${to}` : `in ${from}`;
  const name = operation === "transfer" ? "" : `${operation.replaceAll("-", " ")}, `;
  return `${name}${way}, ${bytes} B`;
}

/** Bytes a cycle through the ports of all memories of a kind, and what they could move. */
export function levelLoad(
  { memories }: TraceOrigin,
  { portBytesPerCycle }: Moment,
  kind: MemoryKind,
): { readonly now: number; readonly most: number } {
  let now = 0;
  let most = 0;
  for (const [region, memory] of memories.entries()) {
    if (memory.kind !== kind) continue;
    now += portBytesPerCycle[region] ?? 0;
    most += memory.bytesPerCycle;
  }
  return { now, most };
}

/** Width of a flow of one byte a cycle, the thinnest and the widest, in units of the diagram. */
const widths = { unit: 0.8, least: 2, most: 16 };

/** Width of the line of a flow: the root of its bytes per cycle, so that 10 and 1000 can be seen side by side. */
export function flowWidth(bytesPerCycle: number): number {
  return Math.min(Math.max(widths.unit * Math.sqrt(bytesPerCycle), widths.least), widths.most);
}
