import {
  type ComputeTile,
  matrixBytes,
  type PreparedProduct,
  type ProductRequest,
  type Semaphore,
  type StateVector,
  type TransferLayout,
} from "@kpu-sim/machine";
import { epilogueAt } from "./ending.ts";
import type { Hop, Ring, Spot } from "./hop.ts";
import { type OperandReader, type TileSize, tileSizes } from "./operand-lane.ts";
import type { PlannedProblem } from "./problem.ts";
import type { SemaphorePool } from "./semaphore-pool.ts";

/** The engines of one compute tile. */
export type TileHops = {
  readonly a: Hop;
  readonly b: Hop;
  /** By level: drain (L1 to L2), write back (L2 to L3), store (L3 to external), unstage (external to host). */
  readonly results: readonly [Hop, Hop, Hop, Hop];
};

/** Where a result is: 0 in L1, 1 in L2, 2 in L3, 3 in external memory. */
export type ResultLevel = 0 | 1 | 2 | 3;

export type TileBuffers = {
  readonly scratchpad: number;
  readonly a: Ring;
  readonly b: Ring;
  readonly c: Ring;
  readonly l2C: Ring;
  readonly l3C: Ring;
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
  readonly size: TileSize;
  readonly external: Spot;
  readonly host: Spot;
  readonly layout: () => TransferLayout;
};

/** What all products have in common; the last one of a tile of C has the ending. */
type ProductKind = Pick<ProductRequest, "dataflow"> & Pick<PlannedProblem, "format" | "resultFormat" | "ending">;

/** Credits of one level that results pass. */
type Stage = { readonly full: Semaphore; readonly free: Semaphore };

/** A compute tile with its streamers and buffers: operands from L2, products, and results back to host memory. */
export class TileLane {
  readonly a: OperandReader;
  readonly b: OperandReader;
  readonly #tile: ComputeTile;
  readonly #kind: ProductKind;
  readonly #hops: TileHops;
  readonly #buffers: TileBuffers;
  readonly #full: { readonly a: Semaphore; readonly b: Semaphore };
  readonly #free: { readonly a: Semaphore; readonly b: Semaphore };
  /** By level: results that are there, and buffers that are free. */
  readonly #stages: readonly [Stage, Stage, Stage, Stage];
  /** By level: results that have left it. */
  readonly #moved: [number, number, number, number] = [0, 0, 0, 0];
  readonly #products: PreparedProduct[] = [];
  #steps = 0;
  #outputs = 0;

  constructor(pool: SemaphorePool, tile: ComputeTile, kind: ProductKind, hops: TileHops, buffers: TileBuffers) {
    const reader = (): OperandReader => ({ arrived: pool.take("data"), taken: pool.take("space") });
    this.a = reader();
    this.b = reader();
    this.#tile = tile;
    this.#kind = kind;
    this.#hops = hops;
    this.#buffers = buffers;
    this.#full = { a: pool.take("data"), b: pool.take("data") };
    this.#free = { a: pool.take("space"), b: pool.take("space") };
    const stage = (): Stage => ({ full: pool.take("data"), free: pool.take("space") });
    this.#stages = [stage(), stage(), stage(), stage()];
  }

  /** How far the tile is. */
  get counters(): readonly number[] {
    return [this.#steps, this.#outputs, ...this.#moved];
  }

  /** Goes on as if it had done so much more: added to each of the counters. */
  skip([steps = 0, outputs = 0, ...moved]: readonly number[]): void {
    this.#steps += steps;
    this.#outputs += outputs;
    for (const level of [0, 1, 2, 3] as const) this.#moved[level] += moved[level] ?? 0;
  }

  /** Where it stands in its rings. */
  describe(state: StateVector): void {
    const { a, b, l2C } = this.#buffers;
    state.add(Math.min(this.#steps, Math.max(a.size, b.size)));
    state.add(this.#steps % a.size);
    state.add(this.#steps % b.size);
    // In L1 there are as many buffers for results, or one.
    for (const outputs of [this.#outputs, ...this.#moved]) {
      state.add(Math.min(outputs, l2C.size));
      state.add(outputs % l2C.size);
    }
  }

  /** L2 to L1: an operand of the coming product. */
  feed(operand: "a" | "b", size: TileSize, bytes: number, from: Spot): void {
    const ring = this.#buffers[operand];
    const isReused = this.#steps >= ring.size;
    const to = ring.at(this.#steps);
    // Buffers of one ring may lie in different banks: the bank stands for the buffer.
    const variant = (from.memory.id * tileSizes + size) * 2 + (isReused ? 1 : 0);
    const hop = this.#hops[operand];
    const { arrived, taken } = this[operand];
    const prepared =
      hop.find(variant) ??
      hop.prepare(variant, {
        from: from.memory,
        to: to.memory,
        bytes,
        waitFor: isReused ? [arrived, this.#free[operand]] : [arrived],
        signal: [taken, this.#full[operand]],
      });
    prepared.issue(from.offset, to.offset);
  }

  /** The product of what was fed, added to the output tile. */
  multiply(step: ProductStep, onComplete: (() => void) | undefined): void {
    const mustWait = step.isFirst && this.#outputs >= this.#buffers.c.size;
    const a = this.#buffers.a.at(this.#steps).offset;
    const b = this.#buffers.b.at(this.#steps).offset;
    const c = this.#buffers.c.at(this.#outputs).offset;
    this.#productOf(step, mustWait).issue(a, b, c, onComplete);
    this.#steps++;
    if (step.isLast) this.#outputs++;
  }

  /** A result's hop from level 0 (L1) to L2, 1 (L2) to L3, 2 (L3) to external memory, or 3 (external memory) to the host. */
  moveResult(level: ResultLevel, { bytes, size, external, host, layout }: ResultTile): void {
    const output = this.#moved[level]++;
    const { c, l2C, l3C } = this.#buffers;
    const way = [c.at(output), l2C.at(output), l3C.at(output), external, host] as const;
    const [from, to] = [way[level], way[level + 1] ?? host];
    const { full, free } = this.#stages[level];
    const next = level === 3 ? undefined : this.#stages[level + 1];
    // Only the rings of L2 and L3 have to be free; external and host memory have a place for every tile.
    const isReused = level < 2 && output >= l2C.size;
    const bank = level < 2 ? 0 : external.memory.id;
    const variant = ((bank * tileSizes + size) * l2C.size + (output % l2C.size)) * 2 + (isReused ? 1 : 0);
    const hop = this.#hops.results[level];
    const prepared =
      hop.find(variant) ??
      hop.prepare(variant, {
        from: from.memory,
        to: to.memory,
        ...(level === 3 ? { layout: layout() } : { bytes }),
        waitFor: [full, ...(isReused && next !== undefined ? [next.free] : [])],
        signal: next === undefined ? [] : [free, next.full],
      });
    prepared.issue(from.offset, to.offset);
  }

  #productOf({ m, n, k, size, isFirst, isLast }: ProductStep, mustWait: boolean): PreparedProduct {
    const { dataflow, format, resultFormat, ending } = this.#kind;
    const { b } = this.#buffers;
    // The parameters of an ending lie in the buffer of B.
    const buffer = isLast && ending !== undefined ? this.#steps % b.size : 0;
    const variant = (size * b.size + buffer) * 8 + (isFirst ? 4 : 0) + (isLast ? 2 : 0) + (mustWait ? 1 : 0);
    const known = this.#products[variant];
    if (known !== undefined) return known;
    const [result] = this.#stages;
    const parameters = b.at(buffer).offset + matrixBytes(format, k, n);
    const made = this.#tile.prepare({
      scratchpad: this.#buffers.scratchpad,
      m,
      n,
      k,
      accumulate: !isFirst,
      dataflow,
      format,
      ...(isLast && ending !== undefined ? { resultFormat, epilogue: epilogueAt(ending, parameters, n) } : {}),
      waitFor: [this.#full.a, this.#full.b, ...(mustWait ? [result.free] : [])],
      signal: [this.#free.a, this.#free.b, ...(isLast ? [result.full] : [])],
    });
    this.#products[variant] = made;
    return made;
  }
}
