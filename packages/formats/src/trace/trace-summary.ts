import { KpuError, traceCauses, traceOperations } from "@kpu-sim/machine";
import type { TraceRecording } from "./recording.ts";
import type { TraceFilter } from "./trace-filter.ts";
import { forMatches } from "./trace-query.ts";

/** What events can be put together by. */
export const traceGroupings = ["lane", "operation", "cause", "source", "destination"] as const;
export type TraceGrouping = (typeof traceGroupings)[number];

/** Sums over the events of a group. */
export type TraceGroup = {
  /** Name of the unit, operation, cause or memory. */
  readonly name: string;
  readonly events: number;
  readonly bytes: number;
  /** Cycles from begin to end, and those waited for credits before. */
  readonly busyCycles: number;
  readonly waitedCycles: number;
  /** Events that shared ports made slower than alone. */
  readonly slowedByPorts: number;
  /** Cycles at which the first begins and the last ends. */
  readonly begin: number;
  readonly end: number;
};

/** Sums of the events of a trace that fit a filter, by unit, operation and so on; groups without events are left out. Errors: KPU_ARGUMENT. */
export function summarizeTrace(
  recording: TraceRecording,
  by: TraceGrouping,
  where: TraceFilter = {},
): readonly TraceGroup[] {
  const { units, memories } = recording.origin;
  const names: Readonly<Record<TraceGrouping, readonly string[]>> = {
    lane: units.map(({ name }) => name),
    operation: traceOperations,
    cause: traceCauses,
    source: memories.map(({ name }) => name),
    destination: memories.map(({ name }) => name),
  };
  if (!traceGroupings.includes(by)) {
    throw new KpuError("KPU_ARGUMENT", `traces are summed up by ${traceGroupings.join(", ")}, not by '${String(by)}'`);
  }
  const column = by === "lane" ? "unit" : by;
  const groups = new Map<number, { -readonly [Key in keyof TraceGroup]: TraceGroup[Key] }>();
  forMatches(recording, where, (columns, row) => {
    const key = columns[column][row] ?? 0;
    const [begin, end] = [columns.begin[row] ?? 0, columns.end[row] ?? 0];
    let group = groups.get(key);
    if (group === undefined) {
      group = {
        name: names[by][key] ?? "",
        events: 0,
        bytes: 0,
        busyCycles: 0,
        waitedCycles: 0,
        slowedByPorts: 0,
        begin,
        end,
      };
      groups.set(key, group);
    }
    group.events++;
    group.bytes += columns.bytes[row] ?? 0;
    group.busyCycles += end - begin;
    group.waitedCycles += columns.waitedCycles[row] ?? 0;
    group.slowedByPorts += columns.slowedByPorts[row] ?? 0;
    group.begin = Math.min(group.begin, begin);
    group.end = Math.max(group.end, end);
  });
  return [...groups].toSorted(([a], [b]) => a - b).map(([, group]) => group);
}
