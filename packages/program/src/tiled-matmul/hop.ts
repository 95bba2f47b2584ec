import type { DataMover, MemoryRegion, PreparedTransfer, RouteRequest } from "@kpu-sim/machine";

/** A place in a memory. */
export type Spot = { readonly memory: MemoryRegion; readonly offset: number };

/**
 * One engine's part in a pipeline: brings tiles from one level to the next. Transfers that differ in their offsets only are
 * variants that are checked once and then issued again and again; who uses the hop numbers its variants, from 0.
 */
export class Hop {
  readonly #mover: DataMover;
  readonly #stream: "rows" | "columns";
  readonly #variants: (PreparedTransfer | undefined)[] = [];

  constructor(mover: DataMover, stream: "rows" | "columns" = "rows") {
    this.#mover = mover;
    this.#stream = stream;
  }

  /** A variant that has been prepared before. */
  find(variant: number): PreparedTransfer | undefined {
    return this.#variants[variant];
  }

  prepare(variant: number, request: Omit<RouteRequest, "stream">): PreparedTransfer {
    const prepared = this.#mover.prepare({ ...request, stream: this.#stream });
    this.#variants[variant] = prepared;
    return prepared;
  }
}

/** A ring of buffers; use number n has buffer n modulo their number. */
export class Ring {
  readonly spots: readonly Spot[];

  constructor(spots: readonly Spot[]) {
    this.spots = spots;
  }

  get size(): number {
    return this.spots.length;
  }

  at(use: number): Spot {
    const spot = this.spots[use % this.spots.length];
    if (spot === undefined) throw new RangeError("a ring without buffers");
    return spot;
  }
}
