import { expect, test } from "vitest";
import { bestOf, bypassMappings, searchRows } from "./mapping-search.ts";
import { femtojoulesOf } from "./timeloop-energy.ts";
import { standingOf } from "./validation-row.ts";

test("the best of all 64 mappings of exercise 05 is the one that Timeloop found, and no other is as good", () => {
  const mappings = bypassMappings();
  expect(mappings).toHaveLength(64);
  const { mapping, femtojoules } = bestOf(mappings);
  const [, buffer, registers] = mapping.levels;
  expect([buffer?.keeps, registers?.keeps]).toEqual([["Inputs"], ["Weights", "Inputs", "Outputs"]]);
  const others = mappings.filter((other) => other !== mapping).map((other) => femtojoulesOf(other).get("Total") ?? 0);
  expect(Math.min(...others)).toBeGreaterThan(femtojoules);
  expect(searchRows().map(standingOf)).toEqual(["exact", "within tolerance"]);
});
