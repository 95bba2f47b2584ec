import type { ArrayReplay } from "../compute/array-replay.ts";
import type { MatrixProduct, TileWork } from "../compute/tile-work.ts";
import type { VectorTask } from "../compute/vector/vector-task.ts";
import type { VectorWork } from "../compute/vector/vector-work.ts";
import type { Faults } from "../faults/faults.ts";
import { TraceLog } from "../observe/trace-log.ts";
import { Tracing } from "../observe/tracing.ts";
import { DramWork } from "./dram-work.ts";
import { DueWork } from "./due-work.ts";
import type { EngineParts, SavedWork } from "./engine-parts.ts";
import type { EngineShape } from "./engine-shape.ts";
import { EventQueue } from "./event-queue.ts";
import { InFlight } from "./in-flight.ts";
import { PortSharing } from "./port-sharing.ts";
import type { Synchronization } from "./semaphores.ts";
import { StartList } from "./start-list.ts";
import type { StateVector } from "./state-vector.ts";
import type { TransferOrder } from "./transfer-table.ts";
import { TransferWork, type WorkSurroundings } from "./transfer-work.ts";
import { UnitTable, unitPhase } from "./unit-table.ts";
import { UnitWork } from "./unit-work.ts";

/**
 * The life of each piece of work: issued, waiting, started (source read), latency, beats (ports granted), complete
 * (destination written). The engine calls the steps in the order of the timing rules; this class knows no run loop, and
 * leaves what a transfer, a product or a vector operation is to TransferWork, TileWork and VectorWork.
 */
export class WorkLifecycle {
  readonly units: UnitTable;
  readonly #untimed: boolean;
  readonly #surroundings: WorkSurroundings;
  readonly #transfers: TransferWork;
  readonly #tiles: TileWork;
  readonly #vectors: VectorWork;
  /** The work of all three by unit number. */
  readonly #work: UnitWork;
  readonly #events: EventQueue;
  readonly #sharing: PortSharing;
  readonly #starts: StartList;
  readonly #due: DueWork;
  /** External memory at cycle fidelity. */
  readonly #dram: DramWork | undefined;
  readonly #faults: Faults;
  #outstanding = 0;
  #nextSequence = 0;
  /** Where completed work is noted. */
  readonly tracing: Tracing;

  constructor(
    shape: EngineShape,
    { contents, totals, hazards, tiles, vectors, semaphores, dram, faults }: EngineParts,
  ) {
    this.units = new UnitTable(shape.moverCount, shape.tileCount);
    const { unitCount, moverCount } = this.units;
    const inFlight = new InFlight(this.units, shape.regionCount, contents, hazards);
    this.#untimed = shape.untimed;
    this.#surroundings = { contents, totals, hazards, inFlight, faults };
    this.#faults = faults;
    this.#events = new EventQueue(unitCount + moverCount);
    this.#sharing = new PortSharing(shape.ports, moverCount, this.#events, unitCount);
    this.#transfers = new TransferWork(shape, this.units, this.#sharing, this.#surroundings, dram);
    this.#dram = dram === undefined ? undefined : new DramWork(dram, this.units, this.#transfers, this.#events);
    this.#tiles = tiles;
    this.#vectors = vectors;
    this.#due = new DueWork(this.units, {
      events: this.#events,
      sharing: this.#sharing,
      transfers: this.#transfers,
      dram: this.#dram,
      faults: faults.units,
    });
    this.#work = new UnitWork(this.units, this.#transfers, { tiles, vectors }, this.#surroundings);
    this.#starts = new StartList(unitCount, semaphores, this.units.waits);
    this.tracing = new Tracing(new TraceLog(this.units, shape, { mostEvents: 0, hasAddresses: false }));
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
    return this.#due.hasDone;
  }

  /** Pieces of work issued so far. */
  get issuedCount(): number {
    return this.#nextSequence;
  }

  /** Queues a transfer on a mover; it starts when the mover is free. */
  issueTransfer(mover: number, order: TransferOrder, cycle: number): void {
    this.#transfers.issue(mover, order, this.#nextSequence++);
    this.#issued(mover, cycle);
  }

  /** Queues a matrix product on a tile; it starts when the tile is free. */
  issueProduct(tile: number, product: MatrixProduct, cycle: number): void {
    this.#tiles.issue(tile, product, this.#nextSequence++);
    this.#issued(this.units.moverCount + tile, cycle);
  }

  /** Queues a task on a tile's vector unit; it starts when the unit is free. */
  issueVector(tile: number, task: VectorTask, cycle: number): void {
    this.#vectors.issue(tile, task, this.#nextSequence++);
    this.#issued(this.units.firstVector + tile, cycle);
  }

  /** An array of its own for the first product of a tile; see TileWork. */
  replayFirst(tile: number): ArrayReplay | undefined {
    const unit = this.units.moverCount + tile;
    const isRunning = this.units.phase[unit] !== unitPhase.idle;
    return this.#tiles.replayFirst(
      tile,
      isRunning ? this.units.startCycle[unit] : undefined,
      this.#surroundings.contents,
    );
  }

  /** Starts what is ready, in order of issue. A hazard that is to be thrown leaves the later ones ready. */
  startReady(cycle: number): void {
    if (!this.#starts.hasReady) return;
    this.#noteSequences();
    this.#starts.sort(this.units.sequence);
    for (let unit = this.#starts.next(); unit >= 0; unit = this.#starts.next()) {
      if (!this.#starts.admit(unit, this.#work.nextSynchronization(unit), cycle)) continue;
      this.units.startCycle[unit] = cycle;
      this.units.waits.started(unit, cycle);
      if (unit < this.units.moverCount) this.#startTransfer(unit, cycle);
      else this.#startCompute(unit, cycle);
      this.#faults.errors.settle(cycle);
      const error = this.#surroundings.hazards.settle(cycle);
      if (error !== undefined) throw error;
    }
  }

  /** The transfers whose beat phase begins join the sharing of ports. */
  grantPorts(cycle: number): void {
    this.#due.grantPorts(cycle);
  }

  /** Lets DRAM go on up to the next event, or to the cycle at which the run is to stop; events may come out of it. */
  serveDram(limit: number, cycle: number): void {
    this.#dram?.serve(limit, cycle);
  }

  /** Takes the events of a cycle: notes whose work completes and who enters the beat phase. */
  takeDue(cycle: number): void {
    this.#due.take(cycle);
  }

  /** Writes the results of what completes in this cycle, in order of issue, and appends the callbacks in that order. */
  completeDone(cycle: number, callbacks: (() => void)[]): void {
    const due = this.#due;
    const trace = this.tracing.target;
    due.sortDone();
    for (let index = 0; index < due.doneCount; index++) this.#complete(due.doneAt(index), cycle, trace, callbacks);
    due.forgetDone();
  }

  #complete(unit: number, cycle: number, trace: TraceLog | undefined, callbacks: (() => void)[]): void {
    const { units } = this;
    this.inFlight.remove(unit);
    if (unit < units.moverCount) this.#dram?.finish(unit, cycle);
    const synchronization = this.#work.synchronization(unit);
    const isLost = !this.#faults.units.isClean && this.#faults.units.takeLoss(unit);
    const isGiver = trace !== undefined && synchronization.signal.length > 0;
    if (!isLost) this.#starts.give(synchronization, isGiver ? trace.nextPlace(cycle) : 0);
    if (trace !== undefined) this.#work.record(trace, unit, cycle);
    const callback = this.#work.finish(unit, cycle);
    this.#faults.errors.settle(cycle);
    this.#surroundings.hazards.close(unit, cycle);
    if (callback !== undefined && !isLost) callbacks.push(callback);
    this.#becomeIdle(unit, cycle);
    units.completed[unit] = (units.completed[unit] ?? 0) + 1;
    units.outstanding[unit] = (units.outstanding[unit] ?? 0) - 1;
    this.#outstanding--;
    if ((units.outstanding[unit] ?? 0) > 0) this.#starts.add(unit);
    else units.waits.emptied(unit, cycle);
    if (unit < units.moverCount && !this.#untimed) {
      const late = cycle - (units.earliestCompletion[unit] ?? 0);
      if (late > 0) units.waits.slowed(unit, late);
    }
  }

  /** Drops a unit's queue and running work without callbacks, at the present cycle. */
  dropUnit(unit: number, cycle: number): void {
    const { units } = this;
    if (units.phase[unit] === unitPhase.beats) this.#sharing.drop(unit, cycle);
    else this.#events.cancel(unit);
    if (unit < units.moverCount) this.#dram?.finish(unit, cycle);
    if (unit >= units.moverCount) this.#faults.strikes.end(unit - units.moverCount);
    this.#starts.remove(unit);
    this.#due.drop(unit);
    this.inFlight.remove(unit);
    this.#work.drop(unit);
    this.#surroundings.hazards.close(unit, cycle);
    if (units.phase[unit] !== unitPhase.idle) this.#becomeIdle(unit, cycle);
    if ((units.outstanding[unit] ?? 0) > 0) units.waits.emptied(unit, cycle);
    this.#outstanding -= units.outstanding[unit] ?? 0;
    units.outstanding[unit] = 0;
  }

  /** A cycle before which no work can complete, whatever else is issued by then. */
  earliestCompletion(cycle: number): number {
    const { phase, earliestCompletion, unitCount, outstanding } = this.units;
    let earliest = Number.POSITIVE_INFINITY;
    for (let unit = 0; unit < unitCount; unit++) {
      if (outstanding[unit] === 0) continue;
      if (this.#starts.isReady(unit)) earliest = Math.min(earliest, cycle + this.#work.shortestRun(unit));
      else if (phase[unit] === unitPhase.beats) earliest = Math.min(earliest, this.#sharing.earliestCompletion(unit));
      else if (phase[unit] !== unitPhase.idle) earliest = Math.min(earliest, earliestCompletion[unit] ?? 0);
    }
    return earliest;
  }

  clear(): void {
    this.units.clear();
    this.inFlight.clear();
    this.#work.clear();
    this.#events.clear();
    this.#sharing.clear();
    this.#starts.clear();
    this.#dram?.clear();
    this.#due.clear();
    this.#outstanding = 0;
    this.#nextSequence = 0;
  }

  save(): SavedWork {
    return {
      units: this.units.save(),
      work: this.#work.save(),
      inFlight: this.inFlight.save(),
      events: this.#events.save(),
      sharing: this.#sharing.save(),
      starts: this.#starts.save(),
      due: this.#due.save(),
      outstanding: this.#outstanding,
      nextSequence: this.#nextSequence,
      dram: this.#dram?.save(),
    };
  }

  restore(saved: SavedWork): void {
    this.units.restore(saved.units);
    this.#work.restore(saved.work);
    this.inFlight.restore(saved.inFlight);
    this.#events.restore(saved.events);
    this.#sharing.restore(saved.sharing);
    this.#starts.restore(saved.starts);
    this.#due.restore(saved.due);
    this.#outstanding = saved.outstanding;
    this.#nextSequence = saved.nextSequence;
    if (saved.dram !== undefined) this.#dram?.restore(saved.dram);
  }

  /** Gives credits from outside; whoever waits for some tries again in this cycle's starts. */
  signal(synchronization: Synchronization): void {
    this.#starts.give(synchronization);
  }

  /** Takes credits away from outside. */
  takeCredits(semaphore: number, count: number): void {
    this.#starts.take(semaphore, count);
  }

  /** The units that wait for credits, in order of issue, and what each waits for. */
  blocked(): readonly { readonly unit: number; readonly synchronization: Synchronization }[] {
    const { sequence } = this.units;
    return [...this.#starts.blocked]
      .toSorted((a, b) => (sequence[a] ?? 0) - (sequence[b] ?? 0))
      .map((unit) => ({ unit, synchronization: this.#work.nextSynchronization(unit) }));
  }

  /** Movers whose transfer waits for a port that grants nothing any more. */
  refused(cycle: number): readonly number[] {
    return this.#due.refused(cycle);
  }

  /** All work, waiting and under way, as far as it takes time; times and sequence numbers count from the present. */
  describe(state: StateVector, cycle: number, knownCallback: () => void): void {
    const { units } = this;
    state.begin(cycle, this.#nextSequence, knownCallback);
    for (let unit = 0; unit < units.unitCount; unit++) {
      units.describe(unit, state);
      this.#work.describe(unit, state);
      this.#events.describe(unit, state);
      if (unit < units.moverCount) this.#sharing.describe(unit, state);
    }
    this.#due.describe(state);
    this.#starts.describe(state);
  }

  /** Carries all work over a jump of so many cycles, in which so many pieces of work are issued. */
  carryOver(cycles: number, count: number): void {
    this.units.carryOver(cycles, count);
    this.#events.delay(cycles);
    this.#sharing.delay(cycles);
    this.#work.carryOver(count);
    this.#nextSequence += count;
  }

  #issued(unit: number, cycle: number): void {
    const { outstanding, waits } = this.units;
    if (outstanding[unit] === 0) {
      this.#starts.add(unit);
      waits.issued(unit, cycle);
    }
    outstanding[unit] = (outstanding[unit] ?? 0) + 1;
    this.#outstanding++;
  }

  /** The sequence number of a ready unit is that of its waiting work. */
  #noteSequences(): void {
    const { sequence } = this.units;
    for (let index = 0; index < this.#starts.readyCount; index++) {
      const unit = this.#starts.readyAt(index);
      sequence[unit] = this.#work.nextSequence(unit);
    }
  }

  #startTransfer(mover: number, cycle: number): void {
    const { phase, earliestCompletion } = this.units;
    phase[mover] = unitPhase.latency;
    this.#transfers.start(mover);
    if (this.#untimed) {
      this.#due.complete(mover);
      return;
    }
    const latency = this.#transfers.latency(mover);
    const awaitsData = this.#transfers.hasBytes(mover) && this.#transfers.readDram(mover, cycle);
    earliestCompletion[mover] = cycle + this.#transfers.aloneCycles(mover);
    if (!this.#transfers.hasBytes(mover)) this.#events.schedule(mover, cycle + latency);
    else if (awaitsData) this.#dram?.awaitData(mover);
    else if (latency > 1) this.#events.schedule(mover, cycle + latency - 1);
    else this.#due.join(mover);
  }

  #startCompute(unit: number, cycle: number): void {
    const { phase, earliestCompletion } = this.units;
    phase[unit] = unitPhase.computing;
    this.#work.startCompute(unit);
    if (this.#untimed) {
      this.#due.complete(unit);
      return;
    }
    const completion = cycle + this.#work.shortestRun(unit);
    earliestCompletion[unit] = completion;
    this.#events.schedule(unit, completion);
  }

  #becomeIdle(unit: number, cycle: number): void {
    const { phase, busyCycles, startCycle } = this.units;
    phase[unit] = unitPhase.idle;
    busyCycles[unit] = (busyCycles[unit] ?? 0) + cycle - (startCycle[unit] ?? 0);
  }
}
