import type { TraceOrigin } from "kpu-sim";
import type { CycleRange } from "../state/run-state.ts";
import type { TraceStore } from "../state/trace-store.ts";

/** From the begin of the first work that used memories of some levels to the end of the last; undefined where none did. */
export function levelRange(trace: TraceStore, origin: TraceOrigin, levels: readonly string[]): CycleRange | undefined {
  const { begin, end, source, destination } = trace.columns;
  const isOfLevel = origin.memories.map(({ kind }) => levels.includes(kind));
  let range: CycleRange | undefined;
  for (let event = 0; event < trace.length; event++) {
    if (isOfLevel[source[event] ?? 0] !== true && isOfLevel[destination[event] ?? 0] !== true) continue;
    const [from, to] = [begin[event] ?? 0, end[event] ?? 0];
    range = { begin: Math.min(range?.begin ?? from, from), end: Math.max(range?.end ?? to, to) };
  }
  return range;
}
