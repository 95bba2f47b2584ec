import type { TraceStore } from "../state/trace-store.ts";

/** Work that wrote into a memory, seen as one: all that completed up to a cycle and after the one of the column before. */
export type WriteColumn = {
  /** From here to there it is drawn: the time of the work if it is one piece, else the time of the column. */
  readonly begin: number;
  readonly end: number;
  /** The unit that wrote; undefined where it was several. */
  readonly unit: number | undefined;
  /** Numbers of the events in the trace. */
  readonly members: readonly number[];
};

/** What was written into a memory in a range of cycles. */
export type Writes = {
  readonly columns: readonly WriteColumn[];
  /** Cycles at which the memory has to be looked at: one more than columns. */
  readonly cycles: Float64Array;
  readonly events: number;
};

/**
 * The work of the trace that completed after `begin` and up to `end` and wrote into a region. Each cycle of completions has a column of its own
 * as long as these are at most `most`; of more, as many as needed share one.
 */
export function writesInto(
  trace: TraceStore,
  region: number,
  range: { readonly begin: number; readonly end: number },
  most: number,
): Writes {
  const { columns, length } = trace;
  const found: number[] = [];
  for (let event = firstEndAfter(columns.end, length, range.begin); event < length; event++) {
    if ((columns.end[event] ?? 0) > range.end) break;
    if (columns.destination[event] === region && columns.writtenExtent?.[event] !== 0) found.push(event);
  }
  const cycles = [range.begin];
  const written: WriteColumn[] = [];
  for (const group of groupsOf(found, columns.end, most)) {
    const [first] = group;
    const last = group.at(-1);
    if (first === undefined || last === undefined) continue;
    const end = columns.end[last] ?? 0;
    const unit = columns.unit[first];
    written.push({
      begin: group.length === 1 ? (columns.begin[first] ?? 0) : (cycles.at(-1) ?? 0),
      end,
      unit: group.every((event) => columns.unit[event] === unit) ? unit : undefined,
      members: group,
    });
    cycles.push(end);
  }
  return { columns: written, cycles: Float64Array.from(cycles), events: found.length };
}

/** Events of one cycle stay together; groups have about the same number of cycles. */
function groupsOf(events: readonly number[], end: Float64Array, most: number): readonly (readonly number[])[] {
  const byCycle: number[][] = [];
  for (const event of events) {
    const last = byCycle.at(-1);
    if (last !== undefined && end[last[0] ?? 0] === end[event]) last.push(event);
    else byCycle.push([event]);
  }
  const perGroup = Math.ceil(byCycle.length / most);
  if (perGroup <= 1) return byCycle;
  return Array.from({ length: Math.ceil(byCycle.length / perGroup) }, (_, group) =>
    byCycle.slice(group * perGroup, (group + 1) * perGroup).flat(),
  );
}

/** Events are in order of completion. */
function firstEndAfter(end: Float64Array, length: number, cycle: number): number {
  let low = 0;
  let high = length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((end[middle] ?? 0) > cycle) high = middle;
    else low = middle + 1;
  }
  return low;
}
