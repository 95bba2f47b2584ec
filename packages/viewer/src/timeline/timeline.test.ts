import fc from "fast-check";
import { Machine, tiledMatmul } from "kpu-sim";
import { describe, expect, test } from "vitest";
import { eventsOf, pieces, storeOf, units } from "../../test/random-trace.ts";
import { TraceStore } from "../state/trace-store.ts";
import { Flow } from "./flow.ts";
import { rangeSums } from "./range-sums.ts";
import { cycleAt, framed, markDistance, panned, pixelOf, type TimeWindow, wholeRun, zoomed } from "./time-window.ts";
import { type Bar, unitBars } from "./unit-bars.ts";
import { WorkKinds } from "./work-kinds.ts";

const windows = fc
  .record({ begin: fc.nat(80), cycles: fc.integer({ min: 8, max: 120 }), width: fc.integer({ min: 1, max: 400 }) })
  .map(({ begin, cycles, width }): TimeWindow => ({ begin, end: begin + cycles, width }));

function barsOf(store: ReturnType<typeof storeOf>, unit: number, window: TimeWindow): readonly Bar[] {
  const bars: Bar[] = [];
  unitBars(store, unit, window, (bar) => bars.push(bar));
  return bars;
}

describe("bars", () => {
  test("hold every event of the window once, in order, with its cycles", () => {
    fc.assert(
      fc.property(pieces, windows, (all, window) => {
        const store = storeOf(eventsOf(all), 7);
        for (let unit = 0; unit < units; unit++) {
          const bars = barsOf(store, unit, window);
          const { begin, end } = store.columns;
          const seen = bars.flatMap((bar) => [...store.eventsOf(unit).slice(bar.first, bar.end)]);
          const expected = [...store.eventsOf(unit)].filter(
            (event) => (end[event] ?? 0) > window.begin && (begin[event] ?? 0) < window.end,
          );
          // The last bar may reach beyond the window.
          expect(seen.slice(0, expected.length)).toEqual(expected);
          for (const bar of bars) {
            const mine = [...store.eventsOf(unit).slice(bar.first, bar.end)];
            const busy = mine.reduce((sum, event) => sum + (end[event] ?? 0) - (begin[event] ?? 0), 0);
            expect(bar.busyShare * (bar.endCycle - bar.beginCycle)).toBeCloseTo(busy, 6);
            expect([bar.beginCycle, bar.endCycle]).toEqual([begin[mine[0] ?? 0], end[mine.at(-1) ?? 0]]);
          }
        }
      }),
    );
  });

  test("are one event each, or no wider than a pixel; and two neighbours are wider than one", () => {
    fc.assert(
      fc.property(pieces, windows, (all, window) => {
        const store = storeOf(eventsOf(all), 7);
        const pixel = (window.end - window.begin) / window.width;
        for (let unit = 0; unit < units; unit++) {
          const bars = barsOf(store, unit, window);
          for (const [place, bar] of bars.entries()) {
            if (bar.end - bar.first > 1) expect(bar.endCycle - bar.beginCycle).toBeLessThanOrEqual(pixel);
            const next = bars[place + 1];
            if (next === undefined) continue;
            const { end } = store.columns;
            expect((end[store.eventsOf(unit)[next.first] ?? 0] ?? 0) - bar.beginCycle).toBeGreaterThan(pixel);
          }
        }
      }),
    );
  });
});

test("a flow's mean is that of a plain sum", () => {
  const stretches = fc.array(
    fc.record({ begin: fc.nat(50), length: fc.nat(20), rate: fc.integer({ min: 1, max: 9 }) }),
  );
  fc.assert(
    fc.property(stretches, fc.nat(60), fc.integer({ min: 1, max: 30 }), (all, from, length) => {
      const flow = new Flow({
        begin: Float64Array.from(all, ({ begin }) => begin),
        end: Float64Array.from(all, ({ begin, length: own }) => begin + own),
        rate: Float64Array.from(all, ({ rate }) => rate),
      });
      const to = from + length;
      const inside = all.map(
        ({ begin, length: own, rate }) => rate * Math.max(Math.min(begin + own, to) - Math.max(begin, from), 0),
      );
      expect(flow.mean(from, to)).toBeCloseTo(inside.reduce((sum, each) => sum + each, 0) / length, 6);
    }),
  );
});

test("sums of a range are those of its cycles", () => {
  const names = Array.from(
    { length: units },
    (_, unit) => ({ name: `unit ${unit}`, kind: "dma", id: unit, machine: 0 }) as const,
  );
  const origin = {
    clockGhz: 1,
    fidelity: "transaction",
    units: names,
    memories: [],
    configs: [],
    links: undefined,
  } as const;
  fc.assert(
    fc.property(pieces, fc.nat(50), fc.integer({ min: 1, max: 40 }), (all, begin, length) => {
      const events = eventsOf(all.map((piece) => ({ ...piece, length: piece.length + 1 })));
      const rows = rangeSums(storeOf(events, 9), origin, begin, begin + length);
      for (const [unit, { name }] of names.entries()) {
        let busy = 0;
        for (let cycle = begin; cycle < begin + length; cycle++) {
          if (events.some((event) => event.unit === unit && event.begin <= cycle && cycle < event.end)) busy++;
        }
        const mine = rows.filter((row) => row.unit === name);
        expect(mine.reduce((sum, row) => sum + row.busyCycles, 0)).toBe(busy);
      }
    }),
  );
});

describe("windows", () => {
  test("keep the cycle under the pointer where it is, and stay in the run", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 100, max: 1e6 }),
        fc.nat(600),
        fc.double({ min: 0.2, max: 5, noNaN: true }),
        (last, pixel, factor) => {
          const start = zoomed(wholeRun(last, 600), 0.3, 300, last);
          const next = zoomed(start, factor, pixel, last);
          const most = wholeRun(last, 600).end;
          expect(next.begin).toBeGreaterThanOrEqual(0);
          expect(next.end).toBeLessThanOrEqual(most + 1e-6);
          const isClamped = next.begin <= 1e-9 || next.end >= most - 1e-6;
          if (!isClamped) expect(cycleAt(next, pixel)).toBeCloseTo(cycleAt(start, pixel), 3);
        },
      ),
    );
  });

  test("pan and frame", () => {
    const whole = wholeRun(10_000, 1000);
    expect(panned(whole, 100, 10_000)).toEqual(whole);
    const near = framed(5000, 5100, whole, 10_000);
    expect([near.begin, near.end]).toEqual([4990, 5110]);
    expect(panned(near, 1000, 10_000)).toMatchObject({ begin: 5110, end: 5230 });
    expect(pixelOf(near, 5050)).toBeCloseTo(500, 9);
  });

  test("marks are 1, 2 or 5 times a power of ten and far enough apart", () => {
    expect(markDistance({ begin: 0, end: 1000, width: 1000 }, 90)).toBe(100);
    expect(markDistance({ begin: 0, end: 1100, width: 1000 }, 100)).toBe(200);
    expect(markDistance({ begin: 0, end: 8, width: 1000 }, 90)).toBe(1);
  });
});

test("kinds of work are legs of transfers and operations, and those beyond the last colour share it", () => {
  const machine = new Machine({ timingOnly: true });
  machine.startTrace();
  tiledMatmul(machine, { m: 32, n: 32, k: 32 });
  const store = new TraceStore(machine.traceOrigin().units.length);
  store.append(machine.trace.columns());
  const kinds = new WorkKinds(store, machine.traceOrigin());
  expect(kinds.kinds.map(({ title }) => title).sort()).toEqual(
    [
      "L1 to L2",
      "L2 to L1",
      "L2 to L3",
      "L3 to L2",
      "L3 to external",
      "external to L3",
      "external to host",
      "host to external",
      "product",
    ].sort(),
  );
  expect(new Set(kinds.kinds.map(({ colour }) => colour)).size).toBe(9);
  for (let event = 0; event < store.length; event++) {
    const isProduct = kinds.kinds[kinds.placeOf(event)]?.title === "product";
    expect(isProduct).toBe(machine.traceOrigin().units[store.columns.unit[event] ?? 0]?.kind === "tile");
  }
});
