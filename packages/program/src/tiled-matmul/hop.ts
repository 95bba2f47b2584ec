import type { DataMover, MemoryRegion, PreparedTransfer, RouteRequest } from "@kpu-sim/machine";

/** A place in a memory. */
export type Spot = { readonly memory: MemoryRegion; readonly offset: number };

/**
 * One engine's part in a pipeline: brings tiles from one level to the next. Transfers that differ in their offsets only are
 * checked once and then issued again and again.
 */
export class Hop {
  readonly #mover: DataMover;
  readonly #stream: "rows" | "columns";
  readonly #prepared = new Map<number, PreparedTransfer>();

  constructor(mover: DataMover, stream: "rows" | "columns" = "rows") {
    this.#mover = mover;
    this.#stream = stream;
  }

  /**
   * Queues one tile. `variant` (below 2^21) tells apart what differs besides the places; `describe` is asked only for a variant
   * between two memories that has not been there before.
   */
  issue(variant: number, from: Spot, to: Spot, describe: () => Omit<RouteRequest, "from" | "to" | "stream">): void {
    const key = (variant * 65536 + from.memory.id) * 65536 + to.memory.id;
    let prepared = this.#prepared.get(key);
    if (prepared === undefined) {
      prepared = this.#mover.prepare({ ...describe(), from: from.memory, to: to.memory, stream: this.#stream });
      this.#prepared.set(key, prepared);
    }
    prepared.issue(from.offset, to.offset);
  }
}
