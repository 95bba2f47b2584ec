import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { tracedPipeline, tracedTraffic, traffic } from "../../../test/traced-machines.ts";
import { LoadCurves } from "./load-curves.ts";
import { TrafficCurves } from "./traffic.ts";

const amounts = fc.array(
  fc.record({ begin: fc.nat(100_000), cycles: fc.oneof(fc.nat(20), fc.nat(9000)), amount: fc.nat(1000) }),
  { minLength: 1, maxLength: 30 },
);

test("curves are the sums of what comes in cycle by cycle, in spans of any width", () => {
  fc.assert(
    fc.property(amounts, (all) => {
      const curves = new LoadCurves(1);
      const cycles = new Float64Array(120_000);
      for (const { begin, cycles: count, amount } of all) {
        curves.cover(begin, begin + count);
        curves.add(0, begin, begin + count, amount);
        const length = Math.max(1, count);
        for (let cycle = begin; cycle < begin + length; cycle++) cycles[cycle] = (cycles[cycle] ?? 0) + amount / length;
      }
      expect(curves.spans).toBeLessThanOrEqual(4096);
      const sums = curves.sumsOf(0) ?? new Float64Array(0);
      for (let span = 0; span < curves.spans; span++) {
        const begin = curves.cycleOf(span);
        const expected = cycles.subarray(Math.max(0, begin), begin + curves.width).reduce((sum, each) => sum + each, 0);
        expect(sums[span]).toBeCloseTo(expected, 6);
      }
      const total = all.reduce((sum, { amount }) => sum + amount, 0);
      expect(sums.reduce((sum, each) => sum + each, 0)).toBeCloseTo(total, 6);
    }),
    { numRuns: 60 },
  );
});

describe("traffic", () => {
  test("is all bytes through all ports", () => {
    fc.assert(
      fc.property(traffic, (each) => {
        const machine = tracedTraffic(each);
        const curves = new TrafficCurves(machine.traceOrigin());
        curves.add(machine.trace.columns());
        const statistics = machine.statistics();
        for (const { name, points } of curves.curves()) {
          const bytes = points.reduce((sum, { cycle, value }, index) => {
            const next = points[index + 1]?.cycle ?? cycle;
            return sum + value * (next - cycle);
          }, 0);
          const kind = name.startsWith("external") ? "external" : "scratchpad";
          const moved = statistics[kind].reduce((sum, figures) => sum + (figures["portBytes"] ?? 0), 0);
          expect(bytes).toBeCloseTo(moved, 3);
        }
      }),
      { numRuns: 50 },
    );
  });

  test("of a pipeline never goes above what the ports can, and shows busy tiles", () => {
    const machine = tracedPipeline();
    const { memories } = machine.traceOrigin();
    const curves = new TrafficCurves(machine.traceOrigin());
    curves.add(machine.trace.columns());
    const shown = new Map(curves.curves().map(({ name, points }) => [name, points]));
    expect([...shown.keys()]).toEqual([
      "external banks",
      "scratchpads",
      "external bank 0",
      "scratchpad 0",
      "scratchpad 1",
      "tiles busy",
    ]);
    for (const { name, bytesPerCycle } of memories) {
      for (const { value } of shown.get(name) ?? []) expect(value).toBeLessThanOrEqual(bytesPerCycle);
    }
    const tiles = shown.get("tiles busy") ?? [];
    const busy = tiles.reduce(
      (sum, { cycle, value }, index) => sum + value * ((tiles[index + 1]?.cycle ?? cycle) - cycle),
      0,
    );
    expect(busy).toBe(machine.statistics().tile.reduce((sum, figures) => sum + (figures["busyCycles"] ?? 0), 0));
    expect(Math.max(...tiles.map(({ value }) => value))).toBe(2);
  });

  test("has nothing to show where nothing takes time", () => {
    const machine = tracedPipeline(2, { fidelity: "functional" });
    const curves = new TrafficCurves(machine.traceOrigin());
    curves.add(machine.trace.columns());
    expect(curves.curves()).toEqual([]);
  });
});
