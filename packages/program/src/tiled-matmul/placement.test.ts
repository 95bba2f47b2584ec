import { Machine } from "@kpu-sim/machine";
import fc from "fast-check";
import { expect, test } from "vitest";
import { fits, place } from "./placement.ts";

const count = (most: number): fc.Arbitrary<number> => fc.integer({ min: 1, max: most });
/** Memories that are alike, or of unlike sizes. */
const memories = fc.oneof(
  fc.record({ count: count(9), capacityKb: count(12) }),
  fc.record({ instances: fc.array(fc.record({ capacityKb: count(12) }), { minLength: 1, maxLength: 9 }) }),
);

test("what is counted to fit is what can be laid out", () => {
  const found = { fitting: 0, short: 0 };
  fc.assert(
    fc.property(
      fc.record({ l3Tiles: memories, l2Banks: memories, scratchpads: memories }),
      fc.record({ tileM: count(24), tileN: count(24), tileK: count(24), gridRows: count(4), gridCols: count(4) }),
      fc.constantFrom([1, 1] as const, [2, 1] as const, [2, 2] as const),
      fc.constantFrom("float32", "int8"),
      (sections, sides, [buffers, sumBuffers], format) => {
        const { gridRows, gridCols } = sides;
        const machine = new Machine({ ...sections, computeTiles: { count: gridRows * gridCols }, timingOnly: true });
        const fixed = { stagedTiles: 1, hostDmaEngines: 0, dataflow: "output_stationary" } as const;
        const tiling = { ...sides, ...fixed, buffers, sumBuffers };
        const problem = { m: 8, n: 8, k: 8, format, resultFormat: format, ending: undefined } as const;
        const isPlaced = !("kind" in place(machine, problem, tiling, 0));
        expect(fits(machine, problem, tiling)).toBe(isPlaced);
        if (isPlaced) found.fitting++;
        else found.short++;
      },
    ),
    { numRuns: 500 },
  );
  expect(found.fitting).toBeGreaterThan(50);
  expect(found.short).toBeGreaterThan(50);
});
