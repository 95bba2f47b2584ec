import type { TraceStore } from "../state/trace-store.ts";

/** A product of a tile, and how far it has come at the cursor. */
export type ProductAt = {
  readonly event: number;
  /** Its place among the products of its tile, from 0, and how many there are. */
  readonly place: number;
  readonly count: number;
  readonly begin: number;
  readonly end: number;
  /** Cycles of it that have passed at the cursor: 0 to all. */
  readonly cycle: number;
};

/**
 * The product of a unit that is to be shown at a cycle: the one that is held, for as long as the cycle is between its begin and its end;
 * else the one that runs; else the one that ended last, or before the first the first. Undefined for a unit without products.
 */
export function productAt(
  trace: TraceStore,
  unit: number,
  cycle: number,
  held: number | undefined,
): ProductAt | undefined {
  const events = trace.eventsOf(unit);
  if (events.length === 0) return undefined;
  const { begin, end } = trace.columns;
  const after = trace.placeAfter(unit, cycle);
  const running = (begin[events[after] ?? -1] ?? Number.POSITIVE_INFINITY) <= cycle;
  const byCursor = running ? after : Math.max(after - 1, 0);
  const heldPlace = held === undefined ? -1 : placeOf(trace, unit, held);
  const isHeld = held !== undefined && heldPlace >= 0 && (begin[held] ?? 0) <= cycle && cycle <= (end[held] ?? 0);
  const place = isHeld ? heldPlace : byCursor;
  const event = events[place];
  if (event === undefined) return undefined;
  const [from, to] = [begin[event] ?? 0, end[event] ?? 0];
  const passed = Math.min(Math.max(cycle - from, 0), to - from);
  return { event, place, count: events.length, begin: from, end: to, cycle: passed };
}

/** Place of an event among those of a unit; -1 if it is another's. */
export function placeOf(trace: TraceStore, unit: number, event: number): number {
  const events = trace.eventsOf(unit);
  let [low, high] = [0, events.length - 1];
  while (low <= high) {
    const middle = (low + high) >>> 1;
    const found = events[middle] ?? 0;
    if (found === event) return middle;
    if (found < event) low = middle + 1;
    else high = middle - 1;
  }
  return -1;
}
