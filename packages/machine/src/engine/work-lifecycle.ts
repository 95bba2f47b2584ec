import type { MatrixProduct, TileWork } from "../compute/tile-work.ts";
import type { MemoryContents } from "../memory/memory-contents.ts";
import type { HazardLog } from "../observe/hazard-log.ts";
import type { RegionTotals } from "../observe/region-totals.ts";
import type { EngineShape } from "./engine-shape.ts";
import { EventQueue } from "./event-queue.ts";
import { InFlight } from "./in-flight.ts";
import { PortSharing } from "./port-sharing.ts";
import type { Semaphores, Synchronization } from "./semaphores.ts";
import { removeFrom, StartList, sortBySequence } from "./start-list.ts";
import type { TransferOrder } from "./transfer-table.ts";
import { TransferWork, type WorkSurroundings } from "./transfer-work.ts";
import { UnitTable, unitPhase } from "./unit-table.ts";

/** What the engine drives. */
export type EngineParts = {
  readonly contents: MemoryContents;
  readonly totals: RegionTotals;
  readonly hazards: HazardLog;
  readonly tiles: TileWork;
  readonly semaphores: Semaphores;
};

/**
 * The life of each piece of work: issued, waiting, started (source read), latency, beats (ports granted), complete
 * (destination written). The engine calls the steps in the order of the timing rules; this class knows no run loop, and
 * leaves what a transfer or a product is to TransferWork and TileWork.
 */
export class WorkLifecycle {
  readonly units: UnitTable;
  readonly #untimed: boolean;
  readonly #surroundings: WorkSurroundings;
  readonly #transfers: TransferWork;
  readonly #tiles: TileWork;
  readonly #events: EventQueue;
  readonly #sharing: PortSharing;
  readonly #starts: StartList;
  /** Movers whose transfer enters its beat phase in the present cycle. */
  readonly #joining: Int32Array;
  #joiningCount = 0;
  /** Units whose work completes in the present cycle. */
  readonly #done: Int32Array;
  #doneCount = 0;
  #outstanding = 0;
  #nextSequence = 0;

  constructor(shape: EngineShape, { contents, totals, hazards, tiles, semaphores }: EngineParts) {
    this.units = new UnitTable(shape.moverCount, shape.tileCount);
    const { unitCount, moverCount } = this.units;
    const inFlight = new InFlight(this.units, shape.portWidths.length, contents, hazards);
    this.#untimed = shape.untimed;
    this.#surroundings = { contents, totals, hazards, inFlight };
    this.#events = new EventQueue(unitCount + moverCount);
    this.#sharing = new PortSharing(moverCount, shape.portWidths, this.#events, unitCount);
    this.#transfers = new TransferWork(shape, this.units, this.#sharing, this.#surroundings);
    this.#tiles = tiles;
    this.#starts = new StartList(unitCount, semaphores);
    this.#joining = new Int32Array(moverCount);
    this.#done = new Int32Array(unitCount);
  }

  /** Bytes that work in flight reads and writes. */
  get inFlight(): InFlight {
    return this.#surroundings.inFlight;
  }

  /** Pieces of work issued and not complete. */
  get outstanding(): number {
    return this.#outstanding;
  }

  /** Cycle of the next event; Infinity when nothing is under way. */
  get nextEvent(): number {
    return this.#events.earliest;
  }

  /** Whether work is waiting to start in the present cycle. */
  get hasReady(): boolean {
    return this.#starts.hasReady;
  }

  /** Whether completions of the present round are waiting to be carried out. */
  get hasDone(): boolean {
    return this.#doneCount > 0;
  }

  /** Queues a transfer on a mover; it starts when the mover is free. */
  issueTransfer(mover: number, order: TransferOrder): void {
    this.#transfers.issue(mover, order, this.#nextSequence++);
    this.#issued(mover);
  }

  /** Queues a matrix product on a tile; it starts when the tile is free. */
  issueProduct(tile: number, product: MatrixProduct): void {
    this.#tiles.issue(tile, product, this.#nextSequence++);
    this.#issued(this.units.moverCount + tile);
  }

  /** Starts what is ready, in order of issue. A hazard that is to be thrown leaves the later ones ready. */
  startReady(cycle: number): void {
    if (!this.#starts.hasReady) return;
    this.#noteSequences();
    this.#starts.sort(this.units.sequence);
    for (let unit = this.#starts.next(); unit >= 0; unit = this.#starts.next()) {
      if (!this.#starts.admit(unit, this.#synchronizationOfNext(unit))) continue;
      this.units.startCycle[unit] = cycle;
      if (unit < this.units.moverCount) this.#startTransfer(unit, cycle);
      else this.#startProduct(unit, cycle);
      const error = this.#surroundings.hazards.settle(cycle);
      if (error !== undefined) throw error;
    }
  }

  /** The transfers whose beat phase begins join the sharing of ports; groups that changed are formed anew. */
  grantPorts(cycle: number): void {
    for (let index = 0; index < this.#joiningCount; index++) {
      const mover = this.#joining[index] ?? 0;
      this.units.phase[mover] = unitPhase.beats;
      this.#transfers.joinPorts(mover);
    }
    this.#joiningCount = 0;
    this.#sharing.regroup(cycle);
  }

  /** Takes the events of a cycle: notes whose work completes and who enters the beat phase. */
  takeDue(cycle: number): void {
    const { unitCount } = this.units;
    while (this.#events.earliest === cycle) {
      const entity = this.#events.pop();
      if (entity >= unitCount) this.#doneCount = this.#sharing.complete(entity, this.#done, this.#doneCount);
      else if (this.units.phase[entity] === unitPhase.latency && this.#transfers.hasBytes(entity)) {
        this.#joining[this.#joiningCount++] = entity;
      } else {
        if (this.units.phase[entity] === unitPhase.beats) this.#sharing.completeFree(entity);
        this.#done[this.#doneCount++] = entity;
      }
    }
  }

  /** Writes the results of what completes in this cycle, in order of issue, and appends the callbacks in that order. */
  completeDone(cycle: number, callbacks: (() => void)[]): void {
    const { units } = this;
    sortBySequence(this.#done, this.#doneCount, units.sequence);
    for (let index = 0; index < this.#doneCount; index++) {
      const unit = this.#done[index] ?? 0;
      this.inFlight.remove(unit);
      this.#starts.give(this.#synchronizationOfRunning(unit));
      const callback = unit < units.moverCount ? this.#transfers.finish(unit, cycle) : this.#finishProduct(unit, cycle);
      this.#surroundings.hazards.close(unit, cycle);
      if (callback !== undefined) callbacks.push(callback);
      this.#becomeIdle(unit, cycle);
      units.completed[unit] = (units.completed[unit] ?? 0) + 1;
      units.outstanding[unit] = (units.outstanding[unit] ?? 0) - 1;
      this.#outstanding--;
      if ((units.outstanding[unit] ?? 0) > 0) this.#starts.add(unit);
    }
    this.#doneCount = 0;
  }

  /** Drops a unit's queue and running work without callbacks, at the present cycle. */
  dropUnit(unit: number, cycle: number): void {
    const { units } = this;
    if (units.phase[unit] === unitPhase.beats) this.#sharing.drop(unit, cycle);
    else this.#events.cancel(unit);
    this.#starts.remove(unit);
    this.#joiningCount = removeFrom(this.#joining, this.#joiningCount, unit);
    this.inFlight.remove(unit);
    if (unit < units.moverCount) this.#transfers.drop(unit);
    else this.#tiles.drop(unit - units.moverCount);
    this.#surroundings.hazards.close(unit, cycle);
    if (units.phase[unit] !== unitPhase.idle) this.#becomeIdle(unit, cycle);
    this.#outstanding -= units.outstanding[unit] ?? 0;
    units.outstanding[unit] = 0;
  }

  /** A cycle before which no work can complete, whatever else is issued by then. */
  earliestCompletion(cycle: number): number {
    const { phase, earliestCompletion, unitCount, outstanding } = this.units;
    let earliest = Number.POSITIVE_INFINITY;
    for (let unit = 0; unit < unitCount; unit++) {
      if (outstanding[unit] === 0) continue;
      if (this.#starts.isReady(unit)) earliest = Math.min(earliest, cycle + this.#shortestRun(unit));
      else if (phase[unit] === unitPhase.beats) earliest = Math.min(earliest, this.#sharing.earliestCompletion(unit));
      else if (phase[unit] !== unitPhase.idle) earliest = Math.min(earliest, earliestCompletion[unit] ?? 0);
    }
    return earliest;
  }

  clear(): void {
    this.units.clear();
    this.inFlight.clear();
    this.#tiles.clear();
    this.#transfers.clear();
    this.#events.clear();
    this.#sharing.clear();
    this.#starts.clear();
    this.#joiningCount = 0;
    this.#doneCount = 0;
    this.#outstanding = 0;
    this.#nextSequence = 0;
  }

  /** Gives credits from outside; whoever waits for some tries again in this cycle's starts. */
  signal(synchronization: Synchronization): void {
    this.#starts.give(synchronization);
  }

  /** Takes all credits of a semaphore; returns how many. */
  drain(semaphore: number): number {
    return this.#starts.drain(semaphore);
  }

  /** The units that wait for credits, in order of issue, and what each waits for. */
  blocked(): readonly { readonly unit: number; readonly synchronization: Synchronization }[] {
    const { sequence } = this.units;
    return [...this.#starts.blocked]
      .toSorted((a, b) => (sequence[a] ?? 0) - (sequence[b] ?? 0))
      .map((unit) => ({ unit, synchronization: this.#synchronizationOfNext(unit) }));
  }

  #synchronizationOfNext(unit: number): Synchronization {
    const { moverCount } = this.units;
    return unit < moverCount
      ? this.#transfers.nextSynchronization(unit)
      : this.#tiles.synchronizationOf(unit - moverCount);
  }

  #synchronizationOfRunning(unit: number): Synchronization {
    const { moverCount } = this.units;
    return unit < moverCount ? this.#transfers.synchronization(unit) : this.#tiles.synchronizationOf(unit - moverCount);
  }

  #issued(unit: number): void {
    const { outstanding } = this.units;
    if (outstanding[unit] === 0) this.#starts.add(unit);
    outstanding[unit] = (outstanding[unit] ?? 0) + 1;
    this.#outstanding++;
  }

  /** The sequence number of a ready unit is that of its waiting work. */
  #noteSequences(): void {
    const { sequence, moverCount } = this.units;
    for (let index = 0; index < this.#starts.readyCount; index++) {
      const unit = this.#starts.readyAt(index);
      const isMover = unit < moverCount;
      sequence[unit] = isMover ? this.#transfers.nextSequence(unit) : this.#tiles.sequenceOf(unit - moverCount);
    }
  }

  #startTransfer(mover: number, cycle: number): void {
    const { phase, earliestCompletion } = this.units;
    phase[mover] = unitPhase.latency;
    this.#transfers.start(mover);
    if (this.#untimed) {
      this.#done[this.#doneCount++] = mover;
      return;
    }
    const latency = this.#transfers.latency(mover);
    earliestCompletion[mover] = cycle + this.#transfers.aloneCycles(mover);
    if (!this.#transfers.hasBytes(mover)) this.#events.schedule(mover, cycle + latency);
    else if (latency > 1) this.#events.schedule(mover, cycle + latency - 1);
    else this.#joining[this.#joiningCount++] = mover;
  }

  #startProduct(unit: number, cycle: number): void {
    const { phase, earliestCompletion, moverCount } = this.units;
    const tile = unit - moverCount;
    phase[unit] = unitPhase.computing;
    this.#tiles.start(tile, unit, this.#surroundings);
    if (this.#untimed) {
      this.#done[this.#doneCount++] = unit;
      return;
    }
    earliestCompletion[unit] = cycle + this.#tiles.cyclesOf(tile);
    this.#events.schedule(unit, cycle + this.#tiles.cyclesOf(tile));
  }

  #finishProduct(unit: number, cycle: number): (() => void) | undefined {
    const { multiplyAccumulates, moverCount } = this.units;
    const tile = unit - moverCount;
    multiplyAccumulates[unit] = (multiplyAccumulates[unit] ?? 0) + this.#tiles.multiplyAccumulatesOf(tile);
    this.#tiles.account(tile, this.units.arrays);
    return this.#tiles.finish(tile, cycle, this.#surroundings);
  }

  #becomeIdle(unit: number, cycle: number): void {
    const { phase, busyCycles, startCycle } = this.units;
    phase[unit] = unitPhase.idle;
    busyCycles[unit] = (busyCycles[unit] ?? 0) + cycle - (startCycle[unit] ?? 0);
  }

  /** Cycles from start to completion at the least, were the unit's next work to start now. */
  #shortestRun(unit: number): number {
    const { moverCount } = this.units;
    return unit < moverCount ? this.#transfers.nextAloneCycles(unit) : this.#tiles.cyclesOf(unit - moverCount);
  }
}
