import fc from "fast-check";
import type { TraceColumns } from "kpu-sim";
import { expect, test } from "vitest";
import { TraceStore } from "./trace-store.ts";

type Piece = { readonly unit: number; readonly gap: number; readonly waited: number; readonly length: number };
type Event = { readonly unit: number; readonly begin: number; readonly end: number; readonly waited: number };

const units = 4;
const pieces = fc.array(
  fc.record({
    unit: fc.nat(units - 1),
    gap: fc.nat(5),
    waited: fc.nat(3),
    length: fc.nat(6),
  }),
  { maxLength: 40 },
);

/** Events as a machine completes them: one at a time on each unit, waits within the gaps, ordered by their ends. */
function eventsOf(all: readonly Piece[]): Event[] {
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
  };
}

function storeOf(events: readonly Event[], chunk: number): TraceStore {
  const store = new TraceStore(units);
  for (let at = 0; at < events.length; at += chunk) store.append(columnsOf(events.slice(at, at + chunk)));
  return store;
}

test("what runs or waits at a cycle is what a plain search finds", () => {
  fc.assert(
    fc.property(pieces, fc.integer({ min: 1, max: 7 }), fc.nat(60), (all, chunk, cycle) => {
      const events = eventsOf(all);
      const store = storeOf(events, chunk);
      expect(store.length).toBe(events.length);
      for (let unit = 0; unit < units; unit++) {
        const mine = events.filter((event) => event.unit === unit);
        const running = mine.find(({ begin, end }) => begin <= cycle && cycle < end);
        const waiting = mine.find(({ begin, waited, end }) => end > cycle && begin - waited <= cycle && cycle < begin);
        const found = store.eventAt(unit, cycle);
        if (running !== undefined) expect(found).toMatchObject({ isWaiting: false });
        else if (waiting !== undefined) expect(found).toMatchObject({ isWaiting: true });
        else expect(found).toBeUndefined();
        if (found !== undefined) {
          const { begin, end } = store.columns;
          const expected = running ?? waiting;
          expect([begin[found.event], end[found.event]]).toEqual([expected?.begin, expected?.end]);
        }
      }
    }),
  );
});

test("edges and idle cycles are those of a plain search", () => {
  fc.assert(
    fc.property(pieces, fc.nat(60), (all, cycle) => {
      // Work without length is over in the cycle in which it begins: nothing is to be seen of it.
      const events = eventsOf(all.map((piece) => ({ ...piece, length: piece.length + 1 })));
      const store = storeOf(events, 5);
      const edges = events.flatMap(({ begin, end }) => [begin, end]);
      const after = edges.filter((edge) => edge > cycle);
      const before = edges.filter((edge) => edge < cycle);
      expect(store.edgeAfter(cycle)).toBe(after.length > 0 ? Math.min(...after) : undefined);
      expect(store.edgeBefore(cycle)).toBe(before.length > 0 ? Math.max(...before) : undefined);
      let idle = cycle;
      while (events.some(({ begin, end }) => begin <= idle && idle < end)) idle++;
      expect(store.idleFrom(cycle)).toBe(idle);
    }),
  );
});
