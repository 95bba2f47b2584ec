import { describe, expect, test } from "vitest";
import { storeOf } from "../../test/random-trace.ts";
import { elementAt, gridFrame } from "./grid-frame.ts";
import { productAt } from "./product-at.ts";
import { operandText, sumText } from "./register-text.ts";

describe("the product that is shown", () => {
  // Two products without a break, one after a pause; and one of another unit.
  const store = storeOf(
    [
      { unit: 0, begin: 10, end: 20, waited: 0 },
      { unit: 1, begin: 5, end: 25, waited: 0 },
      { unit: 0, begin: 20, end: 30, waited: 0 },
      { unit: 0, begin: 40, end: 50, waited: 0 },
    ],
    7,
  );
  test.each([
    [0, undefined, { event: 0, place: 0, cycle: 0 }],
    [13, undefined, { event: 0, place: 0, cycle: 3 }],
    [20, undefined, { event: 2, place: 1, cycle: 0 }],
    [20, 0, { event: 0, place: 0, cycle: 10 }],
    [21, 0, { event: 2, place: 1, cycle: 1 }],
    [35, undefined, { event: 2, place: 1, cycle: 10 }],
    [90, undefined, { event: 3, place: 2, cycle: 10 }],
    [20, 1, { event: 2, place: 1, cycle: 0 }],
  ])("at cycle %s, with %s held", (cycle, held, expected) => {
    expect(productAt(store, 0, cycle, held)).toMatchObject({ ...expected, count: 3 });
  });

  test("is none for a unit that has not completed any", () => {
    expect(productAt(store, 2, 15, undefined)).toBeUndefined();
  });
});

test("registers are written as the numbers that they hold, the first in the lowest bits, or as bits", () => {
  const bits = new Uint32Array(Float32Array.of(-1.5).buffer)[0] ?? 0;
  expect(operandText(bits, "float32", 32, "numbers")).toBe("-1.5");
  expect(operandText(bits, "float32", 32, "hex")).toBe("bfc00000");
  expect(operandText(0x80_7f_ff_01, "int8", 32, "numbers")).toBe("1 -1 127 -128");
  expect(operandText(0x3f80_c000, "bfloat16", 32, "numbers")).toBe("-2 1");
  expect(operandText(0xf7, "int4", 8, "numbers")).toBe("7 -1");
  expect(operandText(0xf7, "int4", 8, "hex")).toBe("f7");
  expect(sumText(0xffff_fffe, "int8", "numbers")).toBe("-2");
  expect(sumText(bits, "bfloat16", "numbers")).toBe("-1.5");
});

test("the grid fits into its room, with numbers only where three lines fit", () => {
  for (const [rows, cols, hasText] of [
    [1, 1, true],
    [16, 16, true],
    [4, 40, false],
    [256, 256, false],
    [1000, 1, false],
  ] as const) {
    const frame = gridFrame(rows, cols, 700, 640);
    expect(frame.hasText).toBe(hasText);
    expect(frame.cellWidth * cols).toBeLessThanOrEqual(700);
    expect(frame.cellHeight * rows).toBeLessThanOrEqual(640);
    const last = elementAt(frame, frame.cellWidth * (cols - 0.5), frame.cellHeight * (rows - 0.5));
    expect(last).toEqual({ row: rows - 1, col: cols - 1 });
    expect(elementAt(frame, frame.cellWidth * cols + 1, 0)).toBeUndefined();
  }
});
