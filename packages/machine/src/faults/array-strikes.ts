import type { PeRegisterName } from "../compute/stepped-array.ts";

/** A flipped bit of a register in a processing element, after so many cycles of the product that it strikes. */
export type Strike = {
  readonly row: number;
  readonly col: number;
  readonly register: PeRegisterName;
  readonly bit: number;
  readonly productCycle: number;
};

export type SavedStrikes = {
  readonly next: ReadonlyMap<number, readonly Strike[]>;
  readonly running: ReadonlyMap<number, readonly Strike[]>;
};

/** Flipped bits of the registers of tiles' arrays: those that wait for the next product, and those of the running one. */
export class ArrayStrikes {
  #next = new Map<number, readonly Strike[]>();
  #running = new Map<number, readonly Strike[]>();

  get isClean(): boolean {
    return this.#next.size === 0 && this.#running.size === 0;
  }

  /** Strikes the next product that starts on a tile. */
  add(tile: number, { row, col, register, bit, productCycle }: Strike): void {
    this.#next.set(tile, [...(this.#next.get(tile) ?? []), { row, col, register, bit, productCycle }]);
  }

  /** A product starts on a tile; whether it will be struck. */
  begin(tile: number): boolean {
    const strikes = this.#next.get(tile);
    if (strikes === undefined) return false;
    this.#next.delete(tile);
    this.#running.set(tile, strikes);
    return true;
  }

  /** What strikes the running product of a tile. */
  of(tile: number): readonly Strike[] | undefined {
    return this.#running.get(tile);
  }

  /** The product of a tile is complete, or dropped. */
  end(tile: number): void {
    this.#running.delete(tile);
  }

  clear(): void {
    this.#next.clear();
    this.#running.clear();
  }

  save(): SavedStrikes {
    return { next: new Map(this.#next), running: new Map(this.#running) };
  }

  restore({ next, running }: SavedStrikes): void {
    this.#next = new Map(next);
    this.#running = new Map(running);
  }
}
