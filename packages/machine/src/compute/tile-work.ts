import type { Dataflow } from "../config/machine-config.ts";
import type { Synchronization } from "../engine/semaphores.ts";
import type { StateVector } from "../engine/state-vector.ts";
import type { WorkSurroundings } from "../engine/transfer-work.ts";
import type { MemoryContents } from "../memory/memory-contents.ts";
import { matrixBytes, type NumberFormat, numberFormats } from "../number-format/number-format.ts";
import { productWork } from "../observe/region-totals.ts";
import { type TraceLog, traceOperation } from "../observe/trace-log.ts";
import type { ProductShape } from "./array-accesses.ts";
import { type ArrayShape, arrayCycles } from "./array-cycles.ts";
import { ArrayReplay } from "./array-replay.ts";
import type { ArrayTotals } from "./array-totals.ts";
import { roundSums, startSums, sumUpFormats } from "./format-product.ts";
import { SteppedArray } from "./stepped-array.ts";
import { stepPackedProduct } from "./stepped-packed-product.ts";
import { stepStruckProduct } from "./struck-product.ts";
import type { TileSetup } from "./tile-arrays.ts";
import { MatrixBuffer, type SavedBuffers, TileBuffers } from "./tile-buffers.ts";

/** A matrix product with its operands located: C (m x n) = A (m x k) B (k x n), row-major in one region. */
export type MatrixProduct = {
  readonly region: number;
  readonly m: number;
  readonly n: number;
  readonly k: number;
  /** The format of A and B, and that of C; where the sums go to the vector unit, C holds sums, if it is read at all. */
  readonly format: NumberFormat;
  readonly resultFormat: NumberFormat;
  /** The product as the array sees it, its k in words of operands. */
  readonly words: ProductShape;
  /** Byte offsets in the region. */
  readonly a: number;
  readonly b: number;
  readonly c: number;
  /** C += A B: the sums start at the values of C. */
  readonly accumulate: boolean;
  /** The sums go to the tile's vector unit, and C is not written from here. */
  readonly drains: boolean;
  /** Instead of the configured one. */
  readonly dataflow: Dataflow | undefined;
  readonly synchronization: Synchronization;
  /** Defined for products of which many are issued: those with the same object differ in nothing but places and callback. */
  readonly variant: object | undefined;
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

/** Takes the sums of completed products, float32 or int32, which it has to copy. */
export type SumsReceiver = { deliver(tile: number, sums: Uint8Array): void };

/** The matrix products of the compute tiles: operands are read at the start, C is written at the end. */
export class TileWork {
  /** By tile. */
  readonly #setups: readonly TileSetup[];
  readonly #queues: (JobQueue | undefined)[] = [];
  readonly #buffers: (TileBuffers | undefined)[] = [];
  /** C on its way between a memory and the sums, where its format is not theirs. */
  readonly #result = new MatrixBuffer();
  /** Operands that do not lie in one piece. */
  readonly #left = new MatrixBuffer();
  readonly #right = new MatrixBuffer();

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
    const { m, n, k: depthWords } = product.words;
    return arrayCycles(this.#shapeFor(tile, product), m, n, depthWords);
  }

  multiplyAccumulatesOf(tile: number): number {
    const { m, n, k } = this.#job(tile).product;
    return m * n * k;
  }

  /** Puts the operands in flight and reads them; what is computed of them is kept until the product completes. */
  start(tile: number, unit: number, { contents, hazards, inFlight, faults }: WorkSurroundings): void {
    const { product, isCarried } = this.#job(tile);
    if (isCarried) return;
    const { region, a: offsetA, b: offsetB, c: offsetC, accumulate, drains } = product;
    const { a: bytesA, b: bytesB, c: bytesC } = sizesOf(product);
    // Reads of A, B and, to accumulate, C; then the write of C: hazards are looked for in this order.
    if (!hazards.isOff) {
      inFlight.compare(unit, region, offsetA, bytesA, false, undefined);
      inFlight.compare(unit, region, offsetB, bytesB, false, undefined);
      if (accumulate) inFlight.compare(unit, region, offsetC, bytesC, false, undefined);
      if (!drains) inFlight.compare(unit, region, offsetC, bytesC, true, undefined);
    }
    inFlight.add(unit, region, offsetA, bytesA, false, undefined);
    inFlight.add(unit, region, offsetB, bytesB, false, undefined);
    if (accumulate) inFlight.add(unit, region, offsetC, bytesC, false, undefined);
    if (!drains) inFlight.add(unit, region, offsetC, bytesC, true, undefined);
    if (!contents.holdsValues) return;
    if (!faults.upsets.isClean) inFlight.inspectReads(unit);
    const isStruck = !faults.strikes.isClean && faults.strikes.begin(tile);
    const buffers = this.#buffersOf(tile);
    const { sums } = buffers;
    sums.resize(sumBytes * product.m * product.n);
    const start = accumulate ? this.#startOf(product, sums, contents) : undefined;
    if (this.#setup(tile).isStepped || isStruck) {
      buffers.a.fill(contents, region, offsetA, bytesA);
      buffers.b.fill(contents, region, offsetB, bytesB);
      if (start === undefined) sums.bytes.fill(0);
      else if (start !== sums.bytes) sums.bytes.set(start);
    } else {
      const a = contents.view(region, offsetA, bytesA) ?? this.#left.fill(contents, region, offsetA, bytesA);
      const b = contents.view(region, offsetB, bytesB) ?? this.#right.fill(contents, region, offsetB, bytesB);
      sumUpFormats(sums, { a, b }, product, start);
    }
  }

  /** Writes C or hands its sums on, frees the tile and returns the callback. */
  finish(
    tile: number,
    cycle: number,
    { contents, totals, inFlight, faults }: WorkSurroundings,
  ): (() => void) | undefined {
    const { product } = this.#job(tile);
    const { region, c: offset, accumulate, drains } = product;
    const { a, b, c } = sizesOf(product);
    totals.accessed(productWork, region, a + b + (accumulate ? c : 0), false, cycle);
    if (!drains) totals.accessed(productWork, region, c, true, cycle);
    if (contents.holdsValues) {
      const strikes = faults.strikes.of(tile);
      if (strikes !== undefined) {
        stepStruckProduct(
          this.#shapeFor(tile, product),
          this.#setup(tile).operandBits,
          product,
          this.#buffersOf(tile),
          strikes,
        );
        faults.strikes.end(tile);
      } else if (this.#setup(tile).isStepped) this.#stepToTheEnd(tile, product);
      const { sums } = this.#buffersOf(tile);
      if (drains) this.#receiver.deliver(tile, sums.bytes);
      else {
        inFlight.keepSources(region, offset, c);
        contents.write(region, offset, this.#resultBytes(sums, product, c));
      }
    }
    this.#removeFirst(tile);
    return product.onComplete;
  }

  /** Counts the tile's running product among what its array has done. */
  account(tile: number, totals: ArrayTotals): void {
    const { product } = this.#job(tile);
    totals.add(tile, this.#shapeFor(tile, product), product.words);
    totals.addElements(tile, product.format, product.m * product.n * product.k);
  }

  /** Notes the tile's running product, which completes now, in a trace. */
  record(trace: TraceLog, tile: number, unit: number, cycle: number): void {
    const { product } = this.#job(tile);
    const { a, b, c } = sizesOf(product);
    const bytes = a + b + (product.accumulate ? c : 0) + (product.drains ? 0 : c);
    trace.record(unit, cycle, product.region, product.region, bytes, traceOperation.product);
    if (trace.hasAddresses) trace.locate(product.a, product.c, product.drains ? 0 : c);
  }

  /**
   * An array of its own for the tile's first product: the one that began at `startCycle`, with zeros for operands, or else the next,
   * with the values that it would read now. Undefined where there is none, or no array.
   */
  replayFirst(tile: number, startCycle: number | undefined, contents: MemoryContents): ArrayReplay | undefined {
    const queue = this.#queues[tile];
    const job = queue?.jobs[queue.first];
    const setup = this.#setup(tile);
    if (job === undefined || !setup.arrays[setup.dataflow].systolic) return undefined;
    const { product, isCarried } = job;
    const shape = this.#shapeFor(tile, product);
    const { m, n, k, words, format, accumulate } = product;
    const replayed = { m, n, k, words, format, accumulate, startCycle };
    if (startCycle !== undefined || isCarried || !contents.holdsValues) {
      return new ArrayReplay(shape, setup.operandBits, replayed, undefined);
    }
    const { a, b } = sizesOf(product);
    const sums = new MatrixBuffer();
    sums.resize(sumBytes * m * n);
    const start = accumulate ? this.#startOf(product, sums, contents) : undefined;
    return new ArrayReplay(shape, setup.operandBits, replayed, {
      a: new MatrixBuffer().fill(contents, product.region, product.a, a),
      b: new MatrixBuffer().fill(contents, product.region, product.b, b),
      start: start?.slice(),
    });
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
      const { region, m, n, k, format, resultFormat, accumulate, drains, synchronization, variant, onComplete } =
        job.product;
      state.addSequence(job.sequence);
      state.addCallback(onComplete);
      state.addIdentity(variant);
      if (variant !== undefined) continue;
      state.add(region);
      state.add(m);
      state.add(n);
      state.add(k);
      state.add(numberFormats[format].code);
      state.add(numberFormats[resultFormat].code);
      state.add(accumulate ? 1 : 0);
      state.add(drains ? 1 : 0);
      state.addIdentity(this.#shapeFor(tile, job.product));
      state.addIdentity(synchronization);
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

  /** What the sums of a product start at, as sums: C where it lies, or in the sums themselves. */
  #startOf(product: MatrixProduct, sums: MatrixBuffer, contents: MemoryContents): Uint8Array<ArrayBuffer> {
    const { region, c } = product;
    const bytes = sizesOf(product).c;
    const inPlace = contents.view(region, c, bytes);
    if (isAccumulator(product.resultFormat)) return inPlace ?? sums.fill(contents, region, c, bytes);
    startSums(sums, inPlace ?? this.#result.fill(contents, region, c, bytes), product);
    return sums.bytes;
  }

  /** C as it lies in memory: the sums, or what they are rounded to. */
  #resultBytes(sums: MatrixBuffer, product: MatrixProduct, count: number): Uint8Array {
    if (isAccumulator(product.resultFormat)) return sums.bytes;
    this.#result.resize(count);
    roundSums(sums, this.#result.bytes, product);
    return this.#result.bytes;
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
    const { m, n, k, accumulate, format } = product;
    const buffers = this.#buffersOf(tile);
    const shape = this.#shapeFor(tile, product);
    if (format !== "float32") {
      stepPackedProduct(shape, this.#setup(tile).operandBits, product, buffers);
      return;
    }
    const { a, b, sums } = buffers;
    const start = accumulate ? sums.floats : undefined;
    const array = new SteppedArray(shape, { m, n, k, a: a.floats, b: b.floats, start });
    array.run();
    sums.floats.set(array.result);
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

/** Bytes of a sum, in float32 or int32. */
const sumBytes = 4;

/** Whether C has the format of the sums. */
function isAccumulator(format: NumberFormat): boolean {
  return format === "float32" || format === "int32";
}

/** Bytes of the matrices of a product. */
function sizesOf({ m, n, k, format, resultFormat }: MatrixProduct): {
  readonly a: number;
  readonly b: number;
  readonly c: number;
} {
  return { a: matrixBytes(format, m, k), b: matrixBytes(format, k, n), c: matrixBytes(resultFormat, m, n) };
}
