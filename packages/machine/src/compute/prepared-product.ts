import type { Engine } from "../engine/engine.ts";
import { hex, hexRange, KpuError, requireFunction } from "../errors.ts";
import { matrixBytes, type NumberFormat } from "../number-format/number-format.ts";
import type { MatrixProduct } from "./tile-work.ts";
import type { VectorTask } from "./vector/vector-task.ts";

/** A checked product but for the places of its matrices. */
export type CheckedProduct = Omit<MatrixProduct, "a" | "b" | "c" | "variant" | "onComplete">;

/** What the vector unit does with the sums, but for the place of C. */
export type CheckedDrain = Omit<VectorTask, "destination" | "onComplete">;

/** The scratchpad of a product. */
export type ProductMemory = { readonly name: string; readonly capacityBytes: number };

/** A matrix product of fixed sizes, ready to be queued again and again on its tile. */
export class PreparedProduct {
  readonly #engine: Engine;
  readonly #tile: number;
  readonly #memory: ProductMemory;
  readonly #product: CheckedProduct;
  readonly #drain: CheckedDrain | undefined;

  constructor(
    engine: Engine,
    tile: number,
    memory: ProductMemory,
    product: CheckedProduct,
    drain: CheckedDrain | undefined,
  ) {
    this.#engine = engine;
    this.#tile = tile;
    this.#memory = memory;
    this.#product = product;
    this.#drain = drain;
  }

  /** Queues the product with its matrices at these byte offsets. Refused, with nothing queued: a matrix that leaves the scratchpad. */
  issue(a: number, b: number, c: number, onComplete?: () => void): void {
    const product = this.#product;
    const drain = this.#drain;
    const { region, m, n, k, format, resultFormat, words, accumulate, dataflow, synchronization } = product;
    this.#requireInside("A", a, m, k, format);
    this.#requireInside("B", b, k, n, format);
    if (drain === undefined || accumulate) this.#requireInside("C", c, m, n, resultFormat);
    if (drain !== undefined) this.#requireInside("C", c, m, n, drain.result.format);
    requireFunction(onComplete);
    this.#engine.issueProduct(this.#tile, {
      region,
      m,
      n,
      k,
      format,
      resultFormat,
      words,
      a,
      b,
      c,
      accumulate,
      drains: product.drains,
      dataflow,
      synchronization,
      variant: product,
      onComplete: drain === undefined ? onComplete : undefined,
    });
    if (drain === undefined) return;
    // Field by field: a spread takes several times as long.
    this.#engine.issueVector(this.#tile, {
      region,
      rows: m,
      cols: n,
      operation: drain.operation,
      format: drain.format,
      source: drain.source,
      second: drain.second,
      third: drain.third,
      scales: drain.scales,
      destination: c,
      result: drain.result,
      bytes: drain.bytes,
      synchronization: drain.synchronization,
      onComplete,
    });
  }

  #requireInside(matrix: string, offset: number, rows: number, cols: number, format: NumberFormat): void {
    const { name, capacityBytes } = this.#memory;
    const bytes = matrixBytes(format, rows, cols);
    if (Number.isInteger(offset) && offset >= 0 && offset + bytes <= capacityBytes) return;
    throw new KpuError(
      "KPU_ADDRESS_RANGE",
      `matrix ${matrix} (${rows} x ${cols} ${format}, ${bytes} bytes) at offset ${hex(offset)} leaves ${name}, ` +
        `whose offsets are ${hexRange(0, capacityBytes)}`,
      { matrix, offset: hex(offset), bytes, capacityBytes },
    );
  }
}
