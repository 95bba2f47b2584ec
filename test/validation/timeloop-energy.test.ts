import { expect, test } from "vitest";
import {
  hasReferenceData,
  textOf,
  whyReferenceDataIsMissing,
} from "../../packages/machine/test/published/reference-data.ts";
import { accessesOf, dataSpaces, type Level } from "./loop-nest.ts";
import { allExercises, levelPj, rows } from "./timeloop-energy.ts";
import { type Exercise, exercises } from "./timeloop-exercises.ts";

test("there are twelve mappings with cycles, total and every level, and one with the energy of its DRAM", () => {
  expect(rows()).toHaveLength(54 + 2);
  for (const { levels, femtojoules } of exercises) {
    expect(new Set(Object.keys(femtojoules))).toEqual(new Set(["Total", ...levels.map(({ name }) => name)]));
  }
});

/** Counts and energies that an output prints for a level, for each data space that the level keeps. */
function printedLevels(text: string): ReadonlyMap<string, ReadonlyMap<string, readonly number[]>> {
  const levels = new Map<string, Map<string, readonly number[]>>();
  const [sections = ""] = text.split("Operational Intensity Stats");
  for (const section of sections.split(/^=== /m).slice(1)) {
    const name = section.slice(0, section.indexOf(" "));
    const [, ...spaces] = section.split(/^ {4}(?=Weights:|Inputs:|Outputs:)/m);
    levels.set(name, new Map(spaces.map((space) => [space.slice(0, space.indexOf(":")), countsOf(space)])));
  }
  return levels;
}

function countsOf(space: string): readonly number[] {
  return ["reads", "fills", "updates"].map((what) => {
    const found = new RegExp(`Scalar ${what} \\(per-instance\\) +: (\\d+)`).exec(space)?.[1];
    return found === undefined ? Number.NaN : Number(found);
  });
}

test.skipIf(!hasReferenceData).each(allExercises)(
  `$id: every count of accesses that is printed${whyReferenceDataIsMissing}`,
  (exercise) => {
    const text = textOf(`timeloop/${exercise.output}.stats.txt`);
    expect(text).toContain(`\nCycles: ${exercise.cycles}\n`);
    for (const [name, femtojoules] of Object.entries(exercise.femtojoules)) {
      expect(text).toMatch(new RegExp(`${name} += ${femtojoules.toFixed(2).replace(".", "\\.")}\n`));
    }
    const printed = printedLevels(text);
    for (const [index, { name, keeps }] of exercise.levels.entries()) {
      expect([...(printed.get(name)?.keys() ?? [])]).toEqual(dataSpaces.filter((space) => keeps.includes(space)));
      for (const space of keeps) {
        const { reads, fills, updates } = accessesOf(exercise.levels, index, space);
        expect([name, space, reads, fills, updates]).toEqual([name, space, ...(printed.get(name)?.get(space) ?? [])]);
      }
    }
  },
);

function exerciseOf(id: string): Exercise {
  const found = exercises.find((exercise) => exercise.id === id);
  if (found === undefined) throw new RangeError(`no exercise ${id}`);
  return found;
}

test("a figure of a component goes into its levels alone, and in proportion", () => {
  const exercise = exerciseOf("03 no bypass");
  const doubled = {
    ...exercise,
    levels: exercise.levels.map((level) => {
      const { component } = level;
      if (component === undefined || level.name !== "GlobalBuffer") return level;
      const { readPj, writePj, leakagePjPerCycle } = component;
      const twice = { readPj: 2 * readPj, writePj: 2 * writePj, leakagePjPerCycle: 2 * leakagePjPerCycle };
      return { ...level, component: { ...component, ...twice } };
    }),
  };
  for (const [index, { name }] of exercise.levels.entries()) {
    const factor = name === "GlobalBuffer" ? 2 : 1;
    expect(levelPj(doubled, index)).toBeCloseTo(factor * (levelPj(exercise, index) ?? Number.NaN), 6);
  }
});

test("what is not kept is not accessed, and instances in parallel over places are refused", () => {
  const { levels } = exerciseOf("03 bypass");
  expect(accessesOf(levels, 1, "Outputs")).toEqual({ reads: 0, fills: 0, updates: 0 });
  const parallel: Level = { name: "Buffer", temporal: [["R", 3]], spatial: [["P", 4]], keeps: dataSpaces };
  expect(() => accessesOf([parallel], 0, "Inputs")).toThrow("a spatial loop over P");
});
