import type { Dataflow } from "../config/machine-config.ts";
import type { NumberFormat } from "../number-format/number-format.ts";
import type { ProductShape } from "./array-accesses.ts";
import { type ArrayShape, arrayCycles } from "./array-cycles.ts";
import { ArrayRun } from "./array-run.ts";
import { registerPlane } from "./stepped-array-geometry.ts";
import { ArrayRegisters } from "./stepped-array-registers.ts";
import type { ProductData } from "./stepped-array-schedule.ts";
import { packWords, wordArithmetic } from "./word-arithmetic.ts";

/** The product that is replayed; `words` has its k in words of operands. */
export type ReplayedProduct = {
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly words: ProductShape;
  readonly format: NumberFormat;
  readonly accumulate: boolean;
  /** The cycle in which it began; undefined while it waits. */
  readonly startCycle: number | undefined;
};

/** Bytes of the matrices as they lie in memory; `start` has the sums with which the product begins. */
export type ReplayedOperands = {
  readonly a: Uint8Array<ArrayBuffer>;
  readonly b: Uint8Array<ArrayBuffer>;
  readonly start: Uint8Array<ArrayBuffer> | undefined;
};

/** Bits of `ArraySnapshot.state`. */
export const peState = { right: 1, down: 2, sum: 4, multiplied: 8 } as const;

/**
 * All processing elements after a cycle, row-major rows x cols. Registers are those of `PeRegisters`, as bits: operands of
 * float32, or words of several elements of a narrower format, the first in the lowest bits; sums of float32 or int32.
 */
export type ArraySnapshot = {
  /** Cycles so far. */
  readonly cycle: number;
  /** The fold of the latest cycle, from 0, and how many there are. */
  readonly fold: number;
  readonly foldCount: number;
  readonly right: Uint32Array<ArrayBuffer>;
  readonly down: Uint32Array<ArrayBuffer>;
  readonly sum: Uint32Array<ArrayBuffer>;
  /** Which registers hold an element, and whether the element has multiplied in the latest cycle: bits of `peState`. */
  readonly state: Uint8Array<ArrayBuffer>;
};

/**
 * A product of a tile carried out once more, beside the simulation and without any effect on it, on an array whose registers
 * can be looked at after every cycle.
 */
export class ArrayReplay {
  readonly rows: number;
  readonly cols: number;
  readonly dataflow: Dataflow;
  readonly product: ReplayedProduct;
  /** Cycles that the product takes. */
  readonly cycles: number;
  /** Whether the registers hold the product's values; without them operands are zeros, and only movement can be looked at. */
  readonly hasValues: boolean;
  readonly #registers: ArrayRegisters;
  readonly #data: ProductData;
  #run: ArrayRun;

  constructor(
    shape: ArrayShape,
    operandBits: number,
    product: ReplayedProduct,
    operands: ReplayedOperands | undefined,
  ) {
    const { m, n, words, format } = product;
    this.rows = shape.rows;
    this.cols = shape.cols;
    this.dataflow = shape.dataflow;
    this.product = product;
    this.cycles = arrayCycles(shape, m, n, words.k);
    this.hasValues = operands !== undefined;
    // A kernel would reserve gigabytes of addresses, of which a browser has enough for few.
    const clock = format === "float32" ? "plain" : wordArithmetic(format, operandBits);
    this.#registers = new ArrayRegisters(this.rows, this.cols, clock);
    this.#data = productData(product, operandBits, operands);
    this.#run = this.#begin();
  }

  /** Cycles so far. */
  get cycle(): number {
    return this.#run.cycle;
  }

  /** Steps forward to a cycle of the product, or begins anew where that is earlier; at most to its end. */
  stepTo(cycle: number): void {
    if (cycle < this.#run.cycle) this.#run = this.#begin();
    while (this.#run.cycle < cycle && !this.#run.isDone) this.#run.step();
  }

  /** Multiply-accumulates of each processing element so far (pairs of operand words), row-major rows x cols. */
  activity(): Float64Array<ArrayBuffer> {
    return Float64Array.from(this.#plane(registerPlane.activity));
  }

  /** The array after so many cycles of the product, at most all of them. */
  snapshotAt(cycle: number): ArraySnapshot {
    const at = Math.min(Math.max(cycle, 0), this.cycles);
    this.stepTo(Math.max(at - 1, 0));
    const before = this.#plane(registerPlane.activity);
    const { fold } = this.#run;
    this.stepTo(at);
    const activity = this.#plane(registerPlane.activity);
    const flags = [
      [peState.right, this.#plane(registerPlane.rightValid)],
      [peState.down, this.#plane(registerPlane.downValid)],
      [peState.sum, this.#plane(registerPlane.sumValid)],
    ] as const;
    const state = Uint8Array.from(activity, (count, place) => {
      const multiplied = count === before[place] ? 0 : peState.multiplied;
      return flags.reduce((bits, [bit, plane]) => bits | (plane[place] === 0 ? 0 : bit), multiplied);
    });
    return {
      cycle: at,
      fold,
      foldCount: this.#run.foldCount,
      right: this.#plane(registerPlane.right),
      down: this.#plane(registerPlane.down),
      sum: this.#plane(registerPlane.sum, (place) => this.#registers.sumBits(place)),
      state,
    };
  }

  #begin(): ArrayRun {
    this.#registers.bits.fill(0);
    return new ArrayRun(this.#registers, { ...this.#data, resultBits: this.#data.resultBits.slice() }, this.dataflow);
  }

  /** A register of all processing elements. */
  #plane(
    plane: number,
    bitsAt: (place: number) => number = (place) => this.#registers.bits[place] ?? 0,
  ): Uint32Array<ArrayBuffer> {
    const values = new Uint32Array(this.rows * this.cols);
    for (let row = 0; row < this.rows; row++) {
      const first = this.#registers.place(plane, row, 0);
      for (let col = 0; col < this.cols; col++) values[row * this.cols + col] = bitsAt(first + col);
    }
    return values;
  }
}

/** A product as an array takes it; its results are written over the bytes at which the sums start. */
export function productData(
  product: Omit<ReplayedProduct, "startCycle">,
  operandBits: number,
  operands: ReplayedOperands | undefined,
): ProductData {
  const { m, n, k, words, format, accumulate } = product;
  const sizes = { m, n, k: words.k, accumulate };
  if (operands === undefined) {
    const [aBits, bBits] = [new Uint32Array(m * words.k), new Uint32Array(words.k * n)];
    return { ...sizes, aBits, bBits, resultBits: new Uint32Array(m * n) };
  }
  const { a, b, start } = operands;
  const resultBits = start === undefined ? new Uint32Array(m * n) : wordsOf(start);
  if (format === "float32") return { ...sizes, aBits: wordsOf(a), bBits: wordsOf(b), resultBits };
  const aBits = packWords("a", a, format, operandBits, m, k);
  return { ...sizes, aBits, bBits: packWords("b", b, format, operandBits, n, k), resultBits };
}

function wordsOf({ buffer, byteOffset, byteLength }: Uint8Array<ArrayBuffer>): Uint32Array<ArrayBuffer> {
  return new Uint32Array(buffer, byteOffset, byteLength / 4);
}
