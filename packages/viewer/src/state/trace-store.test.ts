import fc from "fast-check";
import { expect, test } from "vitest";
import { eventsOf, pieces, storeOf, units } from "../../test/random-trace.ts";

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
