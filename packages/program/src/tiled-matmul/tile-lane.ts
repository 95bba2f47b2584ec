import type { ComputeTile, Dataflow, PreparedProduct, Semaphore, TransferLayout } from "@kpu-sim/machine";
import type { Hop, Spot } from "./hop.ts";
import { type OperandReader, spotAt } from "./operand-lane.ts";
import type { SemaphorePool } from "./semaphore-pool.ts";

/** The engines of one compute tile. */
export type TileHops = {
  readonly streamA: Hop;
  readonly streamB: Hop;
  /** By level: drain (L1 to L2), write back (L2 to L3), store (L3 to external), unstage (external to host). */
  readonly results: readonly [Hop, Hop, Hop, Hop];
};

/** Where a result is: 0 in L1, 1 in L2, 2 in L3, 3 in external memory. */
export type ResultLevel = 0 | 1 | 2 | 3;

type Ring = { readonly full: Semaphore; readonly free: Semaphore };

export type TileBuffers = {
  readonly scratchpad: number;
  readonly a: readonly Spot[];
  readonly b: readonly Spot[];
  readonly c: readonly Spot[];
  readonly l2C: readonly Spot[];
  readonly l3C: readonly Spot[];
};

/** One step of a tile: the sizes of its product, and where it stands in the sum over k. */
export type ProductStep = {
  readonly m: number;
  readonly n: number;
  readonly k: number;
  /** Tells sizes apart, 0 to 7. */
  readonly size: number;
  readonly isFirst: boolean;
  readonly isLast: boolean;
};

/** A finished tile of C on its way out. */
export type ResultTile = {
  readonly bytes: number;
  readonly size: number;
  readonly external: Spot;
  readonly host: Spot;
  readonly layout: () => TransferLayout;
};

/** A compute tile with its streamers and buffers: operands from L2, products, and results back to host memory. */
export class TileLane {
  readonly a: OperandReader;
  readonly b: OperandReader;
  readonly #tile: ComputeTile;
  readonly #dataflow: Dataflow;
  readonly #hops: TileHops;
  readonly #buffers: TileBuffers;
  readonly #full: { readonly a: Semaphore; readonly b: Semaphore };
  readonly #free: { readonly a: Semaphore; readonly b: Semaphore };
  /** By level: results that are there, and buffers that are free. */
  readonly #results: readonly [Ring, Ring, Ring, Ring];
  /** By level: results that have left it. */
  readonly #moved: [number, number, number, number] = [0, 0, 0, 0];
  readonly #products: PreparedProduct[] = [];
  #steps = 0;
  #outputs = 0;

  constructor(pool: SemaphorePool, tile: ComputeTile, dataflow: Dataflow, hops: TileHops, buffers: TileBuffers) {
    const reader = (): OperandReader => ({ arrived: pool.take("data"), taken: pool.take("space") });
    this.a = reader();
    this.b = reader();
    this.#tile = tile;
    this.#dataflow = dataflow;
    this.#hops = hops;
    this.#buffers = buffers;
    this.#full = { a: pool.take("data"), b: pool.take("data") };
    this.#free = { a: pool.take("space"), b: pool.take("space") };
    const ring = (): Ring => ({ full: pool.take("data"), free: pool.take("space") });
    this.#results = [ring(), ring(), ring(), ring()];
  }

  /** L2 to L1: an operand of the coming product. */
  feed(operand: "a" | "b", bytes: number, size: number, from: Spot): void {
    const isReused = this.#steps >= this.#buffers[operand].length;
    const hop = operand === "a" ? this.#hops.streamA : this.#hops.streamB;
    const { arrived, taken } = this[operand];
    hop.issue(
      size * 4 + (isReused ? 2 : 0) + (operand === "a" ? 0 : 1),
      from,
      spotAt(this.#buffers[operand], this.#steps),
      () => ({
        bytes,
        waitFor: isReused ? [arrived, this.#free[operand]] : [arrived],
        signal: [taken, this.#full[operand]],
      }),
    );
  }

  /** The product of what was fed, added to the output tile. */
  multiply(step: ProductStep, onComplete: (() => void) | undefined): void {
    const mustWait = step.isFirst && this.#outputs >= this.#buffers.c.length;
    const a = spotAt(this.#buffers.a, this.#steps).offset;
    const b = spotAt(this.#buffers.b, this.#steps).offset;
    const c = spotAt(this.#buffers.c, this.#outputs).offset;
    this.#productOf(step, mustWait).issue(a, b, c, onComplete);
    this.#steps++;
    if (step.isLast) this.#outputs++;
  }

  /** A result's hop from level 0 (L1) to L2, 1 (L2) to L3, 2 (L3) to external memory, or 3 (external memory) to the host. */
  moveResult(level: ResultLevel, { bytes, size, external, host, layout }: ResultTile): void {
    const output = this.#moved[level]++;
    const { c, l2C, l3C } = this.#buffers;
    const way = [spotAt(c, output), spotAt(l2C, output), spotAt(l3C, output), external, host] as const;
    const { full, free } = this.#results[level];
    const next = level === 3 ? undefined : this.#results[level + 1];
    // Only the rings of L2 and L3 have to be free; external and host memory have a place for every tile.
    const isReused = level < 2 && output >= c.length;
    this.#hops.results[level].issue(
      size * 8 + level * 2 + (isReused ? 1 : 0),
      way[level],
      way[level + 1] ?? host,
      () => ({
        ...(level === 3 ? { layout: layout() } : { bytes }),
        waitFor: [full, ...(isReused && next !== undefined ? [next.free] : [])],
        signal: next === undefined ? [] : [free, next.full],
      }),
    );
  }

  #productOf({ m, n, k, size, isFirst, isLast }: ProductStep, mustWait: boolean): PreparedProduct {
    const variant = size * 8 + (isFirst ? 4 : 0) + (isLast ? 2 : 0) + (mustWait ? 1 : 0);
    const known = this.#products[variant];
    if (known !== undefined) return known;
    const [result] = this.#results;
    const made = this.#tile.prepare({
      scratchpad: this.#buffers.scratchpad,
      m,
      n,
      k,
      accumulate: !isFirst,
      dataflow: this.#dataflow,
      waitFor: [this.#full.a, this.#full.b, ...(mustWait ? [result.free] : [])],
      signal: [this.#free.a, this.#free.b, ...(isLast ? [result.full] : [])],
    });
    this.#products[variant] = made;
    return made;
  }
}
