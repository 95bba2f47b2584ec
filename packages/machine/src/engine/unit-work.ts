import type { SavedTileWork, TileWork } from "../compute/tile-work.ts";
import type { TraceLog } from "../observe/trace-log.ts";
import type { Synchronization } from "./semaphores.ts";
import type { StateVector } from "./state-vector.ts";
import type { SavedTransferTable } from "./transfer-table.ts";
import type { TransferWork, WorkSurroundings } from "./transfer-work.ts";
import type { UnitTable } from "./unit-table.ts";

export type SavedUnitWork = { readonly transfers: SavedTransferTable; readonly tiles: SavedTileWork };

/** The work of all units by unit number, be it a mover's transfers or a tile's products. */
export class UnitWork {
  readonly #units: UnitTable;
  readonly #moverCount: number;
  readonly #transfers: TransferWork;
  readonly #tiles: TileWork;
  readonly #surroundings: WorkSurroundings;

  constructor(units: UnitTable, transfers: TransferWork, tiles: TileWork, surroundings: WorkSurroundings) {
    this.#units = units;
    this.#moverCount = units.moverCount;
    this.#transfers = transfers;
    this.#tiles = tiles;
    this.#surroundings = surroundings;
  }

  /** Sequence number of the work at the head of a unit's queue. */
  nextSequence(unit: number): number {
    const { moverCount } = this.#units;
    return unit < moverCount ? this.#transfers.nextSequence(unit) : this.#tiles.sequenceOf(unit - moverCount);
  }

  /** What that work waits for and signals. */
  nextSynchronization(unit: number): Synchronization {
    return unit < this.#moverCount
      ? this.#transfers.nextSynchronization(unit)
      : this.#tiles.synchronizationOf(unit - this.#moverCount);
  }

  /** What the running work waited for and signals. */
  synchronization(unit: number): Synchronization {
    return unit < this.#moverCount
      ? this.#transfers.synchronization(unit)
      : this.#tiles.synchronizationOf(unit - this.#moverCount);
  }

  /** Cycles from start to completion at the least, were the unit's next work to start now. */
  shortestRun(unit: number): number {
    return unit < this.#moverCount
      ? this.#transfers.nextAloneCycles(unit)
      : this.#tiles.cyclesOf(unit - this.#moverCount);
  }

  /** Writes the results of the running work, counts it and returns its callback. */
  finish(unit: number, cycle: number): (() => void) | undefined {
    if (unit < this.#moverCount) return this.#transfers.finish(unit, cycle);
    const { multiplyAccumulates, arrays } = this.#units;
    const tile = unit - this.#moverCount;
    multiplyAccumulates[unit] = (multiplyAccumulates[unit] ?? 0) + this.#tiles.multiplyAccumulatesOf(tile);
    this.#tiles.account(tile, arrays);
    return this.#tiles.finish(tile, cycle, this.#surroundings);
  }

  /** Notes the running work, which completes at this cycle, in a trace. */
  record(trace: TraceLog, unit: number, cycle: number): void {
    if (unit < this.#moverCount) this.#transfers.record(trace, unit, cycle);
    else this.#tiles.record(trace, unit - this.#moverCount, unit, cycle);
  }

  /** Forgets a unit's running work and its queue. */
  drop(unit: number): void {
    if (unit < this.#moverCount) this.#transfers.drop(unit);
    else this.#tiles.drop(unit - this.#moverCount);
  }

  /** What a unit does and has waiting. */
  describe(unit: number, state: StateVector): void {
    if (unit < this.#moverCount) this.#transfers.describe(unit, state);
    else this.#tiles.describe(unit - this.#moverCount, state);
  }

  /** Carries all that there is over a jump in which so many pieces of work are issued. */
  carryOver(count: number): void {
    this.#surroundings.inFlight.clear();
    this.#transfers.carryOver(count);
    this.#tiles.carryOver(count);
  }

  clear(): void {
    this.#transfers.clear();
    this.#tiles.clear();
  }

  save(): SavedUnitWork {
    return { transfers: this.#transfers.save(), tiles: this.#tiles.save() };
  }

  restore({ transfers, tiles }: SavedUnitWork): void {
    this.#transfers.restore(transfers);
    this.#tiles.restore(tiles);
  }
}
