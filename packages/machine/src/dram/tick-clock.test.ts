import fc from "fast-check";
import { expect, it } from "vitest";
import { KpuError } from "../errors.ts";
import { TickClock } from "./tick-clock.ts";

it("changes between cycles and ticks without rounding errors, however late", () => {
  const property = fc.property(
    fc.constantFrom(1, 0.9, 1.3, 2.5),
    fc.constantFrom(625, 833, 1250, 416, 570),
    fc.integer({ min: 0, max: 2 ** 50 }),
    (clockGhz, tickPs, time) => {
      const clock = new TickClock(clockGhz, tickPs);
      // A cycle has 10^4 / (10 GHz) ps.
      const [cyclePs, scale] = [10_000n, BigInt(Math.round(clockGhz * 10))];
      const ceil = (a: bigint, b: bigint): number => Number((a + b - 1n) / b);
      expect(clock.tickAt(time)).toBe(ceil(BigInt(time) * cyclePs, scale * BigInt(tickPs)));
      expect(clock.cycleAt(time)).toBe(ceil(BigInt(time) * scale * BigInt(tickPs), cyclePs));
    },
  );
  fc.assert(property, { numRuns: 300 });
});

it("refuses clocks whose ratio it cannot keep", () => {
  expect(() => new TickClock(1.000000001, 833.1)).toThrow(KpuError);
});
