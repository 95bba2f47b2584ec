import fc from "fast-check";
import type { TraceColumns } from "kpu-sim";
import { TraceStore } from "../src/state/trace-store.ts";

type Piece = { readonly unit: number; readonly gap: number; readonly waited: number; readonly length: number };
export type Event = { readonly unit: number; readonly begin: number; readonly end: number; readonly waited: number };

export const units = 4;
export const pieces = fc.array(
  fc.record({
    unit: fc.nat(units - 1),
    gap: fc.nat(5),
    waited: fc.nat(3),
    length: fc.nat(6),
  }),
  { maxLength: 40 },
);

/** Events as a machine completes them: one at a time on each unit, waits within the gaps, ordered by their ends. */
export function eventsOf(all: readonly Piece[]): Event[] {
  const free = new Array<number>(units).fill(0);
  const events = all.map(({ unit, gap, waited, length }) => {
    const begin = (free[unit] ?? 0) + gap;
    free[unit] = begin + length;
    return { unit, begin, end: begin + length, waited: Math.min(waited, gap) };
  });
  return events.sort((a, b) => a.end - b.end);
}

function columnsOf(events: readonly Event[]): TraceColumns {
  const floats = (pick: (event: Event) => number): Float64Array => Float64Array.from(events, pick);
  const zeros = new Uint32Array(events.length);
  const codes = new Uint8Array(events.length);
  return {
    begin: floats(({ begin }) => begin),
    end: floats(({ end }) => end),
    waitedCycles: floats(({ waited }) => waited),
    bytes: floats(() => 1),
    unit: Uint32Array.from(events, ({ unit }) => unit),
    source: zeros,
    destination: zeros,
    operation: codes,
    cause: codes,
    slowedByPorts: codes,
    producer: new Int32Array(events.length).fill(-1),
  };
}

export function storeOf(events: readonly Event[], chunk: number): TraceStore {
  const store = new TraceStore(units);
  for (let at = 0; at < events.length; at += chunk) store.append(columnsOf(events.slice(at, at + chunk)));
  return store;
}
