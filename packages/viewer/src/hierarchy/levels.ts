import type { TraceOrigin } from "kpu-sim";
import type { TraceStore } from "../state/trace-store.ts";

/** Kinds from the host to the arrays: memories, and the units between a memory and the next. */
export const memoryLevels = ["host", "external", "l3", "l2", "scratchpad"] as const;
export const unitKindsByLevel = {
  dma: ["host", "external", "l3"],
  blockMover: ["l3", "l2"],
  streamer: ["l2", "scratchpad"],
  tile: ["scratchpad"],
  vector: ["scratchpad"],
} as const;

/** What a unit is doing at a cycle. */
export type Activity = {
  readonly unit: number;
  readonly state: "busy" | "waiting" | "idle";
  /** The event that runs or waits; undefined when idle. */
  readonly event: number | undefined;
};

export function activityOf(trace: TraceStore, unit: number, cycle: number): Activity {
  const found = trace.eventAt(unit, cycle);
  if (found === undefined) return { unit, state: "idle", event: undefined };
  return { unit, state: found.isWaiting ? "waiting" : "busy", event: found.event };
}

/** Bytes that each memory's port moves in a cycle, on average over the work that is under way, by region number. */
export function flowOf(trace: TraceStore, origin: TraceOrigin, cycle: number): Float64Array {
  const flow = new Float64Array(origin.memories.length);
  const { begin, end, bytes, source, destination } = trace.columns;
  for (const [unit, { kind }] of origin.units.entries()) {
    if (kind === "tile" || kind === "vector") continue; // they use no ports
    const found = trace.eventAt(unit, cycle);
    if (found === undefined || found.isWaiting) continue;
    const { event } = found;
    const rate = (bytes[event] ?? 0) / Math.max((end[event] ?? 0) - (begin[event] ?? 0), 1);
    for (const region of [source[event] ?? 0, destination[event] ?? 0]) flow[region] = (flow[region] ?? 0) + rate;
  }
  return flow;
}
