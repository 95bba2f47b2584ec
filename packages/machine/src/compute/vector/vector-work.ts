import type { ResolvedConfig } from "../../config/machine-config.ts";
import type { Synchronization } from "../../engine/semaphores.ts";
import type { StateVector } from "../../engine/state-vector.ts";
import type { WorkSurroundings } from "../../engine/transfer-work.ts";
import { numberFormats } from "../../number-format/number-format.ts";
import { vectorWork } from "../../observe/region-totals.ts";
import { type TraceLog, traceOperation } from "../../observe/trace-log.ts";
import { JobQueue } from "../job-queue.ts";
import { UnitBuffers } from "./unit-buffers.ts";
import {
  operandShapes,
  type VectorOperation,
  type VectorTask,
  type VectorUnitShape,
  vectorCycles,
  vectorElements,
} from "./vector-task.ts";
import { ActivationUnit } from "./vector-values.ts";

type Job = {
  readonly task: VectorTask;
  readonly sequence: number;
  /** Carried over a jump: the addresses are those of an earlier repetition, which had no conflict. */
  readonly isCarried: boolean;
};

/** What a vector unit is. */
export type VectorSetup = { readonly shape: VectorUnitShape; readonly functions: ActivationUnit };

/** The vector units of a machine, by tile: all alike. */
export function vectorSetups({ vectorUnits, computeTiles }: ResolvedConfig): readonly VectorSetup[] {
  const { width, pipelineDepth } = vectorUnits;
  const setup = { shape: { width, pipelineDepth }, functions: new ActivationUnit(vectorUnits) };
  return Array.from({ length: computeTiles.count }, () => setup);
}

/** By unit: the tasks that are not done, the result of the running one, and the sums that wait. */
export type SavedVectorWork = readonly {
  readonly jobs: readonly Job[] | undefined;
  readonly result: Uint8Array | undefined;
  readonly sums: readonly Uint8Array[];
}[];

const operationNumber: Readonly<Record<VectorOperation["kind"], number>> = {
  activation: traceOperation.activation,
  elementwise: traceOperation.elementwise,
  reduction: traceOperation.reduction,
  softmax: traceOperation.softmax,
  layerNorm: traceOperation.layerNorm,
  rmsNorm: traceOperation.rmsNorm,
};

/** The tasks of the tiles' vector units, by tile: operands are read at the start, the result is written at the end. */
export class VectorWork {
  /** By tile. */
  readonly #setups: readonly VectorSetup[];
  readonly #queues: (JobQueue<Job> | undefined)[] = [];
  readonly #buffers: (UnitBuffers | undefined)[] = [];

  constructor(setups: readonly VectorSetup[]) {
    this.#setups = setups;
  }

  issue(tile: number, task: VectorTask, sequence: number): void {
    const queue = this.#queues[tile] ?? new JobQueue<Job>();
    queue.add({ task, sequence, isCarried: false });
    this.#queues[tile] = queue;
  }

  /** Sequence number of the unit's first task: the running one, or else the next. */
  sequenceOf(tile: number): number {
    return this.#job(tile).sequence;
  }

  /** What that task waits for and signals. */
  synchronizationOf(tile: number): Synchronization {
    return this.#job(tile).task.synchronization;
  }

  cyclesOf(tile: number): number {
    return vectorCycles(this.#setup(tile).shape, this.#job(tile).task);
  }

  /** Elements that the running task takes in, over all its passes. */
  elementsOf(tile: number): number {
    return vectorElements(this.#job(tile).task);
  }

  /** Sums of a completed product, for the task that waits for them. They are copied: the array goes on with its buffer. */
  deliver(tile: number, sums: Uint8Array): void {
    this.#buffersOf(tile).addSums(sums);
  }

  /** Puts the operands in flight, reads them and computes; the result is kept until the task completes. */
  start(tile: number, unit: number, { contents, hazards, inFlight, faults }: WorkSurroundings): void {
    const { task, isCarried } = this.#job(tile);
    if (isCarried) return;
    const { region, source, second, third, scales, destination, bytes } = task;
    // Reads, then the write: hazards are looked for in this order.
    if (!hazards.isOff) {
      if (source !== undefined) inFlight.compare(unit, region, source, bytes.matrix, false, undefined);
      if (second !== undefined) inFlight.compare(unit, region, second, bytes.second, false, undefined);
      if (third !== undefined) inFlight.compare(unit, region, third, bytes.third, false, undefined);
      if (scales !== undefined) inFlight.compare(unit, region, scales, bytes.scales, false, undefined);
      inFlight.compare(unit, region, destination, bytes.written, true, undefined);
    }
    if (source !== undefined) inFlight.add(unit, region, source, bytes.matrix, false, undefined);
    if (second !== undefined) inFlight.add(unit, region, second, bytes.second, false, undefined);
    if (third !== undefined) inFlight.add(unit, region, third, bytes.third, false, undefined);
    if (scales !== undefined) inFlight.add(unit, region, scales, bytes.scales, false, undefined);
    inFlight.add(unit, region, destination, bytes.written, true, undefined);
    if (!faults.upsets.isClean) inFlight.inspectReads(unit);
    if (contents.holdsValues) this.#buffersOf(tile).compute(task, contents, this.#setup(tile).functions);
  }

  /** Writes the result, frees the unit and returns the callback. */
  finish(tile: number, cycle: number, { contents, totals, inFlight }: WorkSurroundings): (() => void) | undefined {
    const { task } = this.#job(tile);
    const { region, destination, bytes } = task;
    const { read, written } = bytes;
    if (read > 0) totals.accessed(vectorWork, region, read, false, cycle);
    totals.accessed(vectorWork, region, written, true, cycle);
    if (contents.holdsValues) {
      inFlight.keepSources(region, destination, written);
      contents.write(region, destination, this.#buffersOf(tile).result.bytes);
    }
    this.#queues[tile]?.removeFirst();
    return task.onComplete;
  }

  /** Notes the unit's running task, which completes now, in a trace. */
  record(trace: TraceLog, tile: number, unit: number, cycle: number): void {
    const { task } = this.#job(tile);
    const { read, written } = task.bytes;
    trace.record(unit, cycle, task.region, task.region, read + written, operationNumber[task.operation.kind]);
    if (trace.hasAddresses) trace.locate(task.source ?? task.destination, task.destination, written);
  }

  /** Forgets the tasks of a unit, and the sums that wait for it. */
  drop(tile: number): void {
    this.#queues[tile] = undefined;
    this.#buffers[tile] = undefined;
  }

  /** The tasks of a unit, as far as they take time. */
  describe(tile: number, state: StateVector): void {
    for (const { task, sequence } of this.#queues[tile]?.jobs ?? []) {
      const { region, rows, cols, operation, format, result, synchronization, onComplete } = task;
      const { source, second, third, scales } = task;
      state.addSequence(sequence);
      state.add(region);
      state.add(rows);
      state.add(cols);
      state.add(operationNumber[operation.kind]);
      state.add(operation.kind === "elementwise" ? operandShapes.indexOf(operation.shape) : 0);
      state.add(numberFormats[format].code);
      state.add(numberFormats[result.format].code);
      for (const operand of [source, second, third, scales]) state.add(operand === undefined ? 0 : 1);
      state.addIdentity(synchronization);
      state.addCallback(onComplete);
    }
  }

  /** Carries every task over a jump in which so many pieces of work are issued. */
  carryOver(count: number): void {
    for (const [tile, queue] of this.#queues.entries()) {
      if (queue === undefined) continue;
      const carried = queue.jobs.map(({ task, sequence }) => ({ task, sequence: sequence + count, isCarried: true }));
      this.#queues[tile] = new JobQueue(carried);
    }
  }

  clear(): void {
    this.#queues.length = 0;
    this.#buffers.length = 0;
  }

  save(): SavedVectorWork {
    const unitCount = Math.max(this.#queues.length, this.#buffers.length);
    return Array.from({ length: unitCount }, (_, tile) => {
      const buffers = this.#buffers[tile];
      return { jobs: this.#queues[tile]?.jobs, result: buffers?.result.save(), sums: buffers?.saveSums() ?? [] };
    });
  }

  restore(saved: SavedVectorWork): void {
    this.clear();
    for (const [tile, { jobs, result, sums }] of saved.entries()) {
      if (jobs !== undefined) this.#queues[tile] = new JobQueue(jobs);
      if (result !== undefined) this.#buffersOf(tile).result.restore(result);
      for (const each of sums) this.deliver(tile, each);
    }
  }

  #setup(tile: number): VectorSetup {
    const setup = this.#setups[tile];
    if (setup === undefined) throw new RangeError(`there is no vector unit ${tile}`);
    return setup;
  }

  #buffersOf(tile: number): UnitBuffers {
    const known = this.#buffers[tile];
    if (known !== undefined) return known;
    const made = new UnitBuffers();
    this.#buffers[tile] = made;
    return made;
  }

  #job(tile: number): Job {
    const job = this.#queues[tile]?.first;
    if (job === undefined) throw new RangeError(`vector unit ${tile} has no work`);
    return job;
  }
}
