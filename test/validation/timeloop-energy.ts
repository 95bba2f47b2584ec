import { accessesOf, computesOf, cyclesOf, dataSpaces, instancesOf } from "./loop-nest.ts";
import { type Exercise, exercises, multiplyAccumulatePj } from "./timeloop-exercises.ts";
import type { ValidationRow } from "./validation-row.ts";

const source = "Timeloop 4cf6d4c, exercises 2d55108, reference outputs";
const command = "npx vitest run test/validation/timeloop-energy.test.ts";

/** Energy of a level of an exercise, all instances, pJ: whole accesses of as many words as the memory gives at once, and leakage. */
export function levelPj(exercise: Exercise, index: number): number {
  const { levels } = exercise;
  const component = levels[index]?.component;
  if (component === undefined) throw new RangeError(`exercise ${exercise.id} has no level ${index}`);
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
    parts.set(name, (levelPj(exercise, index) * 1000) / computes);
  }
  const total = [...parts.values()].reduce((sum, part) => sum + part, multiplyAccumulatePj * 1000);
  return parts.set("Total", total);
}

/** Cycles and energies of exercises 00 to 05 beside ours. */
export function rows(): readonly ValidationRow[] {
  return exercises.flatMap((exercise) => {
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
