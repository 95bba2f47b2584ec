import type { TraceStore } from "../state/trace-store.ts";
import { cyclesPerPixel, type TimeWindow } from "./time-window.ts";

/** Work of a unit as one bar: one event, or several that are too close together to be told apart. */
export type Bar = {
  /** Places in `eventsOf(unit)`, the end left out. */
  readonly first: number;
  readonly end: number;
  readonly beginCycle: number;
  readonly endCycle: number;
  /** Share of the bar's cycles in which the unit worked. */
  readonly busyShare: number;
};

/**
 * The bars of a unit in a window, in order. Neighbours that fit together into one pixel are one bar, so that there are at most
 * about two for each pixel, however many events there are.
 */
export function unitBars(trace: TraceStore, unit: number, window: TimeWindow, take: (bar: Bar) => void): void {
  const events = trace.eventsOf(unit);
  const { begin, end } = trace.columns;
  const pixel = cyclesPerPixel(window);
  const endOf = (place: number): number => end[events[place] ?? 0] ?? 0;
  let first = trace.placeAfter(unit, window.begin);
  while (first < events.length) {
    const beginCycle = begin[events[first] ?? 0] ?? 0;
    if (beginCycle >= window.end) return;
    const last = lastWithin(first, events.length, beginCycle + pixel, endOf);
    const endCycle = endOf(last);
    const cycles = endCycle - beginCycle;
    const busy = trace.busyCycles(unit, first, last + 1);
    take({ first, end: last + 1, beginCycle, endCycle, busyShare: cycles > 0 ? busy / cycles : 0 });
    first = last + 1;
  }
}

/** The last place from `first` on whose event ends by `limit`; `first` at least. Steps double, then halve. */
function lastWithin(first: number, count: number, limit: number, endOf: (place: number) => number): number {
  let low = first;
  let step = 1;
  while (low + step < count && endOf(low + step) <= limit) {
    low += step;
    step *= 2;
  }
  for (; step >= 1; step /= 2) {
    if (low + step < count && endOf(low + step) <= limit) low += step;
  }
  return low;
}
