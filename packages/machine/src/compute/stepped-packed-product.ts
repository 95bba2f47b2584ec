import type { NumberFormat } from "../number-format/number-format.ts";
import type { ArrayAccesses } from "./array-accesses.ts";
import type { SystolicShape } from "./array-cycles.ts";
import { ArrayRun } from "./array-run.ts";
import { registerPlane } from "./stepped-array-geometry.ts";
import { ArrayRegisters } from "./stepped-array-registers.ts";
import type { TileBuffers } from "./tile-buffers.ts";
import { packWords, wordArithmetic } from "./word-arithmetic.ts";

/** A product of a format other than float32, whose operands pass through the array as words. */
export type PackedProduct = {
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly format: NumberFormat;
  readonly accumulate: boolean;
};

/** What an array has done, counted as it happened. */
export type SteppedOutcome = {
  readonly cycles: number;
  readonly accesses: ArrayAccesses;
  /** Pairs of words that each processing element has multiplied, row-major. */
  readonly activity: Float64Array;
};

/** Steps an array through a whole product of a format other than float32; the sums start where they are. */
export function stepPackedProduct(
  shape: SystolicShape,
  operandBits: number,
  { m, n, k, format, accumulate }: PackedProduct,
  { a, b, sums }: TileBuffers,
): SteppedOutcome {
  if (format === "float32") throw new RangeError("float32 has an array of its own");
  const { rows, cols, dataflow } = shape;
  const registers = new ArrayRegisters(rows, cols, wordArithmetic(format, operandBits));
  const aBits = packWords("a", a.bytes, format, operandBits, m, k);
  const bBits = packWords("b", b.bytes, format, operandBits, n, k);
  const resultBits = new Uint32Array(sums.bytes.buffer, 0, m * n);
  const run = new ArrayRun(registers, { m, n, k: aBits.length / m, aBits, bBits, resultBits, accumulate }, dataflow);
  while (!run.isDone) run.step();
  const activity = new Float64Array(rows * cols);
  for (let row = 0; row < rows; row++) {
    const first = registers.place(registerPlane.activity, row, 0);
    activity.set(registers.bits.subarray(first, first + cols), row * cols);
  }
  return { cycles: run.cycle, accesses: run.counts, activity };
}
