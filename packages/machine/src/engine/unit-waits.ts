import { restoreColumns, type SavedColumns, saveColumns } from "./columns.ts";
import type { CreditMeaning } from "./semaphores.ts";
import type { StateVector } from "./state-vector.ts";

/** What work can wait for before it starts; the numbers stand in the trace. */
export const waitCause = { none: 0, data: 1, space: 2 } as const;

/**
 * Why units do not work, one row each: cycles without issued work, and cycles in which the work at the head of the queue lacked
 * credits. Each interval between two attempts to start is charged to the first credit that was missing at the earlier of them.
 */
export class UnitWaits {
  // Totals since the start or reset; what goes on at present is not in them.
  readonly forData: Float64Array;
  readonly forSpace: Float64Array;
  /** Cycles by which completed transfers took longer than they would have taken alone. */
  readonly forPorts: Float64Array;
  readonly idle: Float64Array;
  /** Cycle since which a unit without issued work is idle. */
  readonly idleSince: Float64Array;
  /** What the unit's next work waits for now, a number of `waitCause`. */
  readonly missing: Uint8Array;
  /** Cycles of the first and of the latest attempt to start that failed. */
  readonly #firstAttempt: Float64Array;
  readonly latestAttempt: Float64Array;
  /** How long the running work has waited for credits, and for which at the end. */
  readonly waited: Float64Array;
  readonly waitedFor: Uint8Array;
  /** Who gave the credits that woke the unit last, and those that its running work had waited for; as `StartList.give` was told. */
  readonly wokenBy: Int32Array;
  readonly startedBy: Int32Array;

  constructor(unitCount: number) {
    this.forData = new Float64Array(unitCount);
    this.forSpace = new Float64Array(unitCount);
    this.forPorts = new Float64Array(unitCount);
    this.idle = new Float64Array(unitCount);
    this.idleSince = new Float64Array(unitCount);
    this.missing = new Uint8Array(unitCount);
    this.#firstAttempt = new Float64Array(unitCount);
    this.latestAttempt = new Float64Array(unitCount);
    this.waited = new Float64Array(unitCount);
    this.waitedFor = new Uint8Array(unitCount);
    this.wokenBy = new Int32Array(unitCount);
    this.startedBy = new Int32Array(unitCount);
  }

  /** The unit's next work could not start at this cycle, because a credit was missing. */
  blocked(unit: number, cycle: number, missing: CreditMeaning): void {
    if (this.missing[unit] === waitCause.none) this.#firstAttempt[unit] = cycle;
    else this.#charge(unit, cycle);
    this.latestAttempt[unit] = cycle;
    this.missing[unit] = waitCause[missing];
  }

  /** The unit's next work starts. */
  started(unit: number, cycle: number): void {
    const missing = this.missing[unit] ?? waitCause.none;
    if (missing === this.waitedFor[unit] && missing === waitCause.none) return;
    this.waitedFor[unit] = missing;
    if (missing === waitCause.none) return;
    this.#charge(unit, cycle);
    this.waited[unit] = cycle - (this.#firstAttempt[unit] ?? 0);
    this.startedBy[unit] = this.wokenBy[unit] ?? 0;
    this.missing[unit] = waitCause.none;
  }

  /** Cycles for which the running work has waited for credits. */
  waitedCycles(unit: number): number {
    return this.waitedFor[unit] === waitCause.none ? 0 : (this.waited[unit] ?? 0);
  }

  /** A new trace begins: who gave credits before is not in it. */
  forgetGivers(): void {
    this.wokenBy.fill(0);
    this.startedBy.fill(0);
  }

  /** Work is issued to a unit that had none. */
  issued(unit: number, cycle: number): void {
    this.idle[unit] = (this.idle[unit] ?? 0) + cycle - (this.idleSince[unit] ?? 0);
  }

  /** Nothing issued is left; a wait that goes on ends with its work. */
  emptied(unit: number, cycle: number): void {
    this.idleSince[unit] = cycle;
    if (this.missing[unit] === waitCause.none) return;
    this.#charge(unit, cycle);
    this.missing[unit] = waitCause.none;
  }

  /** A transfer is complete, so many cycles later than it would have been alone. */
  slowed(unit: number, cycles: number): void {
    this.forPorts[unit] = (this.forPorts[unit] ?? 0) + cycles;
  }

  /** What a unit waits for, and how long its running work has waited. */
  describe(unit: number, state: StateVector): void {
    const missing = this.missing[unit] ?? waitCause.none;
    state.add(missing);
    if (missing !== waitCause.none) {
      state.addTime(this.#firstAttempt[unit] ?? 0);
      state.addTime(this.latestAttempt[unit] ?? 0);
    }
    state.add(this.waitedFor[unit] ?? waitCause.none);
    state.add(this.waitedCycles(unit));
  }

  /** Puts the attempts of units that wait off by so many cycles. */
  delay(cycles: number): void {
    for (let unit = 0; unit < this.latestAttempt.length; unit++) {
      this.#firstAttempt[unit] = (this.#firstAttempt[unit] ?? 0) + cycles;
      this.latestAttempt[unit] = (this.latestAttempt[unit] ?? 0) + cycles;
    }
  }

  clear(): void {
    for (const column of this.#columns) column.fill(0);
  }

  save(): SavedColumns {
    return saveColumns(this.#columns);
  }

  restore(saved: SavedColumns): void {
    restoreColumns(this.#columns, saved);
  }

  get #columns(): readonly (Float64Array | Uint8Array | Int32Array)[] {
    return [
      this.forData,
      this.forSpace,
      this.forPorts,
      this.idle,
      this.idleSince,
      this.missing,
      this.#firstAttempt,
      this.latestAttempt,
      this.waited,
      this.waitedFor,
      this.wokenBy,
      this.startedBy,
    ];
  }

  #charge(unit: number, cycle: number): void {
    const total = this.missing[unit] === waitCause.data ? this.forData : this.forSpace;
    total[unit] = (total[unit] ?? 0) + cycle - (this.latestAttempt[unit] ?? 0);
  }
}
