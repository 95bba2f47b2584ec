import type { SavedTileWork, TileWork } from "../compute/tile-work.ts";
import type { SavedVectorWork, VectorWork } from "../compute/vector/vector-work.ts";
import type { TraceLog } from "../observe/trace-log.ts";
import type { Synchronization } from "./semaphores.ts";
import type { StateVector } from "./state-vector.ts";
import type { SavedTransferTable } from "./transfer-table.ts";
import type { TransferWork, WorkSurroundings } from "./transfer-work.ts";
import type { UnitTable } from "./unit-table.ts";

export type SavedUnitWork = {
  readonly transfers: SavedTransferTable;
  readonly tiles: SavedTileWork;
  readonly vectors: SavedVectorWork;
};

/** The work of all units by unit number: a mover's transfers, a tile's products or a vector unit's tasks. */
export class UnitWork {
  readonly #units: UnitTable;
  readonly #moverCount: number;
  readonly #firstVector: number;
  readonly #transfers: TransferWork;
  readonly #tiles: TileWork;
  readonly #vectors: VectorWork;
  readonly #surroundings: WorkSurroundings;

  constructor(
    units: UnitTable,
    transfers: TransferWork,
    { tiles, vectors }: { readonly tiles: TileWork; readonly vectors: VectorWork },
    surroundings: WorkSurroundings,
  ) {
    this.#units = units;
    this.#moverCount = units.moverCount;
    this.#firstVector = units.firstVector;
    this.#transfers = transfers;
    this.#tiles = tiles;
    this.#vectors = vectors;
    this.#surroundings = surroundings;
  }

  /** Sequence number of the work at the head of a unit's queue. */
  nextSequence(unit: number): number {
    if (unit < this.#moverCount) return this.#transfers.nextSequence(unit);
    if (unit < this.#firstVector) return this.#tiles.sequenceOf(unit - this.#moverCount);
    return this.#vectors.sequenceOf(unit - this.#firstVector);
  }

  /** What that work waits for and signals. */
  nextSynchronization(unit: number): Synchronization {
    return unit < this.#moverCount ? this.#transfers.nextSynchronization(unit) : this.#firstSynchronization(unit);
  }

  /** What the running work waited for and signals. */
  synchronization(unit: number): Synchronization {
    return unit < this.#moverCount ? this.#transfers.synchronization(unit) : this.#firstSynchronization(unit);
  }

  /** Cycles from start to completion at the least, were the unit's next work to start now. */
  shortestRun(unit: number): number {
    if (unit < this.#moverCount) return this.#transfers.nextAloneCycles(unit);
    if (unit < this.#firstVector) return this.#tiles.cyclesOf(unit - this.#moverCount);
    return this.#vectors.cyclesOf(unit - this.#firstVector);
  }

  /** Starts the first work of a tile or a vector unit. */
  startCompute(unit: number): void {
    if (unit < this.#firstVector) this.#tiles.start(unit - this.#moverCount, unit, this.#surroundings);
    else this.#vectors.start(unit - this.#firstVector, unit, this.#surroundings);
  }

  /** Writes the results of the running work, counts it and returns its callback. */
  finish(unit: number, cycle: number): (() => void) | undefined {
    if (unit < this.#moverCount) return this.#transfers.finish(unit, cycle);
    if (unit >= this.#firstVector) return this.#finishVector(unit, cycle);
    const { multiplyAccumulates, arrays } = this.#units;
    const tile = unit - this.#moverCount;
    multiplyAccumulates[unit] = (multiplyAccumulates[unit] ?? 0) + this.#tiles.multiplyAccumulatesOf(tile);
    this.#tiles.account(tile, arrays);
    return this.#tiles.finish(tile, cycle, this.#surroundings);
  }

  /** Notes the running work, which completes at this cycle, in a trace. */
  record(trace: TraceLog, unit: number, cycle: number): void {
    if (unit < this.#moverCount) this.#transfers.record(trace, unit, cycle);
    else if (unit < this.#firstVector) this.#tiles.record(trace, unit - this.#moverCount, unit, cycle);
    else this.#vectors.record(trace, unit - this.#firstVector, unit, cycle);
  }

  /** Forgets a unit's running work and its queue. */
  drop(unit: number): void {
    if (unit < this.#moverCount) this.#transfers.drop(unit);
    else if (unit < this.#firstVector) this.#tiles.drop(unit - this.#moverCount);
    else this.#vectors.drop(unit - this.#firstVector);
  }

  /** What a unit does and has waiting. */
  describe(unit: number, state: StateVector): void {
    if (unit < this.#moverCount) this.#transfers.describe(unit, state);
    else if (unit < this.#firstVector) this.#tiles.describe(unit - this.#moverCount, state);
    else this.#vectors.describe(unit - this.#firstVector, state);
  }

  /** Carries all that there is over a jump in which so many pieces of work are issued. */
  carryOver(count: number): void {
    this.#surroundings.inFlight.clear();
    this.#transfers.carryOver(count);
    this.#tiles.carryOver(count);
    this.#vectors.carryOver(count);
  }

  clear(): void {
    this.#transfers.clear();
    this.#tiles.clear();
    this.#vectors.clear();
  }

  save(): SavedUnitWork {
    return { transfers: this.#transfers.save(), tiles: this.#tiles.save(), vectors: this.#vectors.save() };
  }

  restore({ transfers, tiles, vectors }: SavedUnitWork): void {
    this.#transfers.restore(transfers);
    this.#tiles.restore(tiles);
    this.#vectors.restore(vectors);
  }

  /** A tile's or a vector unit's first work is the running one, or else the next. */
  #firstSynchronization(unit: number): Synchronization {
    return unit < this.#firstVector
      ? this.#tiles.synchronizationOf(unit - this.#moverCount)
      : this.#vectors.synchronizationOf(unit - this.#firstVector);
  }

  #finishVector(unit: number, cycle: number): (() => void) | undefined {
    const { vectorElements } = this.#units;
    const vector = unit - this.#firstVector;
    vectorElements[unit] = (vectorElements[unit] ?? 0) + this.#vectors.elementsOf(vector);
    return this.#vectors.finish(vector, cycle, this.#surroundings);
  }
}
