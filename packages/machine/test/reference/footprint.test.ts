import { describe, expect, it } from "vitest";
import { footprintOf, sharedBytes } from "./footprint.ts";

describe("footprints (rule 30)", () => {
  it("have every byte of every element once", () => {
    expect([...footprintOf([10, 20, 10, 11], 2)].sort()).toEqual([10, 11, 12, 20, 21]);
    expect(footprintOf([], 4).size).toBe(0);
    expect(footprintOf([5], 0).size).toBe(0);
  });

  it("share exact bytes, not what lies between", () => {
    const even = footprintOf([0, 8, 16], 4);
    const odd = footprintOf([4, 12, 20], 4);
    expect(sharedBytes(even, odd)).toBeUndefined();
    expect(sharedBytes(even, footprintOf([14, 6], 4))).toEqual({ lowestAddress: 8, count: 4 });
    expect(sharedBytes(footprintOf([14, 6], 4), even)).toEqual({ lowestAddress: 8, count: 4 });
    expect(sharedBytes(even, even)).toEqual({ lowestAddress: 0, count: 12 });
    expect(sharedBytes(even, footprintOf([], 4))).toBeUndefined();
  });
});
