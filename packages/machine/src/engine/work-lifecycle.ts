import type { MatrixProduct, TileWork } from "../compute/tile-work.ts";
import type { MemoryContents } from "../memory/memory-contents.ts";
import type { HazardLog } from "../observe/hazard-log.ts";
import type { RegionTotals } from "../observe/region-totals.ts";
import { type EngineShape, pathLatency } from "./engine-shape.ts";
import { EventQueue } from "./event-queue.ts";
import { InFlight } from "./in-flight.ts";
import { PortSharing } from "./port-sharing.ts";
import { type TransferOrder, TransferTable } from "./transfer-table.ts";
import { UnitTable, unitPhase } from "./unit-table.ts";

const none = -1;

/**
 * The life of each piece of work: issued, waiting, started (source read), latency, beats (ports granted), complete
 * (destination written). The engine calls the steps in the order of the timing rules; this class knows no run loop.
 */
export class WorkLifecycle {
  readonly units: UnitTable;
  /** Bytes that work in flight reads and writes. */
  readonly inFlight: InFlight;
  readonly #shape: EngineShape;
  readonly #contents: MemoryContents;
  readonly #totals: RegionTotals;
  readonly #hazards: HazardLog;
  readonly #tiles: TileWork;
  readonly #transfers = new TransferTable();
  readonly #events: EventQueue;
  readonly #sharing: PortSharing;
  /** Idle units with work that starts in the present cycle. */
  readonly #ready: Int32Array;
  readonly #isReady: Uint8Array;
  #readyCount = 0;
  /** Transfers that enter their beat phase in the present cycle. A dropped one stays listed, unmarked. */
  #joining: number[] = [];
  readonly #isJoining: Uint8Array;
  /** Units whose work completes in the present cycle. */
  readonly #done: Int32Array;
  #doneCount = 0;
  #outstanding = 0;
  #nextSequence = 0;

  constructor(shape: EngineShape, contents: MemoryContents, totals: RegionTotals, hazards: HazardLog, tiles: TileWork) {
    this.units = new UnitTable(shape.moverCount, shape.tileCount);
    const { unitCount, moverCount } = this.units;
    this.#shape = shape;
    this.#contents = contents;
    this.#totals = totals;
    this.#hazards = hazards;
    this.#tiles = tiles;
    this.inFlight = new InFlight(this.units, shape.portWidths.length, contents, hazards);
    this.#events = new EventQueue(unitCount + moverCount);
    this.#sharing = new PortSharing(moverCount, shape.portWidths, this.#events, unitCount);
    this.#ready = new Int32Array(unitCount);
    this.#isReady = new Uint8Array(unitCount);
    this.#isJoining = new Uint8Array(unitCount);
    this.#done = new Int32Array(unitCount);
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
    const row = this.#transfers.add(order, this.#nextSequence++);
    const { head, tail, outstanding } = this.units;
    const last = tail[mover] ?? none;
    if (last === none) head[mover] = row;
    else this.#transfers.next[last] = row;
    tail[mover] = row;
    if (outstanding[mover] === 0) this.#markReady(mover);
    outstanding[mover] = (outstanding[mover] ?? 0) + 1;
    this.#outstanding++;
  }

  /** Gives a free tile a matrix product. The caller has checked that the tile is free. */
  issueProduct(tile: number, product: MatrixProduct): void {
    const unit = this.units.moverCount + tile;
    this.#tiles.issue(tile, product, this.#nextSequence++);
    this.units.outstanding[unit] = 1;
    this.#markReady(unit);
    this.#outstanding++;
  }

  /** Starts what is ready, in order of issue. A hazard that is to be thrown leaves the later ones ready. */
  startReady(cycle: number): void {
    this.#sortReady();
    let started = 0;
    try {
      while (started < this.#readyCount) {
        const unit = this.#ready[started++] ?? 0;
        this.#isReady[unit] = 0;
        if (unit < this.units.moverCount) this.#startTransfer(unit, cycle);
        else this.#startProduct(unit, cycle);
        const error = this.#hazards.settle(cycle);
        if (error !== undefined) throw error;
      }
    } finally {
      this.#ready.copyWithin(0, started, this.#readyCount);
      this.#readyCount -= started;
    }
  }

  /** The transfers whose beat phase begins join the sharing of ports; groups that changed are formed anew. */
  grantPorts(cycle: number): void {
    const { current, phase } = this.units;
    const transfers = this.#transfers;
    for (const mover of this.#joining) {
      if (this.#isJoining[mover] === 0) continue;
      this.#isJoining[mover] = 0;
      const row = current[mover] ?? none;
      phase[mover] = unitPhase.beats;
      const units = (transfers.bytes[row] ?? 0) * this.#shape.unitsPerByte;
      const source = transfers.sourceRegion[row] ?? 0;
      this.#sharing.join(mover, source, transfers.destinationRegion[row] ?? 0, transfers.width[row] ?? 0, units);
    }
    this.#joining.length = 0;
    this.#sharing.regroup(cycle);
  }

  /** Takes the events of a cycle: notes whose work completes and who enters the beat phase. */
  takeDue(cycle: number): void {
    const { unitCount, moverCount, phase, current } = this.units;
    while (this.#events.earliest === cycle) {
      const entity = this.#events.pop();
      if (entity >= unitCount) this.#doneCount = this.#sharing.complete(entity, this.#done, this.#doneCount);
      else if (
        entity < moverCount &&
        phase[entity] === unitPhase.latency &&
        this.#bytesOf(current[entity] ?? none) > 0
      ) {
        this.#markJoining(entity);
      } else this.#done[this.#doneCount++] = entity;
    }
  }

  /** Writes the results of what completes in this cycle, in order of issue, and appends the callbacks in that order. */
  completeDone(cycle: number, callbacks: (() => void)[]): void {
    sortBySequence(this.#done, this.#doneCount, this.units.sequence);
    for (let index = 0; index < this.#doneCount; index++) {
      const unit = this.#done[index] ?? 0;
      const { units } = this;
      this.inFlight.remove(unit);
      const callback = unit < units.moverCount ? this.#writeDestination(unit, cycle) : this.#writeProduct(unit, cycle);
      this.#hazards.close(unit, cycle);
      if (callback !== undefined) callbacks.push(callback);
      units.phase[unit] = unitPhase.idle;
      units.busyCycles[unit] = (units.busyCycles[unit] ?? 0) + cycle - (units.startCycle[unit] ?? 0);
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
    this.#isJoining[unit] = 0;
    if (this.#isReady[unit] === 1) {
      this.#isReady[unit] = 0;
      const place = this.#ready.indexOf(unit);
      this.#ready.copyWithin(place, place + 1, this.#readyCount--);
    }
    if (unit < units.moverCount) this.#dropTransfers(unit);
    else this.#tiles.drop(unit - units.moverCount);
    if (units.phase[unit] !== unitPhase.idle) {
      units.busyCycles[unit] = (units.busyCycles[unit] ?? 0) + cycle - (units.startCycle[unit] ?? 0);
    }
    this.inFlight.remove(unit);
    this.inFlight.takeHeld(unit);
    this.#hazards.close(unit, cycle);
    this.#outstanding -= units.outstanding[unit] ?? 0;
    units.outstanding[unit] = 0;
    units.phase[unit] = unitPhase.idle;
  }

  /** A cycle before which no work can complete, whatever else is issued by then. */
  earliestCompletion(cycle: number): number {
    const { phase, earliestCompletion, unitCount, outstanding } = this.units;
    let earliest = Number.POSITIVE_INFINITY;
    for (let unit = 0; unit < unitCount; unit++) {
      if (outstanding[unit] === 0) continue;
      if (this.#isReady[unit] === 1) earliest = Math.min(earliest, cycle + this.#shortestRun(unit));
      else if (phase[unit] === unitPhase.beats) earliest = Math.min(earliest, this.#sharing.earliestCompletion(unit));
      else earliest = Math.min(earliest, earliestCompletion[unit] ?? 0);
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
    this.#isJoining.fill(0);
    this.#readyCount = 0;
    this.#joining.length = 0;
    this.#doneCount = 0;
    this.#outstanding = 0;
    this.#nextSequence = 0;
  }

  #markReady(unit: number): void {
    this.#isReady[unit] = 1;
    this.#ready[this.#readyCount++] = unit;
  }

  #markJoining(mover: number): void {
    this.#isJoining[mover] = 1;
    this.#joining.push(mover);
  }

  /** Puts the ready units in order of issue; the sequence of waiting work becomes the unit's. */
  #sortReady(): void {
    const { sequence, head, moverCount } = this.units;
    for (let index = 0; index < this.#readyCount; index++) {
      const unit = this.#ready[index] ?? 0;
      sequence[unit] =
        unit < moverCount
          ? (this.#transfers.sequence[head[unit] ?? none] ?? 0)
          : this.#tiles.sequenceOf(unit - moverCount);
    }
    sortBySequence(this.#ready, this.#readyCount, sequence);
  }

  #startTransfer(mover: number, cycle: number): void {
    const { units } = this;
    const transfers = this.#transfers;
    const row = units.head[mover] ?? none;
    const next = transfers.next[row] ?? none;
    units.head[mover] = next;
    if (next === none) units.tail[mover] = none;
    units.current[mover] = row;
    units.startCycle[mover] = cycle;
    units.phase[mover] = unitPhase.latency;
    const bytes = this.#bytesOf(row);
    if (bytes > 0) this.#enterFlight(mover, row, bytes);
    if (this.#shape.untimed) {
      this.#done[this.#doneCount++] = mover;
      return;
    }
    const latency = this.#latencyOf(row);
    units.earliestCompletion[mover] = cycle + this.#shortestTransfer(row);
    if (bytes > 0 && latency === 1) this.#markJoining(mover);
    else this.#events.schedule(mover, bytes > 0 ? cycle + latency - 1 : cycle + latency);
  }

  #enterFlight(mover: number, row: number, bytes: number): void {
    const { sourceRegion, sourceOffset, destinationRegion, destinationOffset } = this.#transfers;
    const source = sourceRegion[row] ?? 0;
    const from = sourceOffset[row] ?? 0;
    const destination = destinationRegion[row] ?? 0;
    const to = destinationOffset[row] ?? 0;
    if (!this.#hazards.isOff) {
      this.inFlight.compare(mover, source, from, bytes, false);
      this.inFlight.compare(mover, destination, to, bytes, true);
    }
    this.inFlight.add(mover, source, from, bytes, false);
    this.inFlight.add(mover, destination, to, bytes, true);
  }

  #startProduct(unit: number, cycle: number): void {
    const { units } = this;
    const tile = unit - units.moverCount;
    units.startCycle[unit] = cycle;
    units.phase[unit] = unitPhase.computing;
    for (const { offset, bytes, writes } of this.#tiles.accessesOf(tile)) {
      if (!this.#hazards.isOff) this.inFlight.compare(unit, this.#tiles.regionOf(tile), offset, bytes, writes);
    }
    for (const { offset, bytes, writes } of this.#tiles.accessesOf(tile)) {
      this.inFlight.add(unit, this.#tiles.regionOf(tile), offset, bytes, writes);
    }
    this.#tiles.compute(tile, this.#contents);
    if (this.#shape.untimed) this.#done[this.#doneCount++] = unit;
    else {
      units.earliestCompletion[unit] = cycle + this.#tiles.cyclesOf(tile);
      this.#events.schedule(unit, cycle + this.#tiles.cyclesOf(tile));
    }
  }

  /** The transfer's bytes arrive: the source as it was at the start is written, the row given back. */
  #writeDestination(mover: number, cycle: number): (() => void) | undefined {
    const { current, bytesMoved } = this.units;
    const transfers = this.#transfers;
    const row = current[mover] ?? none;
    const bytes = this.#bytesOf(row);
    const source = transfers.sourceRegion[row] ?? 0;
    const destination = transfers.destinationRegion[row] ?? 0;
    const to = transfers.destinationOffset[row] ?? 0;
    if (bytes > 0) {
      this.inFlight.keepSources(destination, to, bytes);
      const held = this.inFlight.takeHeld(mover);
      if (held !== undefined) this.#contents.write(destination, to, held);
      else this.#contents.copy(source, transfers.sourceOffset[row] ?? 0, destination, to, bytes);
    }
    this.#totals.moved(source, destination, bytes, cycle);
    bytesMoved[mover] = (bytesMoved[mover] ?? 0) + bytes;
    current[mover] = none;
    const callback = transfers.callbacks[row];
    transfers.release(row);
    return callback;
  }

  #writeProduct(unit: number, cycle: number): (() => void) | undefined {
    const tile = unit - this.units.moverCount;
    const region = this.#tiles.regionOf(tile);
    for (const { offset, bytes, writes } of this.#tiles.accessesOf(tile)) {
      if (writes) this.inFlight.keepSources(region, offset, bytes);
      this.#totals.accessed(region, bytes, writes, cycle);
    }
    const { multiplyAccumulates } = this.units;
    multiplyAccumulates[unit] = (multiplyAccumulates[unit] ?? 0) + this.#tiles.multiplyAccumulatesOf(tile);
    return this.#tiles.finish(tile, this.#contents);
  }

  #dropTransfers(mover: number): void {
    const { head, tail, current } = this.units;
    const running = current[mover] ?? none;
    if (running !== none) this.#transfers.release(running);
    for (let row = head[mover] ?? none; row !== none; ) {
      const next = this.#transfers.next[row] ?? none;
      this.#transfers.release(row);
      row = next;
    }
    current[mover] = none;
    head[mover] = none;
    tail[mover] = none;
  }

  /** Cycles from start to completion at the least, were the unit's next work to start now. */
  #shortestRun(unit: number): number {
    const { moverCount, head } = this.units;
    return unit < moverCount ? this.#shortestTransfer(head[unit] ?? none) : this.#tiles.cyclesOf(unit - moverCount);
  }

  /** Path latency plus beats alone less one (timing rule 5); the latency alone for a transfer of no bytes. */
  #shortestTransfer(row: number): number {
    const bytes = this.#bytesOf(row);
    const latency = this.#latencyOf(row);
    if (bytes === 0) return latency;
    const { sourceRegion, destinationRegion, width } = this.#transfers;
    const rate = this.#sharing.columns.aloneRate(sourceRegion[row] ?? 0, destinationRegion[row] ?? 0, width[row] ?? 0);
    return latency + Math.ceil((bytes * this.#shape.unitsPerByte) / rate) - 1;
  }

  #latencyOf(row: number): number {
    const { levels, levelLatencies } = this.#shape;
    const source = levels[this.#transfers.sourceRegion[row] ?? 0] ?? 0;
    const destination = levels[this.#transfers.destinationRegion[row] ?? 0] ?? 0;
    return pathLatency(levelLatencies, source, destination);
  }

  #bytesOf(row: number): number {
    return this.#transfers.bytes[row] ?? 0;
  }
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
