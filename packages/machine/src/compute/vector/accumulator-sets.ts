import type { Engine } from "../../engine/engine.ts";
import type { Semaphores, Synchronization } from "../../engine/semaphores.ts";
import { accumulatorSets } from "./unit-buffers.ts";

/** Semaphores between the array of a tile and its vector unit. */
type SetSemaphores = {
  /** Sets of accumulators that neither the array fills nor the vector unit drains. */
  readonly free: number;
  /** Sets with the sums of a complete product. */
  readonly full: number;
};

/**
 * The two sets of accumulators of each array, for products that end in the vector unit: such a product takes a free set when it
 * starts; the vector unit drains it when it is full, and frees it. Made of the engine's semaphores, which a tile gets when it is first
 * asked for such a product.
 */
export class AccumulatorSets {
  readonly #semaphores: Semaphores;
  readonly #nameOf: (tile: number) => string;
  readonly #ofTile = new Map<number, SetSemaphores>();

  /** `nameOf` is what reports call a tile. */
  constructor(semaphores: Semaphores, nameOf: (tile: number) => string) {
    this.#semaphores = semaphores;
    this.#nameOf = nameOf;
  }

  /** What the product and the draining of its sums wait for and signal, where the two together are to do so as given. */
  split(
    tile: number,
    { waitFor, signal }: Synchronization,
  ): { readonly product: Synchronization; readonly drain: Synchronization } {
    const { free, full } = this.#semaphoresOf(tile);
    const [freeSet, fullSet] = [
      { semaphore: free, count: 1 },
      { semaphore: full, count: 1 },
    ];
    return {
      product: { waitFor: [...waitFor, freeSet], signal: [fullSet] },
      drain: { waitFor: [fullSet], signal: [...signal, freeSet] },
    };
  }

  /** All sets are free again, for a tile whose work has been dropped. */
  release(tile: number, engine: Engine): void {
    const semaphores = this.#ofTile.get(tile);
    if (semaphores === undefined) return;
    engine.drain(semaphores.full);
    engine.drain(semaphores.free);
    engine.signal({ waitFor: [], signal: [{ semaphore: semaphores.free, count: accumulatorSets }] });
  }

  #semaphoresOf(tile: number): SetSemaphores {
    const known = this.#ofTile.get(tile);
    if (known !== undefined) return known;
    const made = {
      free: this.#semaphores.create(`free accumulators of ${this.#nameOf(tile)}`, accumulatorSets, "space"),
      full: this.#semaphores.create(`full accumulators of ${this.#nameOf(tile)}`, 0, "data"),
    };
    this.#ofTile.set(tile, made);
    return made;
  }
}
