import { expect, test } from "vitest";
import { geometryOf } from "./stepped-array-geometry.ts";
import { kernelClock } from "./stepped-array-kernel.ts";
import { ArrayRegisters } from "./stepped-array-registers.ts";

test("the kernel runs here, so that comparing it with the plain clock says something", () => {
  expect(kernelClock(geometryOf(2, 2))).toBeDefined();
});

test.each([
  [1, 1],
  [3, 5],
  [33, 70],
  [130, 60],
])("registers of a %i x %i array lie apart, inside the kernel's memory", (rows, cols) => {
  const registers = new ArrayRegisters(rows, cols, "fastest");
  const { elements, plane, width } = registers.geometry;
  expect(registers.bits.length).toBe(elements);
  const places = new Set<number>();
  for (let which = 0; which < 7; which++) {
    for (let row = -1; row < rows; row++) {
      for (let col = -1; col < width; col++) places.add(registers.place(which, row, col));
    }
  }
  expect(places.size).toBe(7 * (rows + 1) * (width + 1));
  expect(Math.min(...places)).toBeGreaterThanOrEqual(0);
  expect(Math.max(...places)).toBeLessThan(7 * plane);
});
