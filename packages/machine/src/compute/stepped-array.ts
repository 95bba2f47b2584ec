import { KpuError, requireWhole } from "../errors.ts";
import type { ArrayAccesses } from "./array-accesses.ts";
import { requireDataflow, type SystolicShape } from "./array-cycles.ts";
import { ArrayRun } from "./array-run.ts";
import { bitsOf } from "./float32.ts";
import { registerPlane, valid } from "./stepped-array-geometry.ts";
import { ArrayRegisters, type ClockKind } from "./stepped-array-registers.ts";

/** A product for the stepped array: C (m x n) = A (m x k) B (k x n), row-major float32. */
export type SteppedProduct = {
  readonly m: number;
  readonly n: number;
  readonly k: number;
  /** The operands; they are read while the array is stepped and must not change until it is done. */
  readonly a: Float32Array;
  readonly b: Float32Array;
  /** Values (m x n) at which the sums start, for C += A B; they are copied. Without them the sums start at +0. */
  readonly start?: Float32Array | undefined;
};

/** A register of a processing element. */
export type PeRegister = {
  /** Its 32 bits; a sum that is NaN is always 0x7fc00000. */
  readonly bits: number;
  /** The same as a float32 number. */
  readonly value: number;
  /** Whether it holds an element; what does not is never computed with. */
  readonly valid: boolean;
};

/** The registers that every processing element has. */
export const peRegisterNames = ["right", "down", "sum"] as const;
export type PeRegisterName = (typeof peRegisterNames)[number];

/**
 * The registers of one processing element. `right`: the operand that moves right; `down`: the operand that moves down
 * (output-stationary) or stays (weight- and input-stationary); `sum`: the accumulator (output-stationary) or the partial
 * sum that moves down.
 */
export type PeRegisters = Readonly<Record<PeRegisterName, PeRegister>>;

const planeOf = { right: registerPlane.right, down: registerPlane.down, sum: registerPlane.sum } as const;

/**
 * A systolic array that computes one product, stepped cycle by cycle: every register of every processing element exists
 * after every cycle and can be read and changed. Values, cycles, accesses and activity are those of `matrixProduct`,
 * `arrayCycles`, `arrayAccesses` and `peMultiplyAccumulates`, but nothing is taken from them: registers are shifted,
 * and elements are counted as they pass the edges.
 *
 * ```ts
 * const array = new SteppedArray({ rows: 4, cols: 4, dataflow: "output_stationary" }, { m: 4, n: 4, k: 4, a, b });
 * array.step();
 * array.registers(0, 0).sum.value; // a[0] * b[0]
 * array.run(); // array.cycle === 10, array.result is C
 * ```
 */
export class SteppedArray {
  readonly rows: number;
  readonly cols: number;
  /** C (m x n) as far as it has been computed; until then start values, 0 or partial sums. */
  readonly result: Float32Array<ArrayBuffer>;
  readonly #registers: ArrayRegisters;
  readonly #run: ArrayRun;

  /**
   * An array before its first cycle. `clock` "plain" clocks it in TypeScript even where the WebAssembly kernel runs; the
   * bits are the same. Errors: KPU_DIMENSION for sizes below 1 or operands whose lengths do not fit them, KPU_ARGUMENT for
   * an unknown dataflow.
   */
  constructor(shape: SystolicShape, product: SteppedProduct, clock: ClockKind = "fastest") {
    const { rows, cols, dataflow } = shape;
    const { m, n, k, a, b, start } = product;
    for (const [name, size] of Object.entries({ rows, cols, m, n, k })) requireWhole(size, name, "KPU_DIMENSION", 1);
    requireDataflow(dataflow);
    requireLength("A", a, m, k);
    requireLength("B", b, k, n);
    if (start !== undefined) requireLength("start", start, m, n);
    this.rows = rows;
    this.cols = cols;
    this.result = start === undefined ? new Float32Array(m * n) : new Float32Array(start);
    this.#registers = new ArrayRegisters(rows, cols, clock);
    const data = {
      m,
      n,
      k,
      aBits: bitsOf(a),
      bBits: bitsOf(b),
      resultBits: bitsOf(this.result),
      accumulate: start !== undefined,
    };
    this.#run = new ArrayRun(this.#registers, data, dataflow);
  }

  /** Cycles stepped so far. */
  get cycle(): number {
    return this.#run.cycle;
  }

  /** Whether all folds are done; the array then stays as it is. */
  get isDone(): boolean {
    return this.#run.isDone;
  }

  /** The fold that the next cycle belongs to, from 0, and how many there are. */
  get fold(): number {
    return this.#run.fold;
  }

  get foldCount(): number {
    return this.#run.foldCount;
  }

  /** Elements that have passed the edges so far. */
  get accesses(): ArrayAccesses {
    return { ...this.#run.counts };
  }

  /** Multiply-accumulates of each processing element so far, row-major rows x cols: a copy. */
  get activeCycles(): Uint32Array<ArrayBuffer> {
    const active = new Uint32Array(this.rows * this.cols);
    for (let row = 0; row < this.rows; row++) {
      const first = this.#registers.place(registerPlane.activity, row, 0);
      active.set(this.#registers.bits.subarray(first, first + this.cols), row * this.cols);
    }
    return active;
  }

  /** One cycle; nothing once the array is done. */
  step(): void {
    this.stepMany(1);
  }

  /** So many cycles, or fewer if the array is done before. Returns how many there were. */
  stepMany(count: number): number {
    requireWhole(count, "the number of cycles", "KPU_SIZE");
    let steps = 0;
    while (steps < count && !this.isDone) {
      this.#run.step();
      steps++;
    }
    return steps;
  }

  /** Steps to the end. Returns how many cycles that took. */
  run(): number {
    return this.stepMany(Number.MAX_SAFE_INTEGER);
  }

  /** The registers of PE (row, col) after the cycles so far. Errors: KPU_COMPONENT_ID. */
  registers(row: number, col: number): PeRegisters {
    this.#requireElement(row, col);
    return {
      right: this.#read("right", row, col),
      down: this.#read("down", row, col),
      sum: this.#read("sum", row, col),
    };
  }

  /**
   * Overwrites a register between two cycles: a fault, whose consequences go through the array as in hardware. `bits`
   * are those of a float32; without `isValid` the register's flag stays as it is. Accumulators are set at the beginning
   * of a fold and taken at its end, so a fault in one between two folds has no consequences.
   * Errors: KPU_COMPONENT_ID, KPU_ARGUMENT.
   */
  setRegister(row: number, col: number, which: PeRegisterName, bits: number, isValid?: boolean): void {
    this.#requireElement(row, col);
    requireWhole(bits, "the bits of a register", "KPU_ARGUMENT", 0, 0xffffffff);
    const place = this.#placeOf(which, row, col);
    this.#registers.bits[place] = bits;
    if (isValid !== undefined) this.#registers.flags[place + this.#registers.geometry.plane] = isValid ? valid : 0;
  }

  #placeOf(which: PeRegisterName, row: number, col: number): number {
    const plane = Object.hasOwn(planeOf, which) ? planeOf[which] : undefined;
    if (plane === undefined) {
      throw new KpuError("KPU_ARGUMENT", `a register is one of ${Object.keys(planeOf).join(", ")}, got '${which}'`);
    }
    return this.#registers.place(plane, row, col);
  }

  #read(which: PeRegisterName, row: number, col: number): PeRegister {
    const { bits, floats, flags, geometry } = this.#registers;
    const place = this.#placeOf(which, row, col);
    return {
      bits: which === "sum" ? this.#registers.sumBits(place) : (bits[place] ?? 0),
      value: floats[place] ?? 0,
      valid: flags[place + geometry.plane] !== 0,
    };
  }

  #requireElement(row: number, col: number): void {
    requireWhole(row, "the row of a processing element", "KPU_COMPONENT_ID", 0, this.rows - 1);
    requireWhole(col, "the column of a processing element", "KPU_COMPONENT_ID", 0, this.cols - 1);
  }
}

function requireLength(name: string, values: Float32Array, rows: number, cols: number): void {
  if (values.length === rows * cols) return;
  throw new KpuError(
    "KPU_DIMENSION",
    `${name} must have ${rows} x ${cols} = ${rows * cols} elements, got ${values.length}`,
    { name, length: values.length },
  );
}
