import type { MatrixProduct } from "../compute/tile-work.ts";
import type { VectorTask } from "../compute/vector/vector-task.ts";
import type { FaultOrder, Faults } from "../faults/faults.ts";
import type { MemoryContents } from "../memory/memory-contents.ts";
import type { RegionTotals } from "../observe/region-totals.ts";
import type { TraceLog } from "../observe/trace-log.ts";
import type { Tracing } from "../observe/tracing.ts";
import type { Input, InputJournal } from "./inputs.ts";
import type { Synchronization } from "./semaphores.ts";
import type { TransferOrder } from "./transfer-table.ts";
import type { WorkLifecycle } from "./work-lifecycle.ts";

/** What inputs act on; `clock` tells the present cycle. */
export type InputTargets = {
  readonly clock: { readonly cycle: number };
  readonly work: WorkLifecycle;
  readonly contents: MemoryContents;
  readonly totals: RegionTotals;
  readonly tracing: Tracing;
  readonly faults: Faults;
};

/** Everything that comes to the engine from outside: acts at the present cycle, and is noted where a journal is kept. */
export class EngineInputs {
  readonly #targets: InputTargets;
  readonly #work: WorkLifecycle;
  #journal: InputJournal | undefined;

  constructor(targets: InputTargets) {
    this.#targets = targets;
    this.#work = targets.work;
  }

  /** Tells a journal of all inputs from now on, or nobody. */
  keepJournal(journal: InputJournal | undefined): void {
    this.#journal = journal;
  }

  /** Whether a journal is kept. */
  get isNoted(): boolean {
    return this.#journal !== undefined;
  }

  transfer(mover: number, order: TransferOrder): void {
    if (this.#journal !== undefined) this.#journal.note({ kind: "transfer", mover, order });
    this.#work.issueTransfer(mover, order, this.#targets.clock.cycle);
  }

  product(tile: number, product: MatrixProduct): void {
    if (this.#journal !== undefined) this.#journal.note({ kind: "product", tile, product });
    this.#work.issueProduct(tile, product, this.#targets.clock.cycle);
  }

  vector(tile: number, task: VectorTask): void {
    if (this.#journal !== undefined) this.#journal.note({ kind: "vector", tile, task });
    this.#work.issueVector(tile, task, this.#targets.clock.cycle);
  }

  signal(synchronization: Synchronization): void {
    this.#noteAndApply({ kind: "signal", synchronization });
  }

  drain(semaphore: number, count: number): void {
    this.#noteAndApply({ kind: "drain", semaphore, count });
  }

  write(region: number, offset: number, bytes: Uint8Array): void {
    this.#journal?.note({ kind: "write", region, offset, bytes: bytes.slice() });
    this.#write(region, offset, bytes);
  }

  read(region: number, offset: number, target: Uint8Array): void {
    this.#targets.contents.look(region, offset, target);
    // Looking at the past leaves no mark there.
    if (this.#journal?.isInPast !== true) this.#noteAndApply({ kind: "touch", region });
  }

  clear(region: number, capacityBytes: number): void {
    this.#noteAndApply({ kind: "clear", region, capacityBytes });
  }

  drop(unit: number): void {
    this.#noteAndApply({ kind: "drop", unit });
  }

  fault(order: FaultOrder): void {
    this.#noteAndApply({ kind: "fault", order });
  }

  trace(log: TraceLog, isOn: boolean): void {
    this.#noteAndApply({ kind: "trace", log, isOn });
  }

  /** Applies an input that is noted already. */
  apply(input: Input): void {
    const { clock, work, contents, totals, tracing } = this.#targets;
    switch (input.kind) {
      case "transfer":
        work.issueTransfer(input.mover, input.order, clock.cycle);
        break;
      case "product":
        work.issueProduct(input.tile, input.product, clock.cycle);
        break;
      case "vector":
        work.issueVector(input.tile, input.task, clock.cycle);
        break;
      case "signal":
        work.signal(input.synchronization);
        break;
      case "drain":
        work.takeCredits(input.semaphore, input.count);
        break;
      case "write":
        this.#write(input.region, input.offset, input.bytes);
        break;
      case "touch":
        totals.touch(input.region, clock.cycle);
        break;
      case "clear":
        work.inFlight.keepSources(input.region, 0, input.capacityBytes);
        contents.clear(input.region);
        totals.touch(input.region, clock.cycle);
        break;
      case "drop":
        work.dropUnit(input.unit, clock.cycle);
        break;
      case "fault":
        this.#fault(input.order);
        break;
      case "trace":
        // A trace begins empty, also when its beginning is replayed.
        if (input.isOn) {
          input.log.clear();
          work.units.waits.forgetGivers();
        }
        tracing.into(input.log, input.isOn);
        break;
    }
  }

  #noteAndApply(input: Input): void {
    this.#journal?.note(input);
    this.apply(input);
  }

  #write(region: number, offset: number, bytes: Uint8Array): void {
    const { clock, work, contents, totals, faults } = this.#targets;
    work.inFlight.keepSources(region, offset, bytes.length);
    contents.write(region, offset, bytes);
    faults.errors.settle(clock.cycle);
    totals.touch(region, clock.cycle);
  }

  #fault(order: FaultOrder): void {
    const { clock, work, contents, faults } = this.#targets;
    if (order.kind === "bit_flip") work.inFlight.keepSources(order.region, order.offset, 1);
    faults.apply(order, contents, clock.cycle);
  }
}
