import type { Strike } from "../faults/array-strikes.ts";
import type { SystolicShape } from "./array-cycles.ts";
import { productData, type ReplayedProduct } from "./array-replay.ts";
import { ArrayRun } from "./array-run.ts";
import { registerPlane } from "./stepped-array-geometry.ts";
import { ArrayRegisters } from "./stepped-array-registers.ts";
import type { TileBuffers } from "./tile-buffers.ts";
import { wordArithmetic } from "./word-arithmetic.ts";

/**
 * Steps an array through a product in which bits of registers turn over; the sums start where they are. A register that nothing is
 * computed with passes the fault on to nobody.
 */
export function stepStruckProduct(
  { rows, cols, dataflow }: SystolicShape,
  operandBits: number,
  product: Omit<ReplayedProduct, "startCycle">,
  { a, b, sums }: TileBuffers,
  strikes: readonly Strike[],
): void {
  const registers = new ArrayRegisters(
    rows,
    cols,
    product.format === "float32" ? "plain" : wordArithmetic(product.format, operandBits),
  );
  const data = productData(product, operandBits, { a: a.bytes, b: b.bytes, start: sums.bytes });
  const run = new ArrayRun(registers, data, dataflow);
  for (const { row, col, register, bit, productCycle } of strikes.toSorted(
    (one, other) => one.productCycle - other.productCycle,
  )) {
    while (run.cycle < productCycle && !run.isDone) run.step();
    if (run.isDone) break;
    const place = registers.place(registerPlane[register], row, col);
    registers.bits[place] = ((registers.bits[place] ?? 0) ^ (1 << bit)) >>> 0;
  }
  while (!run.isDone) run.step();
}
