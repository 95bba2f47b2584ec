import type { ArrayReplay, ArraySnapshot, Dataflow, Machine, ReplayedProduct } from "kpu-sim";

/** The registers of a tile's array at a cycle of one of its products. */
export type ArrayPicture = {
  readonly tile: number;
  /** The cycle in which the product began. */
  readonly begin: number;
  readonly rows: number;
  readonly cols: number;
  readonly dataflow: Dataflow;
  readonly product: ReplayedProduct;
  /** Cycles that the product takes. */
  readonly cycles: number;
  /** Without values the registers say only whether they hold something. */
  readonly hasValues: boolean;
  readonly snapshot: ArraySnapshot;
};

/** What each processing element of a tile did in a range of cycles. */
export type ArrayActivity = {
  readonly tile: number;
  readonly begin: number;
  readonly end: number;
  /** 0 for a scalar unit, which has one count. */
  readonly rows: number;
  readonly cols: number;
  /** Cycles in which an element multiplied, row-major. */
  readonly counts: Float64Array;
};

/** Looks into the arrays of a machine's past: `goTo` brings the machine to rest at a cycle. */
export class ArrayWatch {
  readonly #machine: Machine;
  readonly #goTo: (cycle: number) => void;
  /** The product that was looked at last: the next look is mostly at another cycle of it. */
  #last: { readonly tile: number; readonly begin: number; readonly replay: ArrayReplay } | undefined;

  constructor(machine: Machine, goTo: (cycle: number) => void) {
    this.#machine = machine;
    this.#goTo = goTo;
  }

  /** The array of a tile `cycle` cycles after the beginning of the product that began at `begin`; undefined for a scalar unit. */
  at(tile: number, begin: number, cycle: number): ArrayPicture | undefined {
    const replay = this.#replayOf(tile, begin);
    if (replay === undefined) return undefined;
    const { rows, cols, dataflow, product, cycles, hasValues } = replay;
    return { tile, begin, rows, cols, dataflow, product, cycles, hasValues, snapshot: replay.snapshotAt(cycle) };
  }

  /** What the elements of a tile did from `begin` to `end`, also in products that reach beyond these. */
  activityIn(tile: number, begin: number, end: number): ArrayActivity {
    const counts = this.#activityAt(tile, end);
    const before = this.#activityAt(tile, begin);
    for (const [place, count] of before.entries()) counts[place] = (counts[place] ?? 0) - count;
    const { rows, cols } = this.#machine.tile(tile);
    return { tile, begin, end, rows, cols, counts };
  }

  #replayOf(tile: number, begin: number): ArrayReplay | undefined {
    if (this.#last?.tile === tile && this.#last.begin === begin) return this.#last.replay;
    this.#goTo(begin);
    const replay = this.#machine.tile(tile).replayProduct();
    this.#last = replay === undefined ? undefined : { tile, begin, replay };
    return replay;
  }

  /** Of completed products, and of the running one as far as it has come. */
  #activityAt(tile: number, cycle: number): Float64Array {
    this.#goTo(cycle);
    const counts = this.#machine.tile(tile).peActivity();
    const running = this.#machine.tile(tile).replayProduct();
    const startCycle = running?.product.startCycle;
    if (running === undefined || startCycle === undefined) return counts;
    running.stepTo(cycle - startCycle);
    for (const [place, count] of running.activity().entries()) counts[place] = (counts[place] ?? 0) + count;
    return counts;
  }
}
