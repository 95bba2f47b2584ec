import { cyclesOf, type DataSpace, dataSpaces } from "./loop-nest.ts";
import { femtojoulesOf } from "./timeloop-energy.ts";
import { type Exercise, exercises } from "./timeloop-exercises.ts";
import type { ValidationRow } from "./validation-row.ts";

/** All sets of data spaces that a level may keep. */
const choices: readonly (readonly DataSpace[])[] = Array.from({ length: 2 ** dataSpaces.length }, (_, number) =>
  dataSpaces.filter((_space, at) => (number >> at) % 2 === 1),
);

/**
 * The space of exercise 05 in which the loops are given and each level but the outermost keeps or passes by each data space: 64 mappings. Every
 * tile of it fits, so that none is left out for want of room.
 */
export function bypassMappings(): readonly Exercise[] {
  const given = exercises.find(({ id }) => id === "05 baked");
  if (given === undefined) throw new RangeError("no exercise 05 baked");
  const [memory, buffer, registers] = given.levels;
  if (memory === undefined || buffer === undefined || registers === undefined)
    throw new RangeError("05 has three levels");
  return choices.flatMap((outer) =>
    choices.map((inner) => ({
      ...given,
      levels: [memory, { ...buffer, keeps: outer }, { ...registers, keeps: inner }],
    })),
  );
}

/** The mapping with the fewest cycles, and of those with the least energy, as the exercise's mapper is told to look for; with fJ. */
export function bestOf(mappings: readonly Exercise[]): { readonly mapping: Exercise; readonly femtojoules: number } {
  const [best] = mappings
    .map((mapping) => ({ mapping, femtojoules: femtojoulesOf(mapping).get("Total") ?? Number.NaN }))
    .sort((a, b) => cyclesOf(a.mapping.levels) - cyclesOf(b.mapping.levels) || a.femtojoules - b.femtojoules);
  if (best === undefined) throw new RangeError("no mappings");
  return best;
}

/** What a search through all of that space finds, beside what Timeloop's mapper has found. */
export function searchRows(): readonly ValidationRow[] {
  const { mapping, femtojoules } = bestOf(bypassMappings());
  const row = (quantity: string, published: number, ours: number, unit: string, tolerance: number): ValidationRow => ({
    id: `timeloop 05 freebypass, searched: ${quantity}`,
    quantity: `best of all 64 mappings, ${quantity}`,
    source: "Timeloop 4cf6d4c, exercises 2d55108, reference outputs",
    published,
    ours,
    unit,
    tolerance,
    command: "npx vitest run test/validation/mapping-search.test.ts",
  });
  return [
    row("cycles", 1536, cyclesOf(mapping.levels), "cycles", 0),
    row("energy for each multiply-accumulate", 30_263.99, femtojoules, "fJ", 1e-4),
  ];
}
