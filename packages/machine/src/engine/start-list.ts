import { restoreColumns, type SavedColumns, saveColumns } from "./columns.ts";
import type { Semaphores, Synchronization } from "./semaphores.ts";
import type { StateVector } from "./state-vector.ts";
import { removeFrom, sortBySequence } from "./unit-lists.ts";
import type { UnitWaits } from "./unit-waits.ts";

export type SavedStartList = {
  readonly columns: SavedColumns;
  readonly firstReady: number;
  readonly readyCount: number;
};

const none = -1;

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
  /** By unit: 1 if its next work waits for credits; then the first semaphore that lacked some when it tried to start. */
  readonly #isBlocked: Uint8Array;
  readonly #lacking: Int32Array;
  /** Who waits for a semaphore: the latest by semaphore, and the one before by unit, so that credits cost by those who wait for them. */
  readonly #latestWaiter: number[] = [];
  readonly #waiterBefore: Int32Array;

  constructor(unitCount: number, semaphores: Semaphores, waits: UnitWaits) {
    this.#semaphores = semaphores;
    this.#waits = waits;
    this.#ready = new Int32Array(unitCount);
    this.#isReady = new Uint8Array(unitCount);
    this.#isBlocked = new Uint8Array(unitCount);
    this.#lacking = new Int32Array(unitCount);
    this.#waiterBefore = new Int32Array(unitCount).fill(none);
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
    return Int32Array.from(this.#isBlocked.keys()).filter((unit) => this.#isBlocked[unit] === 1);
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
    if (this.#isBlocked[unit] === 1) this.#unblock(unit);
  }

  /** Gives credits; whoever was last found to lack one of these tries again. `giver` says for the trace who gives them; 0: nobody in it. */
  give({ signal }: Synchronization, giver: number = 0): void {
    for (const credits of signal) {
      this.#semaphores.give(credits);
      let unit = this.#latestWaiter[credits.semaphore] ?? none;
      this.#latestWaiter[credits.semaphore] = none;
      while (unit !== none) {
        const before = this.#waiterBefore[unit] ?? none;
        this.#isBlocked[unit] = 0;
        this.#waits.wokenBy[unit] = giver;
        this.add(unit);
        unit = before;
      }
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
    this.#block(unit, missing);
    return false;
  }

  /** Who is to start, and who waits for what. */
  describe(state: StateVector): void {
    state.add(this.readyCount);
    for (let index = 0; index < this.readyCount; index++) state.add(this.readyAt(index));
    for (let unit = 0; unit < this.#isBlocked.length; unit++) {
      state.add(this.#isBlocked[unit] === 1 ? (this.#lacking[unit] ?? none) : none);
    }
    this.#semaphores.describe(state);
  }

  clear(): void {
    this.#isReady.fill(0);
    this.#firstReady = 0;
    this.#readyCount = 0;
    this.#isBlocked.fill(0);
    this.#latestWaiter.length = 0;
  }

  save(): SavedStartList {
    return {
      columns: saveColumns([this.#ready, this.#isReady, this.#isBlocked, this.#lacking]),
      firstReady: this.#firstReady,
      readyCount: this.#readyCount,
    };
  }

  restore({ columns, firstReady, readyCount }: SavedStartList): void {
    restoreColumns([this.#ready, this.#isReady, this.#isBlocked, this.#lacking], columns);
    this.#firstReady = firstReady;
    this.#readyCount = readyCount;
    this.#latestWaiter.length = 0;
    for (const [unit, isBlocked] of this.#isBlocked.entries()) {
      if (isBlocked === 1) this.#block(unit, this.#lacking[unit] ?? none);
    }
  }

  #block(unit: number, semaphore: number): void {
    this.#isBlocked[unit] = 1;
    this.#lacking[unit] = semaphore;
    this.#waiterBefore[unit] = this.#latestWaiter[semaphore] ?? none;
    this.#latestWaiter[semaphore] = unit;
  }

  #unblock(unit: number): void {
    const semaphore = this.#lacking[unit] ?? none;
    const before = this.#waiterBefore[unit] ?? none;
    this.#isBlocked[unit] = 0;
    if (this.#latestWaiter[semaphore] === unit) {
      this.#latestWaiter[semaphore] = before;
      return;
    }
    let after = this.#latestWaiter[semaphore] ?? none;
    while (this.#waiterBefore[after] !== unit) after = this.#waiterBefore[after] ?? none;
    this.#waiterBefore[after] = before;
  }
}
