import { registerPlane, valid } from "./stepped-array-geometry.ts";
import type { ArrayRegisters } from "./stepped-array-registers.ts";
import type { ArraySchedule, EdgeCounts, ProductData } from "./stepped-array-schedule.ts";

/** A matrix inside row-major data: the distance between neighbours along the stream, along k and along the columns. */
type Strides = {
  /** Elements that stay, by k and column. */
  readonly heldDepth: number;
  readonly heldColumn: number;
  /** Elements that move, by place in the stream and k. */
  readonly movingStream: number;
  readonly movingDepth: number;
  /** Sums, by place in the stream and column. */
  readonly sumStream: number;
  readonly sumColumn: number;
};

/**
 * Weight- and input-stationary: PE (r, c) holds the element (k0 + r, c) of one operand. It is loaded from above in R
 * cycles; then the other operand moves through the rows and sums move down the columns, so that row r adds the r-th
 * product of a fold. Folds of k follow one another, and each takes up the sums that the one before has left in C.
 * Input-stationary is weight-stationary with the roles of A and B, and of the rows and columns of C, exchanged.
 */
export class OperandStationarySchedule implements ArraySchedule {
  readonly foldCount: number;
  readonly #registers: ArrayRegisters;
  readonly #data: ProductData;
  readonly #counts: EdgeCounts;
  readonly #held: "a" | "b";
  readonly #strides: Strides;
  /** Length of the stream, and columns that all folds together have. */
  readonly #length: number;
  readonly #allColumns: number;
  readonly #depthFolds: number;
  #depth = 0;
  #depths = 0;
  #column = 0;
  #columns = 0;

  constructor(registers: ArrayRegisters, data: ProductData, counts: EdgeCounts, held: "a" | "b") {
    const { m, n, k } = data;
    this.#registers = registers;
    this.#data = data;
    this.#counts = counts;
    this.#held = held;
    this.#length = held === "b" ? m : n;
    this.#allColumns = held === "b" ? n : m;
    this.#strides =
      held === "b"
        ? { heldDepth: n, heldColumn: 1, movingStream: k, movingDepth: 1, sumStream: n, sumColumn: 1 }
        : { heldDepth: 1, heldColumn: k, movingStream: 1, movingDepth: n, sumStream: 1, sumColumn: n };
    this.#depthFolds = Math.ceil(k / registers.geometry.rows);
    this.foldCount = Math.ceil(this.#allColumns / registers.geometry.cols) * this.#depthFolds;
  }

  beginFold(fold: number): void {
    const { rows, cols } = this.#registers.geometry;
    this.#column = Math.floor(fold / this.#depthFolds) * cols;
    this.#columns = Math.min(cols, this.#allColumns - this.#column);
    this.#depth = (fold % this.#depthFolds) * rows;
    this.#depths = Math.min(rows, this.#data.k - this.#depth);
  }

  step(cycle: number): boolean {
    const { rows, cols } = this.#registers.geometry;
    if (cycle < rows) {
      // What is to lie in the last row has the longest way and enters first.
      this.#feedHeld(rows - 1 - cycle);
      this.#registers.clock.load();
      return false;
    }
    const place = cycle - rows;
    if (place === 0) this.#registers.clearEdges();
    this.#feedRows(place);
    this.#feedSums(place);
    this.#registers.clock.stream();
    this.#takeSums(place - (rows - 1));
    // The last element enters PE (0, 0) at this place of the stream and is a diagonal further in each cycle.
    return place - (this.#length - 1) === rows - 1 + (cols - 1);
  }

  /** Sums have left one by one. */
  endFold(): void {}

  #feedHeld(row: number): void {
    const { heldDepth, heldColumn } = this.#strides;
    const { bits, flags } = this.#registers;
    const source = this.#held === "b" ? this.#data.bBits : this.#data.aBits;
    const edge = this.#registers.place(registerPlane.down, -1, 0);
    const edgeFlags = this.#registers.place(registerPlane.downValid, -1, 0);
    const isUsed = row < this.#depths;
    for (let col = 0; col < this.#columns; col++) {
      const from = (this.#depth + row) * heldDepth + (this.#column + col) * heldColumn;
      bits[edge + col] = isUsed ? (source[from] ?? 0) : 0;
      flags[edgeFlags + col] = isUsed ? valid : 0;
    }
    if (!isUsed) return;
    if (this.#held === "b") this.#counts.operandBReads += this.#columns;
    else this.#counts.operandAReads += this.#columns;
  }

  /** Row r gets what row 0 got r cycles before, from its own k. */
  #feedRows(place: number): void {
    const { movingStream, movingDepth } = this.#strides;
    const { bits, flags, geometry } = this.#registers;
    const source = this.#held === "b" ? this.#data.aBits : this.#data.bBits;
    const edge = this.#registers.place(registerPlane.right, 0, -1);
    const edgeFlags = this.#registers.place(registerPlane.rightValid, 0, -1);
    const ended = place - this.#length;
    if (place < this.#depths) flags[edgeFlags + place * geometry.pitch] = valid;
    if (ended >= 0 && ended < this.#depths) {
      flags[edgeFlags + ended * geometry.pitch] = 0;
      bits[edge + ended * geometry.pitch] = 0;
    }
    const first = Math.max(0, ended + 1);
    const end = Math.min(this.#depths, place + 1);
    for (let row = first; row < end; row++) {
      const from = (place - row) * movingStream + (this.#depth + row) * movingDepth;
      bits[edge + row * geometry.pitch] = source[from] ?? 0;
    }
    if (end <= first) return;
    if (this.#held === "b") this.#counts.operandAReads += end - first;
    else this.#counts.operandBReads += end - first;
  }

  /** Sums start at +0, or where an earlier fold or C has left them. */
  #feedSums(place: number): void {
    const { sumStream, sumColumn } = this.#strides;
    const { bits, flags } = this.#registers;
    const { resultBits, accumulate } = this.#data;
    const edge = this.#registers.place(registerPlane.sum, -1, 0);
    const edgeFlags = this.#registers.place(registerPlane.sumValid, -1, 0);
    const ended = place - this.#length;
    if (place < this.#columns) flags[edgeFlags + place] = valid;
    if (ended >= 0 && ended < this.#columns) {
      flags[edgeFlags + ended] = 0;
      bits[edge + ended] = 0;
    }
    if (this.#depth === 0 && !accumulate) return;
    const first = Math.max(0, ended + 1);
    const end = Math.min(this.#columns, place + 1);
    for (let col = first; col < end; col++) {
      bits[edge + col] = resultBits[(place - col) * sumStream + (this.#column + col) * sumColumn] ?? 0;
    }
    if (end > first) this.#counts.partialSumReads += end - first;
  }

  /** Takes the sums that stand in the last row: column c has that of `place` - c. */
  #takeSums(place: number): void {
    const { sumStream, sumColumn } = this.#strides;
    const { flags, geometry } = this.#registers;
    const { resultBits } = this.#data;
    const edge = this.#registers.place(registerPlane.sum, geometry.rows - 1, 0);
    const edgeFlags = this.#registers.place(registerPlane.sumValid, geometry.rows - 1, 0);
    const end = Math.min(this.#columns, place + 1);
    for (let col = Math.max(0, place - this.#length + 1); col < end; col++) {
      if (flags[edgeFlags + col] === 0) continue;
      const to = (place - col) * sumStream + (this.#column + col) * sumColumn;
      resultBits[to] = this.#registers.sumBits(edge + col);
      this.#counts.resultWrites++;
    }
  }
}
