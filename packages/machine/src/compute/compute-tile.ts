import { componentIdError } from "../address-map/address-map.ts";
import { elementBytes } from "../config/widths.ts";
import type { HandleParts } from "../engine/handle-parts.ts";
import { hex, hexRange, KpuError, requireWhole } from "../errors.ts";
import { type SynchronizationRequest, synchronizationOf } from "../movement/semaphore.ts";

export type MatmulRequest = SynchronizationRequest & {
  /** Scratchpad that holds the operands. */
  readonly scratchpad: number;
  /** C (m x n) = A (m x k) B (k x n), row-major float32. */
  readonly m: number;
  readonly n: number;
  readonly k: number;
  /** Byte offsets of the matrices in that scratchpad. */
  readonly a: number;
  readonly b: number;
  readonly c: number;
  /** Wait behind the products that the tile has; without it a busy tile is an error. */
  readonly queued?: boolean | undefined;
  /** Called once, at the completion cycle; the tile is free by then, unless another product waits. */
  readonly onComplete?: (() => void) | undefined;
};

/** A compute tile: a systolic array (or, without systolic mode, one multiply-accumulate unit) that multiplies matrices. */
export class ComputeTile {
  readonly id: number;
  /** Processing elements of the array; both 0 without systolic mode. */
  readonly rows: number;
  readonly cols: number;
  readonly #parts: HandleParts;

  constructor(parts: HandleParts, id: number) {
    const { count, rows, cols, systolic } = parts.config.computeTiles;
    if (!Number.isInteger(id) || id < 0 || id >= count) throw componentIdError("compute tile", id, count);
    this.#parts = parts;
    this.id = id;
    this.rows = systolic ? rows : 0;
    this.cols = systolic ? cols : 0;
  }

  /** Busy from the call of `matmul` to the completion of the product. */
  get isBusy(): boolean {
    return (this.#parts.engine.units.outstanding[this.#unit] ?? 0) > 0;
  }

  /**
   * Starts a matrix product. It reads A and B when it starts and writes C, overwriting it, when it completes. Any size is
   * cut into folds of the array. Refused, with nothing started: a busy tile, a dimension below 1, a matrix that leaves
   * the scratchpad.
   */
  matmul(request: MatmulRequest): void {
    const { scratchpad, m, n, k, a, b, c, queued = false, onComplete } = request;
    const region = this.#parts.map.regionOf("scratchpad", scratchpad);
    for (const [name, size] of Object.entries({ m, n, k }))
      requireWhole(size, `matrix dimension ${name}`, "KPU_DIMENSION", 1);
    this.#requireInside(region, "A", a, m, k);
    this.#requireInside(region, "B", b, k, n);
    this.#requireInside(region, "C", c, m, n);
    if (onComplete !== undefined && typeof onComplete !== "function") {
      throw new KpuError("KPU_TYPE", `onComplete must be a function, got ${typeof onComplete}`);
    }
    if (this.isBusy && !queued) {
      throw new KpuError(
        "KPU_BUSY",
        `compute tile ${this.id} is busy with a matrix product: wait for it (run, or its callback), or queue this one (queued: true)`,
        {
          tile: this.id,
        },
      );
    }
    const synchronization = synchronizationOf(request, this.#parts.semaphores, this.#parts.engine);
    this.#parts.engine.issueProduct(this.id, { region, m, n, k, a, b, c, synchronization, onComplete });
  }

  /** Drops the running product, which writes no C, and those queued; no callbacks, and credits taken are not given back. */
  reset(): void {
    this.#parts.engine.dropUnit(this.#unit);
  }

  get #unit(): number {
    return this.#parts.engine.units.moverCount + this.id;
  }

  #requireInside(region: number, matrix: string, offset: number, rows: number, cols: number): void {
    const { capacityBytes } = this.#parts.map.classOf(region);
    const bytes = rows * cols * elementBytes;
    if (Number.isInteger(offset) && offset >= 0 && offset + bytes <= capacityBytes) return;
    throw new KpuError(
      "KPU_ADDRESS_RANGE",
      `matrix ${matrix} (${rows} x ${cols} float32, ${bytes} bytes) at offset ${hex(offset)} leaves ${this.#parts.map.nameOf(region)}, ` +
        `whose offsets are ${hexRange(0, capacityBytes)}`,
      { matrix, offset: hex(offset), bytes, capacityBytes },
    );
  }
}
