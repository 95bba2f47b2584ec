import { KpuError } from "../errors.ts";

/** So many credits of one semaphore. */
export type Credits = { readonly semaphore: number; readonly count: number };

/** What a piece of work takes before it starts and gives when it completes. */
export type Synchronization = { readonly waitFor: readonly Credits[]; readonly signal: readonly Credits[] };

/** For work that depends on nothing but its engine's queue. */
export const unsynchronized: Synchronization = { waitFor: [], signal: [] };

/**
 * Counting semaphores between engines. Work takes all credits that it waits for when it starts, or none; it gives
 * credits when it completes, before that cycle's callbacks.
 */
export class Semaphores {
  readonly #initial: number[] = [];
  readonly #values: number[] = [];
  readonly #names: string[] = [];

  get count(): number {
    return this.#values.length;
  }

  /** A new semaphore; returns its id. */
  create(name: string, initial: number): number {
    this.#initial.push(initial);
    this.#values.push(initial);
    this.#names.push(name);
    return this.#values.length - 1;
  }

  nameOf(semaphore: number): string {
    return this.#names[semaphore] ?? `semaphore ${semaphore}`;
  }

  valueOf(semaphore: number): number {
    return this.#values[semaphore] ?? 0;
  }

  /** Whether all credits are there. */
  covers(wanted: readonly Credits[]): boolean {
    return wanted.every(({ semaphore, count }) => this.valueOf(semaphore) >= count);
  }

  take(wanted: readonly Credits[]): void {
    for (const { semaphore, count } of wanted) this.#values[semaphore] = this.valueOf(semaphore) - count;
  }

  give(credits: readonly Credits[]): void {
    for (const { semaphore, count } of credits) this.#values[semaphore] = this.valueOf(semaphore) + count;
  }

  /** Refuses credits of semaphores that do not exist, counts below 1, and one semaphore named twice. */
  require(credits: readonly Credits[], role: string): void {
    const seen = new Set<number>();
    for (const { semaphore, count } of credits) {
      if (!Number.isInteger(semaphore) || semaphore < 0 || semaphore >= this.count) {
        const range = this.count === 0 ? "this machine has none" : `valid ids are 0 to ${this.count - 1}`;
        throw new KpuError("KPU_COMPONENT_ID", `${role} names semaphore ${semaphore}, which does not exist: ${range}`);
      }
      if (!Number.isInteger(count) || count < 1) {
        throw new KpuError(
          "KPU_ARGUMENT",
          `${role} must name at least 1 credit of ${this.nameOf(semaphore)}, got ${count}`,
        );
      }
      if (seen.has(semaphore))
        throw new KpuError("KPU_ARGUMENT", `${role} names ${this.nameOf(semaphore)} twice: add the counts`);
      seen.add(semaphore);
    }
  }

  /** Back to the initial values; the semaphores stay. */
  reset(): void {
    for (const [semaphore, value] of this.#initial.entries()) this.#values[semaphore] = value;
  }
}
