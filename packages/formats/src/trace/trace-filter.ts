import { KpuError, nearestHint, type TraceColumns, type TraceOperation, traceOperations } from "@kpu-sim/machine";
import type { TraceRecording } from "./recording.ts";
import { traceIndexOf } from "./trace-handle.ts";

/** Why work began late or took long; `none` for work that neither waited nor was slowed. */
export const traceReasons = ["none", "data", "space", "ports"] as const;
export type TraceReason = (typeof traceReasons)[number];

/** What events must be like; of a list, one must fit. What is left out fits all. */
export type TraceFilter = {
  /** Handles, such as `t-17`. */
  readonly handles?: readonly string[] | undefined;
  /** Names of units, such as `dma 0`, or of all units of a kind: `dma`, `block mover`, `streamer`, `tile`, `vector`. */
  readonly lanes?: readonly string[] | undefined;
  /** Names of memories, such as `L2 bank 3`, or of all of a kind, such as `L2 bank`, that it reads or writes. */
  readonly memories?: readonly string[] | undefined;
  readonly operations?: readonly TraceOperation[] | undefined;
  readonly causes?: readonly TraceReason[] | undefined;
  /** Cycles: work under way at some time from `from` on and before `to`. */
  readonly from?: number | undefined;
  readonly to?: number | undefined;
  readonly leastBytes?: number | undefined;
  readonly mostBytes?: number | undefined;
  readonly leastCycles?: number | undefined;
  readonly leastWaitedCycles?: number | undefined;
};

type Matcher = (columns: TraceColumns, row: number, index: number) => boolean;

/** A function that says whether an event fits. Errors: KPU_ARGUMENT for names that the trace does not have. */
export function matcherOf({ rows, origin }: TraceRecording, filter: TraceFilter): Matcher {
  const { handles, lanes, memories, operations, causes } = filter;
  const tests: Matcher[] = [];
  if (handles !== undefined) {
    const wanted = new Set(handles.map((handle) => traceIndexOf(handle, rows.length)));
    tests.push((_, __, index) => wanted.has(index));
  }
  if (lanes !== undefined) {
    const isWanted = flagsOf(lanes, origin.units, "unit");
    tests.push(({ unit }, row) => isWanted[unit[row] ?? 0] === 1);
  }
  if (memories !== undefined) {
    const isWanted = flagsOf(memories, origin.memories, "memory");
    tests.push(
      ({ source, destination }, row) => isWanted[source[row] ?? 0] === 1 || isWanted[destination[row] ?? 0] === 1,
    );
  }
  if (operations !== undefined) {
    const wanted = new Set(operations.map((name) => placeOf(name, traceOperations, "operation")));
    tests.push(({ operation }, row) => wanted.has(operation[row] ?? 0));
  }
  if (causes !== undefined) tests.push(causeTest(causes));
  tests.push(...rangeTests(filter));
  return (columns, row, index) => {
    for (const test of tests) if (!test(columns, row, index)) return false;
    return true;
  };
}

function causeTest(causes: readonly TraceReason[]): Matcher {
  const wanted = new Set(causes.map((name) => placeOf(name, traceReasons, "cause")));
  const ports = traceReasons.indexOf("ports");
  return ({ cause, slowedByPorts }, row) => {
    const isSlowed = slowedByPorts[row] === 1;
    const code = cause[row] ?? 0;
    return code === 0 ? wanted.has(isSlowed ? ports : 0) : wanted.has(code) || (isSlowed && wanted.has(ports));
  };
}

function rangeTests({ from, to, leastBytes, mostBytes, leastCycles, leastWaitedCycles }: TraceFilter): Matcher[] {
  for (const [what, value] of Object.entries({ from, to, leastBytes, mostBytes, leastCycles, leastWaitedCycles })) {
    if (value === undefined || value >= 0) continue;
    throw new KpuError("KPU_ARGUMENT", `${what} of a trace filter must be a number from 0, got ${value}`);
  }
  const tests: Matcher[] = [];
  // Work without duration is under way in the cycle in which it begins.
  if (from !== undefined) {
    tests.push(({ begin, end }, row) => Math.max(end[row] ?? 0, (begin[row] ?? 0) + 1) > from);
  }
  if (to !== undefined) tests.push(({ begin }, row) => (begin[row] ?? 0) < to);
  if (leastBytes !== undefined) tests.push(({ bytes }, row) => (bytes[row] ?? 0) >= leastBytes);
  if (mostBytes !== undefined) tests.push(({ bytes }, row) => (bytes[row] ?? 0) <= mostBytes);
  if (leastCycles !== undefined) {
    tests.push(({ begin, end }, row) => (end[row] ?? 0) - (begin[row] ?? 0) >= leastCycles);
  }
  if (leastWaitedCycles !== undefined)
    tests.push(({ waitedCycles }, row) => (waitedCycles[row] ?? 0) >= leastWaitedCycles);
  return tests;
}

/** By number: 1 for what a name names. A name without its number names all of the kind. */
function flagsOf(wanted: readonly string[], all: readonly { readonly name: string }[], what: string): Uint8Array {
  const flags = new Uint8Array(all.length);
  for (const name of wanted) {
    let isFound = false;
    for (const [index, each] of all.entries()) {
      if (each.name !== name && kindName(each.name) !== name) continue;
      flags[index] = 1;
      isFound = true;
    }
    if (isFound) continue;
    const names = all.flatMap((each) => [each.name, kindName(each.name)]);
    throw unknownName(name, names, what);
  }
  return flags;
}

/** `dma` of `dma 0`; `external bank` of `external bank 1 of KPU 2`. */
function kindName(name: string): string {
  return name.replace(/^KPU \d+ /, "").replace(/ \d+( of KPU \d+)?$/, "");
}

function placeOf(name: string, names: readonly string[], what: string): number {
  const place = names.indexOf(name);
  if (place < 0) throw unknownName(name, names, what);
  return place;
}

function unknownName(name: string, names: readonly string[], what: string): KpuError {
  return new KpuError("KPU_ARGUMENT", `the trace has no ${what} '${name}'${nearestHint(String(name), names)}`, {
    name,
  });
}
