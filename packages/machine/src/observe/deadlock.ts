import { KpuError } from "../errors.ts";
import type { WorkLabel } from "./hazard-log.ts";

/** A piece of work that waits for credits, and what for. */
export type WaitingRecord = {
  readonly work: WorkLabel;
  /** Pieces of work that wait behind it in its unit's queue. */
  readonly behind: number;
  readonly waitsFor: readonly { readonly semaphore: string; readonly needed: number; readonly available: number }[];
};

/** The report of a machine in which nothing can go on. */
export function deadlockError(cycle: number, waiting: readonly WaitingRecord[]): KpuError {
  const lines = waiting.map(({ work, behind, waitsFor }) => {
    const missing = waitsFor
      .filter(({ needed, available }) => available < needed)
      .map(({ semaphore, needed, available }) => `semaphore '${semaphore}' (${available} of ${needed} credits)`);
    const queue = behind > 0 ? `, ${behind} more behind it` : "";
    return `${work.unit} (work ${work.sequence}${queue}) waits for ${missing.join(" and ")}`;
  });
  return new KpuError(
    "KPU_DEADLOCK",
    `deadlock at cycle ${cycle}: nothing is under way, and ${lines.join("; ")}. Signal from work that completes, or from the host`,
    { cycle, waiting: lines },
  );
}
