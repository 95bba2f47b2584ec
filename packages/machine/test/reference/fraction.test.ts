import { describe, expect, it } from "vitest";
import { divide, fractionOf, leastCommonMultiple } from "./fraction.ts";

describe("fractions of configured numbers (rule 3)", () => {
  it.each([
    [0.9, 9n, 10n],
    [34, 34n, 1n],
    [2.5, 5n, 2n],
    [1e-7, 1n, 10_000_000n],
    [1.5e-9, 3n, 2_000_000_000n],
    [1e21, 10n ** 21n, 1n],
    [0.1 + 0.2, 30_000_000_000_000_004n / 4n, 10n ** 17n / 4n],
  ])("%d is its shortest decimal text", (value, numerator, denominator) => {
    expect(fractionOf(value)).toEqual({ numerator, denominator });
  });

  it.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY])("refuses %d", (value) => {
    expect(() => fractionOf(value)).toThrow("not a positive number");
  });

  it("divides in lowest terms", () => {
    expect(divide(fractionOf(34), fractionOf(0.9))).toEqual({ numerator: 340n, denominator: 9n });
    expect(divide(fractionOf(0.7), fractionOf(1.4))).toEqual({ numerator: 1n, denominator: 2n });
  });

  it("finds least common multiples", () => {
    expect(leastCommonMultiple(6n, 4n)).toBe(12n);
    expect(leastCommonMultiple(1n, 9n)).toBe(9n);
  });
});
