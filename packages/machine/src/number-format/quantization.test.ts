import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { calibrate } from "./calibration.ts";
import { numberFormats } from "./number-format.ts";
import { dequantize, quantization, quantize } from "./quantization.ts";

const finite = fc.float({ noNaN: true, noDefaultInfinity: true, min: -1e6, max: 1e6 });
const tensor = fc.array(finite, { minLength: 1, maxLength: 60 }).map((list) => Float32Array.from(list));

describe("quantizing", () => {
  test("rounds x / scale to nearest even, adds the zero point and keeps to the bounds", () => {
    const by = quantization({ format: "int8", scales: [0.5], zeroPoints: [3] });
    const values = Float32Array.of(0, 0.25, 0.75, -0.25, 1, 1000, -1000, Number.POSITIVE_INFINITY);
    expect(Array.from(quantize(values, by))).toEqual([3, 3, 5, 3, 5, 127, -128, 127]);
    expect(Array.from(dequantize(Int32Array.of(3, 5, -128), by))).toEqual([0, 1, -65.5]);
  });

  test("has a scale for each channel of an axis", () => {
    const by = quantization({ format: "int4", scales: [1, 2, 4], axis: 1 });
    const values = Float32Array.from({ length: 12 }, (_, index) => index);
    expect(Array.from(quantize(values, by, [2, 3, 2]))).toEqual([0, 1, 1, 2, 1, 1, 6, 7, 4, 4, 2, 3]);
    expect(() => quantize(values, by, [3, 2, 2])).toThrow(/2 channels, but there are 3 scales/);
    expect(() => quantize(values, by, [5])).toThrow(/5 elements, got 12/);
  });

  test.each([Number.NaN, Number.POSITIVE_INFINITY, 0, -1, 1e-60])("refuses a scale of %d and says where", (scale) => {
    expect(() => quantization({ format: "int8", scales: [1, scale], axis: 0 })).toThrow(/scale 1 must be a positive/);
  });

  test("refuses what has no meaning", () => {
    expect(() => quantization({ format: "float16", scales: [1] })).toThrow(/quantized to int8/);
    expect(() => quantization({ format: "int8", scales: [] })).toThrow(/at least one scale/);
    expect(() => quantization({ format: "int8", scales: [1, 2] })).toThrow(/need an axis/);
    expect(() => quantization({ format: "uint8", scales: [1], zeroPoints: [-1] })).toThrow(/zero point 0/);
    expect(() => quantization({ format: "uint8", scales: [1], zeroPoints: [1, 2] })).toThrow(/1 scales but 2/);
    const by = quantization({ format: "int8", scales: [1] });
    expect(() => quantize(Float32Array.of(1, Number.NaN), by)).toThrow(/number 1 is NaN/);
  });
});

describe("calibrating", () => {
  test("no value is further off than half a step, and zero is exact, by min-max", () => {
    fc.assert(
      fc.property(
        tensor,
        fc.constantFrom("int8", "uint8", "int4", "int32"),
        fc.constantFrom("symmetric", "affine"),
        (values, format, mode) => {
          fc.pre(mode === "affine" || format !== "uint8");
          const by = calibrate(values, { format, mode });
          const back = dequantize(quantize(values, by), by);
          const range = Math.max(0, ...values) - Math.min(0, ...values);
          const [scale, least] = [by.scales[0] ?? 0, numberFormats[format].least];
          for (const [index, value] of values.entries()) {
            // Of an affine range the zero point is rounded too; float32 rounds ratios and scales, very small ones by more,
            // and what that cuts off of a range may lie at either end.
            const roundings = 4 * 2 ** -23 + 2 ** -149 / scale;
            const bound = scale * (mode === "affine" ? 1 : 0.5) + range * roundings + 2 ** -140;
            expect(Math.abs((back[index] ?? 0) - value)).toBeLessThanOrEqual(bound);
          }
          expect(dequantize(quantize(Float32Array.of(0), by), by)[0]).toBe(0);
          expect(by.zeroPoints[0]).toBeGreaterThanOrEqual(least);
        },
      ),
      { numRuns: 300 },
    );
  });

  test("ends the range at the greatest magnitude, at both ends, or at a percentile", () => {
    const values = Float32Array.of(-1, 0, 1, 2, 253);
    expect(calibrate(values).scales[0]).toBe(Math.fround(253 / 127));
    const affine = calibrate(values, { format: "uint8", mode: "affine" });
    expect([affine.scales[0], affine.zeroPoints[0]]).toEqual([Math.fround(254 / 255), 1]);
    // Magnitudes 0, 1, 1, 2, 253: the 75th percentile is the fourth, the 87.5th half way to the fifth.
    expect(calibrate(values, { percentile: 75 }).scales[0]).toBe(Math.fround(2 / 127));
    expect(calibrate(values, { percentile: 87.5 }).scales[0]).toBe(Math.fround(127.5 / 127));
    const byChannel = calibrate(Float32Array.of(1, 2, 3, 127, 254, 381), { axis: 0, shape: [2, 3] });
    expect(Array.from(byChannel.scales)).toEqual([Math.fround(3 / 127), 3]);
    expect(calibrate(Float32Array.of(0, 0)).scales[0]).toBe(1);
  });

  test("refuses what has no range", () => {
    expect(() => calibrate(Float32Array.of(1, Number.NEGATIVE_INFINITY))).toThrow(/number 1 is -Infinity/);
    expect(() => calibrate(new Float32Array())).toThrow(/no values/);
    expect(() => calibrate(Float32Array.of(1), { format: "uint8" })).toThrow(/needs mode 'affine'/);
    expect(() => calibrate(Float32Array.of(1), { percentile: 50 })).toThrow(/above 50/);
    expect(() => calibrate(Float32Array.of(1), { axis: 1 })).toThrow(/axis must be/);
  });
});
