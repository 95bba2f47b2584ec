import { registerPlane, valid } from "./stepped-array-geometry.ts";
import type { ArrayRegisters } from "./stepped-array-registers.ts";
import type { ArraySchedule, EdgeCounts, ProductData } from "./stepped-array-schedule.ts";

/**
 * Output-stationary: PE (r, c) keeps the sum of one element of C. Row r is fed with a row of A and column c with a column
 * of B, each a cycle later than its neighbour, so that A[i][p] and B[p][j] meet in cycle r + c + p of the fold. Sums are
 * put into the accumulators before the first cycle of a fold and taken out after its last one; that takes no cycles.
 */
export class OutputStationarySchedule implements ArraySchedule {
  readonly foldCount: number;
  readonly #registers: ArrayRegisters;
  readonly #data: ProductData;
  readonly #counts: EdgeCounts;
  readonly #acrossFolds: number;
  /** The fold's first row and column of C, and how many of each it has. */
  #row = 0;
  #rows = 0;
  #column = 0;
  #columns = 0;

  constructor(registers: ArrayRegisters, data: ProductData, counts: EdgeCounts) {
    const { rows, cols } = registers.geometry;
    this.#registers = registers;
    this.#data = data;
    this.#counts = counts;
    this.#acrossFolds = Math.ceil(data.n / cols);
    this.foldCount = Math.ceil(data.m / rows) * this.#acrossFolds;
  }

  beginFold(fold: number): void {
    const { m, n, accumulate, resultBits } = this.#data;
    const { rows, cols } = this.#registers.geometry;
    const { bits, flags } = this.#registers;
    this.#row = Math.floor(fold / this.#acrossFolds) * rows;
    this.#rows = Math.min(rows, m - this.#row);
    this.#column = (fold % this.#acrossFolds) * cols;
    this.#columns = Math.min(cols, n - this.#column);
    for (let row = 0; row < rows; row++) {
      for (let col = 0; col < cols; col++) {
        const isUsed = row < this.#rows && col < this.#columns;
        const place = this.#registers.place(registerPlane.sum, row, col);
        const start = isUsed && accumulate ? resultBits[(this.#row + row) * n + this.#column + col] : 0;
        bits[place] = start ?? 0;
        flags[this.#registers.place(registerPlane.sumValid, row, col)] = isUsed ? valid : 0;
      }
    }
    if (accumulate) this.#counts.partialSumReads += this.#rows * this.#columns;
  }

  step(cycle: number): boolean {
    const { rows, cols } = this.#registers.geometry;
    this.#feedRows(cycle);
    this.#feedColumns(cycle);
    this.#registers.clock.accumulate();
    // The last pair of operands enters PE (0, 0) in cycle k - 1 and is a diagonal further in each cycle.
    return cycle - (this.#data.k - 1) === rows - 1 + (cols - 1);
  }

  endFold(): void {
    const { n, resultBits } = this.#data;
    for (let row = 0; row < this.#rows; row++) {
      for (let col = 0; col < this.#columns; col++) {
        if (this.#registers.flags[this.#registers.place(registerPlane.sumValid, row, col)] === 0) continue;
        const place = this.#registers.place(registerPlane.sum, row, col);
        resultBits[(this.#row + row) * n + this.#column + col] = this.#registers.sumBits(place);
        this.#counts.resultWrites++;
      }
    }
  }

  #feedRows(cycle: number): void {
    const { aBits, k } = this.#data;
    const { bits, flags, geometry } = this.#registers;
    const edge = this.#registers.place(registerPlane.right, 0, -1);
    const edgeFlags = this.#registers.place(registerPlane.rightValid, 0, -1);
    const ended = cycle - k;
    if (cycle < this.#rows) flags[edgeFlags + cycle * geometry.pitch] = valid;
    if (ended >= 0 && ended < this.#rows) {
      flags[edgeFlags + ended * geometry.pitch] = 0;
      bits[edge + ended * geometry.pitch] = 0;
    }
    const first = Math.max(0, ended + 1);
    const end = Math.min(this.#rows, cycle + 1);
    for (let row = first; row < end; row++) {
      bits[edge + row * geometry.pitch] = aBits[(this.#row + row) * k + cycle - row] ?? 0;
    }
    if (end > first) this.#counts.operandAReads += end - first;
  }

  #feedColumns(cycle: number): void {
    const { bBits, k, n } = this.#data;
    const { bits, flags } = this.#registers;
    const edge = this.#registers.place(registerPlane.down, -1, 0);
    const edgeFlags = this.#registers.place(registerPlane.downValid, -1, 0);
    const ended = cycle - k;
    if (cycle < this.#columns) flags[edgeFlags + cycle] = valid;
    if (ended >= 0 && ended < this.#columns) {
      flags[edgeFlags + ended] = 0;
      bits[edge + ended] = 0;
    }
    const first = Math.max(0, ended + 1);
    const end = Math.min(this.#columns, cycle + 1);
    for (let col = first; col < end; col++) bits[edge + col] = bBits[(cycle - col) * n + this.#column + col] ?? 0;
    if (end > first) this.#counts.operandBReads += end - first;
  }
}
