import fc from "fast-check";
import { expect, test } from "vitest";
import { Clock } from "./clock.ts";

/** A clock as a fraction of whole numbers. */
const clocks = fc
  .tuple(fc.integer({ min: 1, max: 99_999 }), fc.integer({ min: 0, max: 6 }))
  .map(([digits, places]) => ({
    ghz: Number(`${digits}e-${places}`),
    digits: BigInt(digits),
    scale: 10n ** BigInt(places),
  }));

test("times are whole units, cut off below, for any clock", () => {
  const cycles = fc.oneof(fc.nat(), fc.maxSafeNat());
  fc.assert(
    fc.property(clocks, cycles, fc.constantFrom(1, 1000), ({ ghz, digits, scale }, cycle, unitsPerNs) => {
      const exact = (BigInt(cycle) * scale * BigInt(unitsPerNs)) / digits;
      expect(new Clock(ghz, unitsPerNs).time(cycle)).toBe(Number(exact));
    }),
  );
});

test.each([
  [1, 1, 145, 145],
  [2, 1, 145, 72],
  [0.5, 1, 145, 290],
  [1.5, 1, 3, 2],
  [1.5, 1000, 1, 666],
  [1e-7, 1, 3, 30_000_000],
  [3, 1, 2 ** 53 - 1, 3_002_399_751_580_330],
])("at %f GHz, with %i units a nanosecond, cycle %i is at %i", (ghz, unitsPerNs, cycle, time) => {
  expect(new Clock(ghz, unitsPerNs).time(cycle)).toBe(time);
});
