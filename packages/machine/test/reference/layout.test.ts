import { describe, expect, it } from "vitest";
import { checkNumbers, elementCount, elementOffsets, type Layout } from "./layout.ts";

describe("elements of a layout (rule 26)", () => {
  it.each<{ readonly name: string; readonly layout: Layout; readonly offsets: readonly number[] }>([
    { name: "one dimension", layout: { elementBytes: 4, counts: [3], strides: [4] }, offsets: [0, 4, 8] },
    {
      name: "the last dimension runs fastest",
      layout: { elementBytes: 1, counts: [2, 3], strides: [100, 1] },
      offsets: [0, 1, 2, 100, 101, 102],
    },
    {
      name: "a transpose",
      layout: { elementBytes: 1, counts: [3, 2], strides: [1, 100] },
      offsets: [0, 100, 1, 101, 2, 102],
    },
    {
      name: "a repetition",
      layout: { elementBytes: 2, counts: [2, 2, 2], strides: [8, 0, 2] },
      offsets: [0, 2, 0, 2, 8, 10, 8, 10],
    },
    {
      name: "starts are outermost, in their own order",
      layout: { elementBytes: 1, counts: [2], strides: [1], starts: [30, 0, 30] },
      offsets: [30, 31, 0, 1, 30, 31],
    },
    { name: "a count of 0", layout: { elementBytes: 1, counts: [2 ** 40, 0], strides: [1, 1] }, offsets: [] },
    { name: "no starts at all", layout: { elementBytes: 1, counts: [2], strides: [1], starts: [] }, offsets: [] },
  ])("$name", ({ layout, offsets }) => {
    expect(elementOffsets(layout)).toEqual(offsets);
    expect(elementCount(layout)).toBe(BigInt(offsets.length));
  });

  it("are counted exactly where they are far too many", () => {
    const counts = [2 ** 50 + 1, 2 ** 50 - 1];
    expect(elementCount({ elementBytes: 1, counts, strides: [0, 0] })).toBe(2n ** 100n - 1n);
  });
});

describe("numbers of a layout (rules 26 and 28)", () => {
  const list = (length: number): readonly number[] => Array.from({ length }, () => 1);
  const good: Layout = { elementBytes: 4, counts: [2, 3], strides: [12, 4], starts: [0, 24] };

  it.each<{ readonly name: string; readonly change: Partial<Layout> }>([
    { name: "as they are", change: {} },
    { name: "zeros where zeros may be", change: { counts: [0, 3], strides: [0, 0], starts: [0, 0] } },
    { name: "eight dimensions", change: { counts: list(8), strides: list(8) } },
  ])("pass: $name", ({ change }) => {
    expect(() => checkNumbers({ ...good, ...change })).not.toThrow();
  });

  it.each<{ readonly name: string; readonly change: Partial<Layout> }>([
    { name: "elements of 0 bytes", change: { elementBytes: 0 } },
    { name: "elements of -4 bytes", change: { elementBytes: -4 } },
    { name: "half a byte", change: { elementBytes: 0.5 } },
    { name: "a negative count", change: { counts: [2, -3] } },
    { name: "a fraction of a count", change: { counts: [2.5, 3] } },
    { name: "a negative stride", change: { strides: [12, -4] } },
    { name: "a fraction of a stride", change: { strides: [12.5, 4] } },
    { name: "no number", change: { strides: [Number.NaN, 4] } },
    { name: "a negative start", change: { starts: [0, -1] } },
    { name: "an endless start", change: { starts: [Number.POSITIVE_INFINITY] } },
    { name: "a count without stride", change: { counts: [2, 3, 1] } },
    { name: "a stride without count", change: { counts: [2] } },
    { name: "no dimension", change: { counts: [], strides: [] } },
    { name: "nine dimensions", change: { counts: list(9), strides: list(9) } },
  ])("do not pass: $name", ({ change }) => {
    expect(() => checkNumbers({ ...good, ...change })).toThrow();
  });
});
