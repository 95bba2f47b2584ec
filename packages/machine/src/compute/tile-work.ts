import type { Dataflow } from "../config/machine-config.ts";
import { elementBytes } from "../config/widths.ts";
import type { Synchronization } from "../engine/semaphores.ts";
import type { StateVector } from "../engine/state-vector.ts";
import type { WorkSurroundings } from "../engine/transfer-work.ts";
import { type TraceLog, traceOperation } from "../observe/trace-log.ts";
import { type ArrayShape, arrayCycles } from "./array-cycles.ts";
import type { ArrayTotals } from "./array-totals.ts";
import { accumulateProduct } from "./matrix-product.ts";
import { SteppedArray } from "./stepped-array.ts";
import type { TileSetup } from "./tile-arrays.ts";
import { type SavedBuffers, TileBuffers } from "./tile-buffers.ts";

/** A matrix product with its operands located: C (m x n) = A (m x k) B (k x n), row-major float32 in one region. */
export type MatrixProduct = {
  readonly region: number;
  readonly m: number;
  readonly n: number;
  readonly k: number;
  /** Byte offsets in the region. */
  readonly a: number;
  readonly b: number;
  readonly c: number;
  /** C += A B: the sums start at the values of C. */
  readonly accumulate: boolean;
  /** The sums go to the tile's vector unit, and C is not written from here. */
  readonly isDrained: boolean;
  /** Instead of the configured one. */
  readonly dataflow: Dataflow | undefined;
  readonly synchronization: Synchronization;
  readonly onComplete: (() => void) | undefined;
};

type Job = {
  readonly product: MatrixProduct;
  readonly sequence: number;
  /** Carried over a jump: the addresses are those of an earlier repetition, which had no conflict. */
  readonly isCarried: boolean;
};

/** Products of one tile in order of issue; those before `first` are done. */
type JobQueue = { jobs: Job[]; first: number };

/** By tile: the products that are not done, and the buffers of the running one. */
export type SavedTileWork = readonly {
  readonly jobs: readonly Job[] | undefined;
  readonly buffers: SavedBuffers | undefined;
}[];

/** Done jobs that a queue may hold before they are cut off. */
const mostDoneJobs = 1024;

/** Takes the sums of completed products, which it has to copy. */
export type SumsReceiver = { deliver(tile: number, sums: Float32Array): void };

/** The matrix products of the compute tiles: operands are read at the start, C is written at the end. */
export class TileWork {
  /** By tile. */
  readonly #setups: readonly TileSetup[];
  readonly #queues: (JobQueue | undefined)[] = [];
  readonly #buffers: (TileBuffers | undefined)[] = [];

  readonly #receiver: SumsReceiver;

  constructor(setups: readonly TileSetup[], receiver: SumsReceiver) {
    this.#setups = setups;
    this.#receiver = receiver;
  }

  issue(tile: number, product: MatrixProduct, sequence: number): void {
    const queue = this.#queues[tile] ?? { jobs: [], first: 0 };
    queue.jobs.push({ product, sequence, isCarried: false });
    this.#queues[tile] = queue;
  }

  /** Sequence number of the tile's first product: the running one, or else the next. */
  sequenceOf(tile: number): number {
    return this.#job(tile).sequence;
  }

  /** What that product waits for and signals. */
  synchronizationOf(tile: number): Synchronization {
    return this.#job(tile).product.synchronization;
  }

  cyclesOf(tile: number): number {
    const { product } = this.#job(tile);
    return arrayCycles(this.#shapeFor(tile, product), product.m, product.n, product.k);
  }

  multiplyAccumulatesOf(tile: number): number {
    const { m, n, k } = this.#job(tile).product;
    return m * n * k;
  }

  /** Puts the operands in flight and reads them; what is computed of them is kept until the product completes. */
  start(tile: number, unit: number, { contents, hazards, inFlight }: WorkSurroundings): void {
    const { product, isCarried } = this.#job(tile);
    if (isCarried) return;
    const { region, m, n, k, a: offsetA, b: offsetB, c: offsetC, accumulate, isDrained } = product;
    const { a: bytesA, b: bytesB, c: bytesC } = sizesOf(product);
    // Reads of A, B and, to accumulate, C; then the write of C: hazards are looked for in this order.
    if (!hazards.isOff) {
      inFlight.compare(unit, region, offsetA, bytesA, false, undefined);
      inFlight.compare(unit, region, offsetB, bytesB, false, undefined);
      if (accumulate) inFlight.compare(unit, region, offsetC, bytesC, false, undefined);
      if (!isDrained) inFlight.compare(unit, region, offsetC, bytesC, true, undefined);
    }
    inFlight.add(unit, region, offsetA, bytesA, false, undefined);
    inFlight.add(unit, region, offsetB, bytesB, false, undefined);
    if (accumulate) inFlight.add(unit, region, offsetC, bytesC, false, undefined);
    if (!isDrained) inFlight.add(unit, region, offsetC, bytesC, true, undefined);
    if (!contents.holdsValues) return;
    const { a, b, sums } = this.#buffersOf(tile);
    a.resize(m * k);
    b.resize(k * n);
    sums.resize(m * n);
    contents.read(region, product.a, a.bytes);
    contents.read(region, product.b, b.bytes);
    if (accumulate) contents.read(region, product.c, sums.bytes);
    else sums.elements.fill(0);
    if (!this.#setup(tile).isStepped) accumulateProduct(a.elements, b.elements, sums.elements, m, n, k);
  }

  /** Writes C or hands its sums on, frees the tile and returns the callback. */
  finish(tile: number, cycle: number, { contents, totals, inFlight }: WorkSurroundings): (() => void) | undefined {
    const { product } = this.#job(tile);
    const { region, c: offset, accumulate, isDrained } = product;
    const { a, b, c } = sizesOf(product);
    totals.accessed(region, a + b + (accumulate ? c : 0), false, cycle);
    if (!isDrained) totals.accessed(region, c, true, cycle);
    if (contents.holdsValues) {
      if (this.#setup(tile).isStepped) this.#stepToTheEnd(tile, product);
      const { sums } = this.#buffersOf(tile);
      if (isDrained) this.#receiver.deliver(tile, sums.elements);
      else {
        inFlight.keepSources(region, offset, c);
        contents.write(region, offset, sums.bytes);
      }
    }
    this.#removeFirst(tile);
    return product.onComplete;
  }

  /** Counts the tile's running product among what its array has done. */
  account(tile: number, totals: ArrayTotals): void {
    const { product } = this.#job(tile);
    totals.add(tile, this.#shapeFor(tile, product), product);
  }

  /** Notes the tile's running product, which completes now, in a trace. */
  record(trace: TraceLog, tile: number, unit: number, cycle: number): void {
    const { product } = this.#job(tile);
    const { a, b, c } = sizesOf(product);
    const bytes = a + b + (product.accumulate ? c : 0) + (product.isDrained ? 0 : c);
    trace.record(unit, cycle, product.region, product.region, bytes, traceOperation.product);
  }

  drop(tile: number): void {
    this.#queues[tile] = undefined;
  }

  /** The products of a tile, as far as they take time. */
  describe(tile: number, state: StateVector): void {
    const queue = this.#queues[tile];
    if (queue === undefined) return;
    for (let index = queue.first; index < queue.jobs.length; index++) {
      const job = queue.jobs[index];
      if (job === undefined) continue;
      const { region, m, n, k, accumulate, isDrained, synchronization, onComplete } = job.product;
      state.addSequence(job.sequence);
      state.add(region);
      state.add(m);
      state.add(n);
      state.add(k);
      state.add(accumulate ? 1 : 0);
      state.add(isDrained ? 1 : 0);
      state.addIdentity(this.#shapeFor(tile, job.product));
      state.addIdentity(synchronization);
      state.addCallback(onComplete);
    }
  }

  /** Carries every product over a jump in which so many pieces of work are issued. */
  carryOver(count: number): void {
    for (const queue of this.#queues) {
      if (queue === undefined) continue;
      queue.jobs = queue.jobs.map(({ product, sequence }) => ({
        product,
        sequence: sequence + count,
        isCarried: true,
      }));
    }
  }

  clear(): void {
    this.#queues.length = 0;
    this.#buffers.length = 0;
  }

  save(): SavedTileWork {
    const tileCount = Math.max(this.#queues.length, this.#buffers.length);
    return Array.from({ length: tileCount }, (_, tile) => {
      const queue = this.#queues[tile];
      return { jobs: queue?.jobs.slice(queue.first), buffers: this.#buffers[tile]?.save() };
    });
  }

  restore(saved: SavedTileWork): void {
    this.clear();
    for (const [tile, { jobs, buffers }] of saved.entries()) {
      if (jobs !== undefined) this.#queues[tile] = { jobs: [...jobs], first: 0 };
      if (buffers !== undefined) this.#buffersOf(tile).restore(buffers);
    }
  }

  #shapeFor(tile: number, { dataflow }: MatrixProduct): ArrayShape {
    const { arrays, dataflow: configured } = this.#setup(tile);
    return arrays[dataflow ?? configured];
  }

  #setup(tile: number): TileSetup {
    const setup = this.#setups[tile];
    if (setup === undefined) throw new RangeError(`no tile ${tile}`);
    return setup;
  }

  #stepToTheEnd(tile: number, product: MatrixProduct): void {
    const { m, n, k, accumulate } = product;
    const { a, b, sums } = this.#buffersOf(tile);
    const start = accumulate ? sums.elements : undefined;
    const array = new SteppedArray(this.#shapeFor(tile, product), { m, n, k, a: a.elements, b: b.elements, start });
    array.run();
    sums.elements.set(array.result);
  }

  #buffersOf(tile: number): TileBuffers {
    const known = this.#buffers[tile];
    if (known !== undefined) return known;
    const made = new TileBuffers();
    this.#buffers[tile] = made;
    return made;
  }

  #removeFirst(tile: number): void {
    const queue = this.#queues[tile];
    if (queue === undefined) return;
    queue.first++;
    if (queue.first < mostDoneJobs && queue.first < queue.jobs.length) return;
    queue.jobs.splice(0, queue.first);
    queue.first = 0;
  }

  #job(tile: number): Job {
    const queue = this.#queues[tile];
    const job = queue?.jobs[queue.first];
    if (job === undefined) throw new RangeError(`tile ${tile} has no work`);
    return job;
  }
}

/** Bytes of the matrices of a product. */
function sizesOf({ m, n, k }: MatrixProduct): { readonly a: number; readonly b: number; readonly c: number } {
  return { a: m * k * elementBytes, b: k * n * elementBytes, c: m * n * elementBytes };
}
