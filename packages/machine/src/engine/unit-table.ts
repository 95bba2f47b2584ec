import { ArrayTotals, type SavedArrayTotals } from "../compute/array-totals.ts";
import { type Column, restoreColumns, type SavedColumns, saveColumns } from "./columns.ts";
import type { StateVector } from "./state-vector.ts";
import { UnitWaits } from "./unit-waits.ts";

const none = -1;

/** Where a unit's present work stands; in `memory` a transfer has passed its ports and DRAM is not done with it. */
export const unitPhase = { idle: 0, latency: 1, beats: 2, computing: 3, memory: 4 } as const;

export type SavedUnits = {
  readonly columns: SavedColumns;
  readonly waits: SavedColumns;
  readonly arrays: SavedArrayTotals;
};

/**
 * The units of a machine that do work, one row each: DMA engines, block movers and streamers in this order (their
 * row is the engine number of the timing rules), then the compute tiles and their vector units.
 */
export class UnitTable {
  readonly unitCount: number;
  readonly moverCount: number;
  /** The vector unit of tile 0. */
  readonly firstVector: number;
  /** Waiting transfers: first and last row of the transfer table, or -1. */
  readonly head: Int32Array;
  readonly tail: Int32Array;
  /** Work issued to the unit and not complete: waiting and running. */
  readonly outstanding: Int32Array;
  /** Row of the running transfer. */
  readonly current: Int32Array;
  readonly phase: Uint8Array;
  /** Sequence number of the running work. */
  readonly sequence: Float64Array;
  readonly startCycle: Float64Array;
  /** Cycle before which running work that is not in its beat phase cannot complete. */
  readonly earliestCompletion: Float64Array;
  // Totals since the start or reset.
  readonly completed: Float64Array;
  readonly busyCycles: Float64Array;
  readonly bytesMoved: Float64Array;
  readonly multiplyAccumulates: Float64Array;
  /** Elements that vector units have taken in, over all passes. */
  readonly vectorElements: Float64Array;
  /** What the tiles' arrays have done, by tile. */
  readonly arrays: ArrayTotals;
  /** Why units do not work. */
  readonly waits: UnitWaits;

  constructor(moverCount: number, tileCount: number) {
    const unitCount = moverCount + 2 * tileCount;
    this.firstVector = moverCount + tileCount;
    this.unitCount = unitCount;
    this.moverCount = moverCount;
    this.head = new Int32Array(unitCount).fill(none);
    this.tail = new Int32Array(unitCount).fill(none);
    this.outstanding = new Int32Array(unitCount);
    this.current = new Int32Array(unitCount).fill(none);
    this.phase = new Uint8Array(unitCount);
    this.sequence = new Float64Array(unitCount);
    this.startCycle = new Float64Array(unitCount);
    this.earliestCompletion = new Float64Array(unitCount);
    this.completed = new Float64Array(unitCount);
    this.busyCycles = new Float64Array(unitCount);
    this.bytesMoved = new Float64Array(unitCount);
    this.multiplyAccumulates = new Float64Array(unitCount);
    this.vectorElements = new Float64Array(unitCount);
    this.arrays = new ArrayTotals(tileCount);
    this.waits = new UnitWaits(unitCount);
  }

  /** Where a unit's work stands. */
  describe(unit: number, state: StateVector): void {
    const phase = this.phase[unit] ?? unitPhase.idle;
    state.add(phase);
    state.add(this.outstanding[unit] ?? 0);
    if (phase !== unitPhase.idle) {
      state.addTime(this.startCycle[unit] ?? 0);
      state.addTime(this.earliestCompletion[unit] ?? 0);
    }
    this.waits.describe(unit, state);
  }

  /** Carries the work under way over a jump of so many cycles, in which so many pieces of work are issued. */
  carryOver(cycles: number, count: number): void {
    for (let unit = 0; unit < this.unitCount; unit++) {
      this.startCycle[unit] = (this.startCycle[unit] ?? 0) + cycles;
      this.earliestCompletion[unit] = (this.earliestCompletion[unit] ?? 0) + cycles;
      this.sequence[unit] = (this.sequence[unit] ?? 0) + count;
    }
    this.waits.delay(cycles);
  }

  clear(): void {
    for (const column of [this.head, this.tail, this.current]) column.fill(none);
    for (const column of [this.outstanding, this.phase, this.completed, this.busyCycles]) column.fill(0);
    for (const column of [this.bytesMoved, this.multiplyAccumulates, this.vectorElements]) column.fill(0);
    this.arrays.clear();
    this.waits.clear();
  }

  /** Everything that is counted and only grows, but for idle cycles and what the arrays have done. */
  get counts(): readonly Float64Array[] {
    const { forData, forSpace, forPorts } = this.waits;
    return [
      this.completed,
      this.busyCycles,
      this.bytesMoved,
      this.multiplyAccumulates,
      this.vectorElements,
      forData,
      forSpace,
      forPorts,
    ];
  }

  save(): SavedUnits {
    return { columns: saveColumns(this.#columns), waits: this.waits.save(), arrays: this.arrays.save() };
  }

  restore({ columns, waits, arrays }: SavedUnits): void {
    restoreColumns(this.#columns, columns);
    this.waits.restore(waits);
    this.arrays.restore(arrays);
  }

  get #columns(): readonly Column[] {
    return [
      this.head,
      this.tail,
      this.outstanding,
      this.current,
      this.phase,
      this.sequence,
      this.startCycle,
      this.earliestCompletion,
      this.completed,
      this.busyCycles,
      this.bytesMoved,
      this.multiplyAccumulates,
      this.vectorElements,
    ];
  }
}
