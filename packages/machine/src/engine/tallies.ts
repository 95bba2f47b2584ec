import type { SavedArrayTotals } from "../compute/array-totals.ts";
import type { RegionTotals } from "../observe/region-totals.ts";
import { delayChanged, repeatGrowth, type SavedColumns, saveColumns } from "./columns.ts";
import type { UnitTable } from "./unit-table.ts";

/** What had been counted at a cycle. */
export type Tally = {
  readonly cycle: number;
  readonly units: SavedColumns;
  readonly arrays: SavedArrayTotals;
  readonly regions: SavedColumns;
  readonly idle: Float64Array;
  readonly idleSince: Float64Array;
};

/** All that a machine counts of its work, which grows by the same in every repetition of the same work. */
export class Tallies {
  readonly #units: UnitTable;
  readonly #totals: RegionTotals;

  constructor(units: UnitTable, totals: RegionTotals) {
    this.#units = units;
    this.#totals = totals;
  }

  take(cycle: number): Tally {
    return {
      cycle,
      units: saveColumns(this.#units.counts),
      arrays: this.#units.arrays.save(),
      regions: this.#totals.save(),
      idle: this.#idleUntil(cycle),
      idleSince: this.#units.waits.idleSince.slice(),
    };
  }

  /** Counts what has been counted since `then` so many times more; false, with nothing counted, where that is no longer known. */
  repeat(then: Tally, cycle: number, times: number): boolean {
    const delay = times * (cycle - then.cycle);
    const { waits, arrays, counts, outstanding } = this.#units;
    if (!arrays.repeat(then.arrays, times)) return false;
    repeatGrowth(counts, then.units, times);
    repeatGrowth(this.#totals.counts, then.regions, times);
    delayChanged(this.#totals.lastAccess, then.regions[this.#totals.counts.length], delay);
    const idle = this.#idleUntil(cycle);
    repeatGrowth([idle], [then.idle], times);
    delayChanged(waits.idleSince, then.idleSince, delay);
    for (let unit = 0; unit < idle.length; unit++) {
      const goingOn = outstanding[unit] === 0 ? cycle + delay - (waits.idleSince[unit] ?? 0) : 0;
      waits.idle[unit] = (idle[unit] ?? 0) - goingOn;
    }
    return true;
  }

  /** Idle cycles of every unit, those that go on included. */
  #idleUntil(cycle: number): Float64Array {
    const { waits, outstanding } = this.#units;
    return waits.idle.map((idle, unit) =>
      outstanding[unit] === 0 ? idle + cycle - (waits.idleSince[unit] ?? 0) : idle,
    );
  }
}
