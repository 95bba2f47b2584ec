import type { MatrixProduct } from "../compute/tile-work.ts";
import { KpuError } from "../errors.ts";
import type { MemoryContents } from "../memory/memory-contents.ts";
import type { HazardLog } from "../observe/hazard-log.ts";
import type { RegionTotals } from "../observe/region-totals.ts";
import type { EngineShape } from "./engine-shape.ts";
import type { Synchronization } from "./semaphores.ts";
import type { TransferOrder } from "./transfer-table.ts";
import type { UnitTable } from "./unit-table.ts";
import { type EngineParts, WorkLifecycle } from "./work-lifecycle.ts";

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
  /** Callbacks of the present cycle; those from `#nextCallback` on have not run. */
  readonly #callbacks: (() => void)[] = [];
  #nextCallback = 0;
  #inCallback = false;
  #cycle = 0;

  constructor(shape: EngineShape, parts: EngineParts, describeDeadlock: () => KpuError) {
    const { contents, totals, hazards } = parts;
    this.#describeDeadlock = describeDeadlock;
    this.#shape = shape;
    this.#contents = contents;
    this.totals = totals;
    this.#hazards = hazards;
    this.#work = new WorkLifecycle(shape, parts);
  }

  get cycle(): number {
    return this.#cycle;
  }

  get units(): UnitTable {
    return this.#work.units;
  }

  /** No work outstanding and no callback pending. */
  get isIdle(): boolean {
    return this.#work.outstanding === 0 && !this.#hasCallbacks;
  }

  issueTransfer(mover: number, order: TransferOrder): void {
    this.#work.issueTransfer(mover, order);
  }

  issueProduct(tile: number, product: MatrixProduct): void {
    this.#work.issueProduct(tile, product);
  }

  /** Gives credits from outside, at the present cycle and before its starts. */
  signal(synchronization: Synchronization): void {
    this.#work.signal(synchronization);
  }

  /** Takes all credits of a semaphore from outside; returns how many. */
  drain(semaphore: number): number {
    return this.#work.drain(semaphore);
  }

  /** The units whose next work waits for credits, in order of issue. */
  blocked(): ReturnType<WorkLifecycle["blocked"]> {
    return this.#work.blocked();
  }

  /** A host write at the present cycle, before its starts; transfers in flight keep the source they started with. */
  hostWrite(region: number, offset: number, bytes: Uint8Array): void {
    this.#work.inFlight.keepSources(region, offset, bytes.length);
    this.#contents.write(region, offset, bytes);
    this.totals.touch(region, this.#cycle);
  }

  hostRead(region: number, offset: number, target: Uint8Array): void {
    this.#contents.read(region, offset, target);
    this.totals.touch(region, this.#cycle);
  }

  /** Zeroes a region, as a host write of zeros would. */
  hostClear(region: number, capacityBytes: number): void {
    this.#work.inFlight.keepSources(region, 0, capacityBytes);
    this.#contents.clear(region);
    this.totals.touch(region, this.#cycle);
  }

  /**
   * Runs until the cycle is `limit`, or until idle where that comes first and `untilIdle` is set, but for at most
   * `rounds` rounds. Returns whether the goal was reached. An error of a callback, or of a hazard that is to be raised,
   * surfaces from here; the machine then rests at that cycle and goes on with the next call. So does the error of a
   * machine that was to become idle and cannot, because all that is left waits for credits that nobody will give.
   */
  run(limit: number, untilIdle: boolean, rounds: number): boolean {
    this.requireOutsideCallback("run");
    this.#runCallbacks();
    for (let round = 0; ; round++) {
      if (this.#cycle === limit || (untilIdle && this.#work.outstanding === 0)) return true;
      if (round === rounds) return false;
      this.#work.startReady(this.#cycle);
      if (this.#shape.untimed) this.#goOnUntimed(limit);
      else this.#goOn(limit);
      this.#work.completeDone(this.#cycle, this.#callbacks);
      this.#runCallbacks();
    }
  }

  /**
   * The earliest cycle at which anything outside can see a change: steps that end before it change nothing but the
   * cycle. Infinity when idle.
   */
  horizon(): number {
    if (this.isIdle) return Number.POSITIVE_INFINITY;
    const mustAsk = this.#shape.untimed || this.#hasCallbacks || (this.#work.hasReady && this.#shape.raisesHazards);
    const next = this.#cycle + 1;
    return mustAsk ? next : Math.max(next, this.#work.earliestCompletion(this.#cycle));
  }

  /** Drops a unit's queue and running work without callbacks. */
  dropUnit(unit: number): void {
    this.requireOutsideCallback("reset a unit of");
    this.#work.dropUnit(unit, this.#cycle);
  }

  /** Back to cycle 0: nothing issued, all memories zero, all counts cleared. */
  reset(): void {
    this.requireOutsideCallback("reset");
    this.#work.clear();
    this.#contents.clearAll();
    this.#hazards.clear();
    this.totals.clear();
    this.#callbacks.length = 0;
    this.#nextCallback = 0;
    this.#cycle = 0;
  }

  requireOutsideCallback(action: string): void {
    if (!this.#inCallback) return;
    throw new KpuError(
      "KPU_IN_CALLBACK",
      `cannot ${action} the machine inside a completion callback (cycle ${this.#cycle}): start work there and let the run ` +
        "that is going on carry it out",
    );
  }

  get #hasCallbacks(): boolean {
    return this.#nextCallback < this.#callbacks.length;
  }

  #goOn(limit: number): void {
    this.#work.grantPorts(this.#cycle);
    const next = this.#work.nextEvent;
    if (next > limit) {
      this.#cycle = limit;
      return;
    }
    if (next === Number.POSITIVE_INFINITY) throw this.#describeDeadlock();
    this.#cycle = next;
    this.#work.takeDue(next);
  }

  /** Functional fidelity: what started completes in the next round of the same cycle; time passes only when asked to. */
  #goOnUntimed(limit: number): void {
    if (this.#work.hasDone) return;
    if (limit === Number.POSITIVE_INFINITY) throw this.#describeDeadlock();
    this.#cycle = limit;
  }

  /** Runs the callbacks of the present cycle, each once; the first error stops here and leaves the rest for the next run. */
  #runCallbacks(): void {
    if (this.#callbacks.length === 0) return;
    while (this.#hasCallbacks) {
      const callback = this.#callbacks[this.#nextCallback++];
      this.#inCallback = true;
      try {
        callback?.();
      } finally {
        this.#inCallback = false;
      }
    }
    this.#callbacks.length = 0;
    this.#nextCallback = 0;
  }
}
