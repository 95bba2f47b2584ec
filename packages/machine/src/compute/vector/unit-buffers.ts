import type { WorkSurroundings } from "../../engine/transfer-work.ts";
import { MatrixBuffer } from "../tile-buffers.ts";
import { encodeResult, widenOperand } from "./vector-formats.ts";
import { extentBytes, type OperandExtent, resultExtent, secondExtent, type VectorTask } from "./vector-task.ts";
import { type ActivationUnit, computeVector } from "./vector-values.ts";

/** Sets of accumulators of each array: while one is drained, the array fills the other. */
export const accumulatorSets = 2;

const floatBytes = 4;

/** What one vector unit works on, kept from task to task. */
export class UnitBuffers {
  /** Of the running task as it will lie in memory, until it completes. */
  readonly result: MatrixBuffer = new MatrixBuffer();
  readonly #matrix = new MatrixBuffer();
  readonly #second = new MatrixBuffer();
  readonly #third = new MatrixBuffer();
  readonly #scales = new MatrixBuffer();
  /** Operands before they are widened, and whole numbers on their way to or from float32. */
  readonly #packed = new MatrixBuffer();
  readonly #whole = new MatrixBuffer();
  /** Results before they are encoded. */
  readonly #floats = new MatrixBuffer();
  /** Sums, as their products have them, of completed products that wait for the unit; a ring, oldest at `firstSums`. */
  readonly #sums = Array.from({ length: accumulatorSets }, () => new MatrixBuffer());
  #firstSums = 0;
  #sumsCount = 0;

  /** Keeps sums of a completed product for the task that waits for them. */
  addSums(sums: Uint8Array): void {
    this.#sums[(this.#firstSums + this.#sumsCount) % accumulatorSets]?.restore(sums);
    this.#sumsCount++;
  }

  /** Copies of the sums that wait, oldest first. */
  saveSums(): readonly Uint8Array[] {
    return Array.from(
      { length: this.#sumsCount },
      (_, index) => this.#sums[(this.#firstSums + index) % accumulatorSets]?.save() ?? new Uint8Array(0),
    );
  }

  /** Reads the operands of a task and computes its result. */
  compute(task: VectorTask, contents: WorkSurroundings["contents"], functions: ActivationUnit): void {
    const { region, rows, cols, operation, format, source, second, third, scales } = task;
    const read = (
      buffer: MatrixBuffer,
      offset: number | undefined,
      extent: OperandExtent,
    ): Float32Array | undefined => {
      if (offset === undefined) return undefined;
      const isFloat32 = extent.format === "float32";
      const room = isFloat32 ? buffer : this.#packed;
      room.resize(extentBytes(extent));
      contents.read(region, offset, room.bytes);
      return isFloat32 ? room.floats : this.#widen(room.bytes, extent, buffer);
    };
    const matrix = { rows, cols, format };
    const parameters = { rows: 1, cols, format: "float32" } as const;
    const operands = {
      matrix: read(this.#matrix, source, matrix) ?? this.#widen(this.#takeSums(), matrix, this.#matrix),
      second: read(this.#second, second, secondExtent(task)),
      third: read(this.#third, third, parameters),
      scales: read(this.#scales, scales, parameters),
    };
    const extent = resultExtent(task);
    const isEncoded = extent.format !== "float32";
    this.result.resize(extentBytes(extent));
    if (isEncoded) this.#floats.resize(floatBytes * extent.rows * extent.cols);
    const { floats } = isEncoded ? this.#floats : this.result;
    computeVector(operation, cols, operands, floats, functions);
    if (isEncoded) encodeResult(floats, extent, task.result, this.result.bytes, this.#whole);
  }

  #widen(bytes: Uint8Array, extent: OperandExtent, buffer: MatrixBuffer): Float32Array {
    buffer.resize(floatBytes * extent.rows * extent.cols);
    widenOperand(bytes, extent, buffer.floats, this.#whole);
    return buffer.floats;
  }

  /** The oldest sums that wait; their set is free when the unit's task has completed. */
  #takeSums(): Uint8Array {
    const taken = this.#sums[this.#firstSums];
    if (taken === undefined || this.#sumsCount === 0) throw new RangeError("no sums wait for the vector unit");
    this.#firstSums = (this.#firstSums + 1) % accumulatorSets;
    this.#sumsCount--;
    return taken.bytes;
  }
}
