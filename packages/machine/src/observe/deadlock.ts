import type { Engine } from "../engine/engine.ts";
import type { CreditMeaning, Semaphores } from "../engine/semaphores.ts";
import { KpuError } from "../errors.ts";
import type { WorkLabel } from "./hazard-log.ts";

/** A piece of work that waits for credits, and what for. */
export type WaitingRecord = {
  readonly work: WorkLabel;
  /** Pieces of work that wait behind it in its unit's queue. */
  readonly behind: number;
  readonly waitsFor: readonly {
    readonly semaphore: string;
    /** What its credits stand for. */
    readonly grants: CreditMeaning;
    readonly needed: number;
    readonly available: number;
  }[];
};

/** Work at the head of its unit's queue that waits for credits, in order of issue. */
export function waitingWork(
  engine: Engine,
  nameOf: (unit: number) => string,
  semaphores: Semaphores,
): readonly WaitingRecord[] {
  const { sequence, outstanding } = engine.units;
  return engine.blocked().map(({ unit, synchronization }) => ({
    work: { sequence: sequence[unit] ?? 0, unit: nameOf(unit) },
    behind: (outstanding[unit] ?? 1) - 1,
    waitsFor: synchronization.waitFor.map(({ semaphore, count }) => ({
      semaphore: semaphores.nameOf(semaphore),
      grants: semaphores.grantsOf(semaphore),
      needed: count,
      available: semaphores.valueOf(semaphore),
    })),
  }));
}

/** The report of a machine in which nothing can go on. */
export function deadlockError(
  cycle: number,
  waiting: readonly WaitingRecord[],
  refused: readonly WorkLabel[],
): KpuError {
  const stalled = refused.map(
    ({ unit, sequence }) => `${unit} (work ${sequence}) waits for a port that grants nothing`,
  );
  const starved = waiting.map(({ work, behind, waitsFor }) => {
    const missing = waitsFor
      .filter(({ needed, available }) => available < needed)
      .map(
        ({ semaphore, grants, needed, available }) =>
          `semaphore '${semaphore}' (${available} of ${needed} credits of ${grants})`,
      );
    const queue = behind > 0 ? `, ${behind} more behind it` : "";
    return `${work.unit} (work ${work.sequence}${queue}) waits for ${missing.join(" and ")}`;
  });
  const lines = [...stalled, ...starved];
  return new KpuError(
    "KPU_DEADLOCK",
    `deadlock at cycle ${cycle}: nothing is under way, and ${lines.join("; ")}. Signal from work that completes, or from the host`,
    { cycle, waiting: lines },
  );
}
