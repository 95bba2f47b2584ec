import { KpuError } from "../errors.ts";
import type { StateVector } from "./state-vector.ts";

/** What the credits of a semaphore stand for: data that has arrived, or space that has become free. */
export type CreditMeaning = "data" | "space";

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
  readonly #grants: CreditMeaning[] = [];

  get count(): number {
    return this.#values.length;
  }

  /** A new semaphore; returns its id. */
  create(name: string, initial: number, grants: CreditMeaning): number {
    this.#initial.push(initial);
    this.#values.push(initial);
    this.#names.push(name);
    this.#grants.push(grants);
    return this.#values.length - 1;
  }

  nameOf(semaphore: number): string {
    return this.#names[semaphore] ?? `semaphore ${semaphore}`;
  }

  valueOf(semaphore: number): number {
    return this.#values[semaphore] ?? 0;
  }

  grantsOf(semaphore: number): CreditMeaning {
    return this.#grants[semaphore] ?? "data";
  }

  /** The first semaphore that lacks credits, in the order of the request; -1 when all are there. */
  firstMissing(wanted: readonly Credits[]): number {
    for (const { semaphore, count } of wanted) if (this.valueOf(semaphore) < count) return semaphore;
    return -1;
  }

  take(wanted: readonly Credits[]): void {
    for (const { semaphore, count } of wanted) this.#values[semaphore] = this.valueOf(semaphore) - count;
  }

  give({ semaphore, count }: Credits): void {
    this.#values[semaphore] = this.valueOf(semaphore) + count;
  }

  describe(state: StateVector): void {
    for (const value of this.#values) state.add(value);
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
    this.restore([]);
  }

  /** The credits of all semaphores. */
  save(): readonly number[] {
    return [...this.#values];
  }

  /** Semaphores made after the values were saved get their initial credits. */
  restore(saved: readonly number[]): void {
    for (const [semaphore, initial] of this.#initial.entries()) this.#values[semaphore] = saved[semaphore] ?? initial;
  }
}
