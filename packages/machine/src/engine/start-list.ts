import { restoreColumns, type SavedColumns, saveColumns } from "./columns.ts";
import type { Semaphores, Synchronization } from "./semaphores.ts";
import type { StateVector } from "./state-vector.ts";
import { removeFrom, sortBySequence } from "./unit-lists.ts";
import type { UnitWaits } from "./unit-waits.ts";

export type SavedStartList = {
  readonly columns: SavedColumns;
  readonly firstReady: number;
  readonly readyCount: number;
  readonly blockedCount: number;
};

/**
 * Idle units that have work: those that can start in the present cycle, and those whose next work waits for credits. The
 * latter try again whenever credits that they lack are given.
 */
export class StartList {
  readonly #semaphores: Semaphores;
  readonly #waits: UnitWaits;
  readonly #ready: Int32Array;
  readonly #isReady: Uint8Array;
  #firstReady = 0;
  #readyCount = 0;
  readonly #blocked: Int32Array;
  #blockedCount = 0;
  /** By blocked unit: the first semaphore that lacked credits when it tried to start. */
  readonly #lacking: Int32Array;

  constructor(unitCount: number, semaphores: Semaphores, waits: UnitWaits) {
    this.#semaphores = semaphores;
    this.#waits = waits;
    this.#ready = new Int32Array(unitCount);
    this.#isReady = new Uint8Array(unitCount);
    this.#blocked = new Int32Array(unitCount);
    this.#lacking = new Int32Array(unitCount);
  }

  /** Whether a unit is to start, or to try to, in the present cycle. */
  get hasReady(): boolean {
    return this.#firstReady < this.#readyCount;
  }

  isReady(unit: number): boolean {
    return this.#isReady[unit] === 1;
  }

  /** The units that wait for credits. */
  get blocked(): Int32Array {
    return this.#blocked.slice(0, this.#blockedCount);
  }

  add(unit: number): void {
    if (!this.hasReady) {
      this.#firstReady = 0;
      this.#readyCount = 0;
    }
    this.#isReady[unit] = 1;
    this.#ready[this.#readyCount++] = unit;
  }

  /** Takes a unit out, whichever list it is in. */
  remove(unit: number): void {
    this.#isReady[unit] = 0;
    this.#ready.copyWithin(0, this.#firstReady, this.#readyCount);
    this.#readyCount -= this.#firstReady;
    this.#firstReady = 0;
    this.#readyCount = removeFrom(this.#ready, this.#readyCount, unit);
    this.#blockedCount = removeFrom(this.#blocked, this.#blockedCount, unit);
  }

  /** Gives credits; whoever was last found to lack one of these tries again. */
  give({ signal }: Synchronization): void {
    for (const credits of signal) {
      this.#semaphores.give(credits);
      let left = 0;
      for (let index = 0; index < this.#blockedCount; index++) {
        const unit = this.#blocked[index] ?? 0;
        if (this.#lacking[unit] === credits.semaphore) this.add(unit);
        else this.#blocked[left++] = unit;
      }
      this.#blockedCount = left;
    }
  }

  /** Takes credits away. */
  take(semaphore: number, count: number): void {
    this.#semaphores.take([{ semaphore, count }]);
  }

  get readyCount(): number {
    return this.#readyCount - this.#firstReady;
  }

  /** One of the ready units, for what is to be known of each. */
  readyAt(index: number): number {
    return this.#ready[this.#firstReady + index] ?? 0;
  }

  /** Puts the ready units in order of their sequence numbers, for `next`. */
  sort(sequence: Float64Array): void {
    this.#ready.copyWithin(0, this.#firstReady, this.#readyCount);
    this.#readyCount -= this.#firstReady;
    this.#firstReady = 0;
    sortBySequence(this.#ready, this.#readyCount, sequence);
  }

  /** Takes out the first ready unit; -1 when there is none. */
  next(): number {
    if (!this.hasReady) return -1;
    const unit = this.#ready[this.#firstReady++] ?? 0;
    this.#isReady[unit] = 0;
    return unit;
  }

  /** Takes the credits that a unit's work waits for; if they are not all there, the unit is blocked until some are given. */
  admit(unit: number, { waitFor }: Synchronization, cycle: number): boolean {
    if (waitFor.length === 0) return true;
    const missing = this.#semaphores.firstMissing(waitFor);
    if (missing < 0) {
      this.#semaphores.take(waitFor);
      return true;
    }
    this.#waits.blocked(unit, cycle, this.#semaphores.grantsOf(missing));
    this.#blocked[this.#blockedCount++] = unit;
    this.#lacking[unit] = missing;
    return false;
  }

  /** Who is to start, and who waits for what. */
  describe(state: StateVector): void {
    state.add(this.readyCount);
    for (let index = 0; index < this.readyCount; index++) state.add(this.readyAt(index));
    state.add(this.#blockedCount);
    for (let index = 0; index < this.#blockedCount; index++) {
      const unit = this.#blocked[index] ?? 0;
      state.add(unit);
      state.add(this.#lacking[unit] ?? 0);
    }
    this.#semaphores.describe(state);
  }

  clear(): void {
    this.#isReady.fill(0);
    this.#firstReady = 0;
    this.#readyCount = 0;
    this.#blockedCount = 0;
  }

  save(): SavedStartList {
    return {
      columns: saveColumns([this.#ready, this.#isReady, this.#blocked, this.#lacking]),
      firstReady: this.#firstReady,
      readyCount: this.#readyCount,
      blockedCount: this.#blockedCount,
    };
  }

  restore({ columns, firstReady, readyCount, blockedCount }: SavedStartList): void {
    restoreColumns([this.#ready, this.#isReady, this.#blocked, this.#lacking], columns);
    this.#firstReady = firstReady;
    this.#readyCount = readyCount;
    this.#blockedCount = blockedCount;
  }
}
