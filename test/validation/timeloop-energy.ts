import { accessesOf, computesOf, cyclesOf, dataSpaces, instancesOf } from "./loop-nest.ts";
import { type Exercise, exercises, multiplyAccumulatePj } from "./timeloop-exercises.ts";
import { eyeriss } from "./timeloop-eyeriss.ts";
import type { ValidationRow } from "./validation-row.ts";

const source = "Timeloop 4cf6d4c, exercises 2d55108, reference outputs";
const command = "npx vitest run test/validation/timeloop-energy.test.ts";

/** All whose outputs are compared with. */
export const allExercises: readonly Exercise[] = [...exercises, eyeriss];

/** Energy of a level of an exercise, all instances, pJ: whole accesses of as many words as the memory gives at once, and leakage; undefined without a table. */
export function levelPj(exercise: Exercise, index: number): number | undefined {
  const { levels } = exercise;
  const component = levels[index]?.component;
  if (component === undefined) return undefined;
  const { readPj, writePj, wordsPerAccess, leakagePjPerCycle } = component;
  let each = leakagePjPerCycle * cyclesOf(levels);
  for (const space of dataSpaces) {
    const { reads, fills, updates } = accessesOf(levels, index, space);
    const writes = Math.ceil(fills / wordsPerAccess) + Math.ceil(updates / wordsPerAccess);
    each += Math.ceil(reads / wordsPerAccess) * readPj + writes * writePj;
  }
  return each * instancesOf(levels, index);
}

/** fJ for each multiply-accumulate, by the names of the exercise's output. */
export function femtojoulesOf(exercise: Exercise): ReadonlyMap<string, number> {
  const computes = computesOf(exercise.levels);
  const parts = new Map<string, number>();
  for (const [index, { name }] of exercise.levels.entries()) {
    const energy = levelPj(exercise, index);
    if (energy !== undefined) parts.set(name, (energy * 1000) / computes);
  }
  if (parts.size < exercise.levels.length) return parts;
  const total = [...parts.values()].reduce((sum, part) => sum + part, multiplyAccumulatePj * 1000);
  return parts.set("Total", total);
}

/** Cycles and energies of the exercises beside ours. */
export function rows(): readonly ValidationRow[] {
  return allExercises.flatMap((exercise) => {
    const ours = femtojoulesOf(exercise);
    const cycles: ValidationRow = {
      id: `timeloop ${exercise.id} cycles`,
      quantity: "cycles",
      source,
      published: exercise.cycles,
      ours: cyclesOf(exercise.levels),
      unit: "cycles",
      tolerance: 0,
      command,
    };
    const energies = Object.entries(exercise.femtojoules).map(([name, published]) => ({
      id: `timeloop ${exercise.id} ${name}`,
      quantity: `energy for each multiply-accumulate, ${name}`,
      source,
      published,
      ours: ours.get(name) ?? Number.NaN,
      unit: "fJ",
      // 0.01 %, but no finer than half of the last digit that is printed: that matters for 0.86 and 7.97 fJ (05 null) alone.
      tolerance: Math.max(1e-4, 0.005 / published),
      command,
    }));
    return [cycles, ...energies];
  });
}
