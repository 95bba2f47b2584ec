import type { MatrixProduct, TileWork } from "../compute/tile-work.ts";
import type { MemoryContents } from "../memory/memory-contents.ts";
import type { HazardLog } from "../observe/hazard-log.ts";
import type { RegionTotals } from "../observe/region-totals.ts";
import type { EngineShape } from "./engine-shape.ts";
import { EventQueue } from "./event-queue.ts";
import { InFlight } from "./in-flight.ts";
import { PortSharing } from "./port-sharing.ts";
import type { Semaphores, Synchronization } from "./semaphores.ts";
import type { TransferOrder } from "./transfer-table.ts";
import { TransferWork, type WorkSurroundings } from "./transfer-work.ts";
import { UnitTable, unitPhase } from "./unit-table.ts";

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
  /** Idle units with work that starts in the present cycle. */
  readonly #ready: Int32Array;
  readonly #isReady: Uint8Array;
  #readyCount = 0;
  readonly #semaphores: Semaphores;
  /** Idle units whose next work waits for credits. */
  readonly #blocked: Int32Array;
  #blockedCount = 0;
  /** Movers whose transfer enters its beat phase in the present cycle. */
  readonly #joining: Int32Array;
  #joiningCount = 0;
  /** Units whose work completes in the present cycle. */
  readonly #done: Int32Array;
  #doneCount = 0;
  #outstanding = 0;
  #nextSequence = 0;

  constructor(
    shape: EngineShape,
    contents: MemoryContents,
    totals: RegionTotals,
    hazards: HazardLog,
    tiles: TileWork,
    semaphores: Semaphores,
  ) {
    this.units = new UnitTable(shape.moverCount, shape.tileCount);
    const { unitCount, moverCount } = this.units;
    const inFlight = new InFlight(this.units, shape.portWidths.length, contents, hazards);
    this.#untimed = shape.untimed;
    this.#surroundings = { contents, totals, hazards, inFlight };
    this.#events = new EventQueue(unitCount + moverCount);
    this.#sharing = new PortSharing(moverCount, shape.portWidths, this.#events, unitCount);
    this.#transfers = new TransferWork(shape, this.units, this.#sharing, this.#surroundings);
    this.#tiles = tiles;
    this.#semaphores = semaphores;
    this.#blocked = new Int32Array(unitCount);
    this.#ready = new Int32Array(unitCount);
    this.#isReady = new Uint8Array(unitCount);
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
    return this.#readyCount > 0;
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
    this.#sortReady();
    let started = 0;
    try {
      while (started < this.#readyCount) {
        const unit = this.#ready[started++] ?? 0;
        this.#isReady[unit] = 0;
        if (!this.#takeCredits(unit)) continue;
        this.units.startCycle[unit] = cycle;
        if (unit < this.units.moverCount) this.#startTransfer(unit, cycle);
        else this.#startProduct(unit, cycle);
        const error = this.#surroundings.hazards.settle(cycle);
        if (error !== undefined) throw error;
      }
    } finally {
      this.#ready.copyWithin(0, started, this.#readyCount);
      this.#readyCount -= started;
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
    const { unitCount, moverCount } = this.units;
    while (this.#events.earliest === cycle) {
      const entity = this.#events.pop();
      if (entity >= unitCount) this.#doneCount = this.#sharing.complete(entity, this.#done, this.#doneCount);
      else if (entity < moverCount && this.#transfers.hasBytes(entity)) this.#joining[this.#joiningCount++] = entity;
      else this.#done[this.#doneCount++] = entity;
    }
  }

  /** Writes the results of what completes in this cycle, in order of issue, and appends the callbacks in that order. */
  completeDone(cycle: number, callbacks: (() => void)[]): void {
    const { units } = this;
    sortBySequence(this.#done, this.#doneCount, units.sequence);
    for (let index = 0; index < this.#doneCount; index++) {
      const unit = this.#done[index] ?? 0;
      this.inFlight.remove(unit);
      this.signal(this.#synchronizationOfRunning(unit));
      const callback = unit < units.moverCount ? this.#transfers.finish(unit, cycle) : this.#finishProduct(unit, cycle);
      this.#surroundings.hazards.close(unit, cycle);
      if (callback !== undefined) callbacks.push(callback);
      this.#becomeIdle(unit, cycle);
      units.completed[unit] = (units.completed[unit] ?? 0) + 1;
      units.outstanding[unit] = (units.outstanding[unit] ?? 0) - 1;
      this.#outstanding--;
      if ((units.outstanding[unit] ?? 0) > 0) this.#markReady(unit);
    }
    this.#doneCount = 0;
  }

  /** Drops a unit's queue and running work without callbacks, at the present cycle. */
  dropUnit(unit: number, cycle: number): void {
    const { units } = this;
    if (units.phase[unit] === unitPhase.beats) this.#sharing.drop(unit, cycle);
    else this.#events.cancel(unit);
    this.#isReady[unit] = 0;
    this.#readyCount = remove(this.#ready, this.#readyCount, unit);
    this.#joiningCount = remove(this.#joining, this.#joiningCount, unit);
    this.#blockedCount = remove(this.#blocked, this.#blockedCount, unit);
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
      if (this.#isReady[unit] === 1) earliest = Math.min(earliest, cycle + this.#shortestRun(unit));
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
    this.#isReady.fill(0);
    this.#readyCount = 0;
    this.#joiningCount = 0;
    this.#blockedCount = 0;
    this.#doneCount = 0;
    this.#outstanding = 0;
    this.#nextSequence = 0;
  }

  /** Gives credits; whoever waits for some tries again in this cycle's starts. */
  signal({ signal }: Synchronization): void {
    if (signal.length === 0) return;
    this.#semaphores.give(signal);
    for (let index = 0; index < this.#blockedCount; index++) this.#markReady(this.#blocked[index] ?? 0);
    this.#blockedCount = 0;
  }

  /** The units that wait for credits, in order of issue, and what each waits for. */
  blocked(): readonly { readonly unit: number; readonly synchronization: Synchronization }[] {
    return [...this.#blocked.subarray(0, this.#blockedCount)]
      .toSorted((a, b) => (this.units.sequence[a] ?? 0) - (this.units.sequence[b] ?? 0))
      .map((unit) => ({ unit, synchronization: this.#synchronizationOfNext(unit) }));
  }

  /** Takes the credits that a unit's next work waits for; if they are not all there, the unit is blocked. */
  #takeCredits(unit: number): boolean {
    const { waitFor } = this.#synchronizationOfNext(unit);
    if (waitFor.length === 0) return true;
    if (this.#semaphores.covers(waitFor)) {
      this.#semaphores.take(waitFor);
      return true;
    }
    this.#blocked[this.#blockedCount++] = unit;
    return false;
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
    if (outstanding[unit] === 0) this.#markReady(unit);
    outstanding[unit] = (outstanding[unit] ?? 0) + 1;
    this.#outstanding++;
  }

  #markReady(unit: number): void {
    this.#isReady[unit] = 1;
    this.#ready[this.#readyCount++] = unit;
  }

  /** Puts the ready units in order of issue; the sequence number of their waiting work becomes theirs. */
  #sortReady(): void {
    const { sequence, moverCount } = this.units;
    for (let index = 0; index < this.#readyCount; index++) {
      const unit = this.#ready[index] ?? 0;
      const isMover = unit < moverCount;
      sequence[unit] = isMover ? this.#transfers.nextSequence(unit) : this.#tiles.sequenceOf(unit - moverCount);
    }
    sortBySequence(this.#ready, this.#readyCount, sequence);
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

/** Takes a unit out of a list, where it is in it; returns the new count. */
function remove(list: Int32Array, count: number, unit: number): number {
  const place = list.subarray(0, count).indexOf(unit);
  if (place < 0) return count;
  list.copyWithin(place, place + 1, count);
  return count - 1;
}

/** Insertion sort by sequence number: the lists of one cycle are short and mostly in order. */
function sortBySequence(units: Int32Array, count: number, sequence: Float64Array): void {
  for (let index = 1; index < count; index++) {
    const unit = units[index] ?? 0;
    const key = sequence[unit] ?? 0;
    let place = index;
    while (place > 0 && (sequence[units[place - 1] ?? 0] ?? 0) > key) {
      units[place] = units[place - 1] ?? 0;
      place--;
    }
    units[place] = unit;
  }
}
