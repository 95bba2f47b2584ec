import type { ArrayReplay } from "../compute/array-replay.ts";
import type { MatrixProduct } from "../compute/tile-work.ts";
import type { VectorTask } from "../compute/vector/vector-task.ts";
import { KpuError } from "../errors.ts";
import type { FaultOrder, Faults, SavedFaults } from "../faults/faults.ts";
import type { MemoryContents, SavedContents } from "../memory/memory-contents.ts";
import type { HazardLog, SavedHazards } from "../observe/hazard-log.ts";
import type { RegionTotals } from "../observe/region-totals.ts";
import { TraceLog } from "../observe/trace-log.ts";
import type { SavedTracing, Tracing } from "../observe/tracing.ts";
import type { SavedColumns } from "./columns.ts";
import { EngineInputs } from "./engine-inputs.ts";
import type { EngineParts, SavedWork } from "./engine-parts.ts";
import type { EngineShape } from "./engine-shape.ts";
import type { Position } from "./inputs.ts";
import { PendingCallbacks } from "./pending-callbacks.ts";
import type { Semaphores, Synchronization } from "./semaphores.ts";
import { Skipping } from "./skipping.ts";
import type { TransferOrder } from "./transfer-table.ts";
import type { UnitTable } from "./unit-table.ts";
import { WorkLifecycle } from "./work-lifecycle.ts";

/** The whole state of a machine at rest. */
export type SavedEngine = {
  readonly position: Position;
  readonly work: SavedWork;
  readonly contents: SavedContents;
  readonly totals: SavedColumns;
  readonly hazards: SavedHazards;
  readonly credits: readonly number[];
  readonly tracing: SavedTracing;
  readonly callbacks: readonly (() => void)[];
  readonly faults: SavedFaults;
};

/**
 * The event engine (timing rules 8 to 20, 24). Between calls it rests at a cycle after that cycle's completions and
 * callbacks and before its starts. A round is: starts, port grants, then on to the next event, whose completions are
 * all written before the first callback. Idle cycles cost nothing.
 */
export class Engine {
  readonly #shape: EngineShape;
  readonly #contents: MemoryContents;
  /** Traffic by region. */
  readonly totals: RegionTotals;
  readonly #hazards: HazardLog;
  readonly #work: WorkLifecycle;
  readonly #describeDeadlock: () => KpuError;
  readonly #semaphores: Semaphores;
  readonly #tracing: Tracing;
  readonly #faults: Faults;
  /** What comes from outside. */
  readonly inputs: EngineInputs;
  readonly #callbacks = new PendingCallbacks();
  /** For jumps over work that repeats itself. */
  readonly skipping: Skipping;
  #cycle = 0;
  /** How often the machine has been set to another state from outside. */
  #timeline = 0;
  /** Where the present run is to stop. */
  #limit = 0;
  /** Rounds so far, never set back, and how many there had been when the present cycle began. */
  #rounds = 0;
  #roundsBefore = 0;

  constructor(shape: EngineShape, parts: EngineParts, describeDeadlock: () => KpuError) {
    const { contents, totals, hazards, semaphores, faults } = parts;
    this.#describeDeadlock = describeDeadlock;
    this.#shape = shape;
    this.#contents = contents;
    this.totals = totals;
    this.#hazards = hazards;
    this.#semaphores = semaphores;
    this.#faults = faults;
    this.#work = new WorkLifecycle(shape, parts);
    this.#tracing = this.#work.tracing;
    this.inputs = new EngineInputs({ clock: this, work: this.#work, contents, totals, tracing: this.#tracing, faults });
    this.skipping = new Skipping(shape, this.#work, parts, { clock: this, inputs: this.inputs }, (cycles) => {
      this.#cycle += cycles;
    });
  }

  get cycle(): number {
    return this.#cycle;
  }

  get units(): UnitTable {
    return this.#work.units;
  }

  /** The cycle at which the present run is to stop; Infinity for one until idle. */
  get limit(): number {
    return this.#limit;
  }

  /** Another number after each reset and restore. */
  get timeline(): number {
    return this.#timeline;
  }

  /** No work outstanding and no callback pending. */
  get isIdle(): boolean {
    return this.#work.outstanding === 0 && this.#callbacks.isEmpty;
  }

  /** Rounds in which the engine has gone on so far: about its speed, not about the machine. */
  get rounds(): number {
    return this.#rounds;
  }

  get position(): Position {
    return { cycle: this.#cycle, starts: this.#rounds - this.#roundsBefore };
  }

  get tracing(): Tracing {
    return this.#tracing;
  }

  startTrace(mostEvents: number, hasAddresses: boolean): void {
    this.inputs.trace(new TraceLog(this.units, this.#shape, { mostEvents, hasAddresses }), true);
  }

  stopTrace(): void {
    this.inputs.trace(this.#tracing.log, false);
  }

  issueTransfer(mover: number, order: TransferOrder): void {
    this.inputs.transfer(mover, order);
  }

  issueProduct(tile: number, product: MatrixProduct): void {
    this.inputs.product(tile, product);
  }

  issueVector(tile: number, task: VectorTask): void {
    this.inputs.vector(tile, task);
  }

  /** Gives credits from outside, at the present cycle and before its starts. */
  signal(synchronization: Synchronization): void {
    this.inputs.signal(synchronization);
  }

  /** Takes all credits of a semaphore from outside; returns how many. */
  drain(semaphore: number): number {
    const count = this.#semaphores.valueOf(semaphore);
    this.inputs.drain(semaphore, count);
    return count;
  }

  /** The units whose next work waits for credits, in order of issue. */
  blocked(): ReturnType<WorkLifecycle["blocked"]> {
    return this.#work.blocked();
  }

  /** Movers whose transfer waits for a port that grants nothing any more. */
  refused(): readonly number[] {
    return this.#work.refused(this.#cycle);
  }

  /** An array of its own for the first product of a tile; see TileWork. */
  replayFirst(tile: number): ArrayReplay | undefined {
    return this.#work.replayFirst(tile);
  }

  /** Whether memories hold values, or times only are simulated. */
  get holdsValues(): boolean {
    return this.#contents.holdsValues;
  }

  /** A host write at the present cycle, before its starts; transfers in flight keep the source they started with. */
  hostWrite(region: number, offset: number, bytes: Uint8Array): void {
    this.inputs.write(region, offset, bytes);
  }

  hostRead(region: number, offset: number, target: Uint8Array): void {
    this.inputs.read(region, offset, target);
  }

  /** Zeroes a region, as a host write of zeros would. */
  hostClear(region: number, capacityBytes: number): void {
    this.inputs.clear(region, capacityBytes);
  }

  /** Something goes wrong, at the present cycle and before its starts. */
  fault(order: FaultOrder): void {
    this.inputs.fault(order);
  }

  /**
   * Runs until the cycle is `limit`, or until idle where that comes first and `untilIdle` is set, but for at most
   * `rounds` rounds. Returns whether the goal was reached. An error of a callback, or of a hazard that is to be raised,
   * surfaces from here; the machine then rests at that cycle and goes on with the next call. So does the error of a
   * machine that was to become idle and cannot, because all that is left waits for credits that nobody will give.
   */
  run(limit: number, untilIdle: boolean, rounds: number): boolean {
    this.requireOutsideCallback("run");
    this.#limit = limit;
    this.#callbacks.run();
    for (let round = 0; ; round++) {
      if (this.#cycle === limit || (untilIdle && this.#work.outstanding === 0)) return true;
      if (round === rounds) return false;
      this.#rounds++;
      this.#work.startReady(this.#cycle);
      if (this.#shape.untimed) this.#goOnUntimed(limit);
      else this.#goOn(limit);
      this.#work.completeDone(this.#cycle, this.#callbacks.list);
      this.#callbacks.run();
    }
  }

  /**
   * The earliest cycle at which anything outside can see a change: steps that end before it change nothing but the
   * cycle. Infinity when idle.
   */
  horizon(): number {
    if (this.isIdle) return Number.POSITIVE_INFINITY;
    const mustAsk =
      this.#shape.untimed || !this.#callbacks.isEmpty || (this.#work.hasReady && this.#shape.raisesHazards);
    const next = this.#cycle + 1;
    return mustAsk ? next : Math.max(next, this.#work.earliestCompletion(this.#cycle));
  }

  /** Drops a unit's queue and running work without callbacks. */
  dropUnit(unit: number): void {
    this.requireOutsideCallback("reset a unit of");
    this.inputs.drop(unit);
  }

  /** Back to cycle 0: nothing issued, all memories zero, all counts cleared. */
  reset(): void {
    this.requireOutsideCallback("reset");
    this.#work.clear();
    this.#contents.clearAll();
    this.#hazards.clear();
    this.totals.clear();
    this.#semaphores.reset();
    this.#faults.clear();
    this.#tracing.clear();
    this.#callbacks.forget();
    this.#cycle = 0;
    this.#timeline++;
    this.#roundsBefore = this.#rounds;
  }

  /**
   * Goes on to a later position without running callbacks: what they did is applied from outside, at the position where it
   * was done.
   */
  replayTo({ cycle, starts }: Position): void {
    this.#callbacks.forget();
    while (this.#cycle < cycle || this.#rounds - this.#roundsBefore < starts) {
      this.#rounds++;
      if (this.#startAgain()) {
        if (this.#shape.untimed) this.#goOnUntimed(cycle);
        else this.#goOn(cycle);
        this.#work.completeDone(this.#cycle, this.#callbacks.list);
        this.#callbacks.forget();
      }
    }
  }

  save(): SavedEngine {
    return {
      position: this.position,
      work: this.#work.save(),
      contents: this.#contents.save(),
      totals: this.totals.save(),
      hazards: this.#hazards.save(),
      credits: this.#semaphores.save(),
      tracing: this.#tracing.save(),
      callbacks: this.#callbacks.save(),
      faults: this.#faults.save(),
    };
  }

  restore({ position, work, contents, totals, hazards, credits, tracing, callbacks, faults }: SavedEngine): void {
    this.#cycle = position.cycle;
    this.#timeline++;
    this.#roundsBefore = this.#rounds - position.starts;
    this.#work.restore(work);
    this.#contents.restore(contents);
    this.totals.restore(totals);
    this.#hazards.restore(hazards);
    this.#semaphores.restore(credits);
    this.#tracing.restore(tracing);
    this.#callbacks.restore(callbacks);
    this.#faults.restore(faults);
  }

  requireOutsideCallback(action: string): void {
    this.#callbacks.requireOutside(action, this.#cycle);
  }

  /** Starts what is ready; false when a hazard interrupts the starts, as it did the first time. */
  #startAgain(): boolean {
    try {
      this.#work.startReady(this.#cycle);
      return true;
    } catch (error) {
      if (error instanceof KpuError && error.code === "KPU_HAZARD") return false;
      throw error;
    }
  }

  #goOn(limit: number): void {
    this.#work.grantPorts(this.#cycle);
    this.#work.serveDram(limit, this.#cycle);
    const next = this.#work.nextEvent;
    if (next > limit) {
      this.#moveTo(limit);
      return;
    }
    if (next === Number.POSITIVE_INFINITY) throw this.#describeDeadlock();
    this.#moveTo(next);
    this.#work.takeDue(next);
  }

  /** Functional fidelity: what started completes in the next round of the same cycle; time passes only when asked to. */
  #goOnUntimed(limit: number): void {
    if (this.#work.hasDone) return;
    if (limit === Number.POSITIVE_INFINITY) throw this.#describeDeadlock();
    this.#moveTo(limit);
  }

  #moveTo(cycle: number): void {
    if (cycle === this.#cycle) return;
    this.#cycle = cycle;
    this.#roundsBefore = this.#rounds;
  }
}
