import { elementBytes } from "../config/widths.ts";
import type { Synchronization } from "../engine/semaphores.ts";
import type { WorkSurroundings } from "../engine/transfer-work.ts";
import type { MemoryContents } from "../memory/memory-contents.ts";
import { type ArrayShape, arrayCycles } from "./array-cycles.ts";
import { matrixProduct } from "./matrix-product.ts";

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
  readonly synchronization: Synchronization;
  readonly onComplete: (() => void) | undefined;
};

/** A byte range that a product reads or writes. */
type Access = { readonly offset: number; readonly bytes: number; readonly writes: boolean };

type Job = { readonly product: MatrixProduct; readonly sequence: number; result: Uint8Array | undefined };

/** Products of one tile in order of issue; those before `first` are done. */
type JobQueue = { jobs: Job[]; first: number };

/** Done jobs that a queue may hold before they are cut off. */
const mostDoneJobs = 1024;

/** The matrix products of the compute tiles: operands are read at the start, C is written at the end. */
export class TileWork {
  readonly array: ArrayShape;
  readonly #queues: (JobQueue | undefined)[] = [];

  constructor(array: ArrayShape) {
    this.array = array;
  }

  issue(tile: number, product: MatrixProduct, sequence: number): void {
    const queue = this.#queues[tile] ?? { jobs: [], first: 0 };
    queue.jobs.push({ product, sequence, result: undefined });
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
    const { m, n, k } = this.#job(tile).product;
    return arrayCycles(this.array, m, n, k);
  }

  multiplyAccumulatesOf(tile: number): number {
    const { m, n, k } = this.#job(tile).product;
    return m * n * k;
  }

  /** Puts the operands in flight, reads them and computes C, which is kept until the product completes. */
  start(tile: number, unit: number, { contents, hazards, inFlight }: WorkSurroundings): void {
    const job = this.#job(tile);
    const { region, m, n, k, a, b } = job.product;
    const accesses = accessesOf(job.product);
    if (!hazards.isOff) {
      for (const { offset, bytes, writes } of accesses)
        inFlight.compare(unit, region, offset, bytes, writes, undefined);
    }
    for (const { offset, bytes, writes } of accesses) inFlight.add(unit, region, offset, bytes, writes, undefined);
    const left = readFloats(contents, region, a, m * k);
    const right = readFloats(contents, region, b, k * n);
    job.result = new Uint8Array(matrixProduct(left, right, m, n, k).buffer);
  }

  /** Writes C, frees the tile and returns the callback. */
  finish(tile: number, cycle: number, { contents, totals, inFlight }: WorkSurroundings): (() => void) | undefined {
    const { product, result } = this.#job(tile);
    for (const { offset, bytes, writes } of accessesOf(product)) {
      if (writes) inFlight.keepSources(product.region, offset, bytes);
      totals.accessed(product.region, bytes, writes, cycle);
    }
    if (result !== undefined) contents.write(product.region, product.c, result);
    this.#removeFirst(tile);
    return product.onComplete;
  }

  drop(tile: number): void {
    this.#queues[tile] = undefined;
  }

  clear(): void {
    this.#queues.length = 0;
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

function accessesOf({ m, n, k, a, b, c }: MatrixProduct): readonly Access[] {
  return [
    { offset: a, bytes: m * k * elementBytes, writes: false },
    { offset: b, bytes: k * n * elementBytes, writes: false },
    { offset: c, bytes: m * n * elementBytes, writes: true },
  ];
}

function readFloats(
  contents: MemoryContents,
  region: number,
  offset: number,
  count: number,
): Float32Array<ArrayBuffer> {
  const floats = new Float32Array(count);
  contents.read(region, offset, new Uint8Array(floats.buffer));
  return floats;
}
