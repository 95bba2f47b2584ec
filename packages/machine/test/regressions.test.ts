import { describe, expect, it } from "vitest";
import { implementations } from "./implementations.ts";

/** Reduced counterexamples on which the machine and the reference once differed. */
describe.each(implementations)("regressions, $name", ({ create }) => {
  it("refuses a map that an empty class at its end takes to 2^53 (rules 1 and 2)", () => {
    const none = { count: 0 };
    const config = {
      externalMemory: { bankCount: 0 },
      l3Tiles: none,
      l2Banks: none,
      scratchpads: none,
      computeTiles: none,
      blockMovers: none,
      streamers: none,
    };
    const lastStart = 2 ** 53 - 2 ** 31;
    const hostEndingAt = (end: number) => ({ regionCapacityMb: 1, base: end - 2 ** 20 });
    expect(create({ ...config, hostMemory: hostEndingAt(lastStart) }).host(0).base).toBe(lastStart - 2 ** 20);
    expect(() => create({ ...config, hostMemory: hostEndingAt(lastStart + 65_536) })).toThrow();
  });
});
