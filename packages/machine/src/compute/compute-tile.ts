import { componentIdError } from "../address-map/address-map.ts";
import type { Dataflow } from "../config/machine-config.ts";
import type { HandleParts } from "../engine/handle-parts.ts";
import { KpuError, requireWhole } from "../errors.ts";
import { type SynchronizationRequest, synchronizationOf } from "../movement/semaphore.ts";
import {
  isFloatFormat,
  type NumberFormat,
  numberFormatNames,
  numberFormats,
  requireFormat,
} from "../number-format/number-format.ts";
import { operandWords, requireFitting } from "../number-format/operand-words.ts";
import { type ArrayShape, requireDataflow } from "./array-cycles.ts";
import type { ArrayReplay } from "./array-replay.ts";
import { PreparedProduct } from "./prepared-product.ts";
import { tileArray } from "./tile-arrays.ts";
import { checkedEpilogue, type ProductEpilogue } from "./vector/vector-requests.ts";
import { type OperandExtent, vectorBytes } from "./vector/vector-task.ts";
import { requireOperandInside } from "./vector/vector-unit.ts";

/** A product without its places: C (m x n) = A (m x k) B (k x n), row-major; rows begin at whole bytes. */
export type ProductRequest = SynchronizationRequest & {
  /** Scratchpad that holds the operands. */
  readonly scratchpad: number;
  readonly m: number;
  readonly n: number;
  readonly k: number;
  /** The format of A and B; default float32. It must not be wider than the `operandBits` of the machine's tiles. */
  readonly format?: NumberFormat | undefined;
  /**
   * The format of C, to which finished sums are rounded; default that of the sums: float32, or int32 for whole numbers. Floating-
   * point sums overflow to infinity (float8_e4m3: NaN), whole ones take the nearest bound. With an epilogue it may be any format,
   * and is float32 by default; see there.
   */
  readonly resultFormat?: NumberFormat | undefined;
  /**
   * C += A B: the sums start at the values that C has when the product starts. Costs no cycles. Default: they start at +0. With an
   * epilogue, C holds sums (float32 or int32) before and a result after it.
   */
  readonly accumulate?: boolean | undefined;
  /** The dataflow of this product, instead of the configured one; a tile without systolic mode has none to change. */
  readonly dataflow?: Dataflow | undefined;
  /**
   * The sums pass from the array to the tile's vector unit, which multiplies them by a scale, adds a bias (n float32 at an offset of the
   * scratchpad), applies an activation function and writes C, rounded to nearest, what is beyond its format to the nearest bound.
   * The array can go on with the next product meanwhile: it has two sets of accumulators. `signal` and `onComplete` belong to the
   * vector unit's part, `waitFor` to the product.
   */
  readonly epilogue?: ProductEpilogue | undefined;
};

export type MatmulRequest = ProductRequest & {
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
  readonly #array: ArrayShape;

  constructor(parts: HandleParts, id: number) {
    const { count } = parts.config.computeTiles;
    if (!Number.isInteger(id) || id < 0 || id >= count) throw componentIdError("compute tile", id, count);
    this.#parts = parts;
    this.id = id;
    this.#array = tileArray(parts.config.computeTiles, id);
    this.rows = this.#array.systolic ? this.#array.rows : 0;
    this.cols = this.#array.systolic ? this.#array.cols : 0;
  }

  /** Busy from the call of `matmul` until the array has completed the product; its vector unit may go on with the sums. */
  get isBusy(): boolean {
    return (this.#parts.engine.units.outstanding[this.#unit] ?? 0) > 0;
  }

  /**
   * Starts a matrix product. It reads A and B, and C to accumulate, when it starts and writes C when it completes. Any
   * size is cut into folds of the array. Refused, with nothing started: a busy tile (KPU_BUSY), a dimension below 1
   * (KPU_DIMENSION), a matrix that leaves the scratchpad (KPU_ADDRESS_RANGE), an unknown dataflow, format or activation, a
   * format wider than the operands of the array, a result of the other kind of numbers without an epilogue, an epilogue without a scale of
   * sums that are not float32, a scale that is not a positive finite float32 (KPU_ARGUMENT).
   */
  matmul(request: MatmulRequest): void {
    const { a, b, c, queued = false, onComplete } = request;
    const prepared = this.prepare(request);
    if (this.isBusy && !queued) {
      throw new KpuError(
        "KPU_BUSY",
        `compute tile ${this.id} is busy with a matrix product: wait for it (run, or its callback), or queue this one (queued: true)`,
        {
          tile: this.id,
        },
      );
    }
    prepared.issue(a, b, c, onComplete);
  }

  /**
   * Checks a product once that is to be queued many times with its matrices at any offsets of the scratchpad: for programs of
   * many steps. Refused as in `matmul`; `issue` queues, it does not refuse a busy tile.
   */
  prepare(request: ProductRequest): PreparedProduct {
    const { scratchpad, m, n, k, format = "float32", accumulate = false, dataflow, epilogue } = request;
    const { engine, map, semaphores, config, accumulators } = this.#parts;
    const { operandBits } = config.computeTiles;
    const region = map.regionOf("scratchpad", scratchpad);
    requireWhole(m, "matrix dimension m", "KPU_DIMENSION", 1);
    requireWhole(n, "matrix dimension n", "KPU_DIMENSION", 1);
    requireWhole(k, "matrix dimension k", "KPU_DIMENSION", 1);
    if (typeof accumulate !== "boolean") {
      throw new KpuError("KPU_TYPE", `accumulate must be true or false, got ${typeof accumulate}`);
    }
    if (dataflow !== undefined) requireDataflow(dataflow);
    requireFitting(format, operandBits);
    const { accumulator } = numberFormats[format];
    const { resultFormat = accumulator } = request;
    if (epilogue === undefined) requireResultFormat(format, requireFormat(resultFormat, "resultFormat"));
    const memory = { name: map.nameOf(region), capacityBytes: map.capacityOf(region) };
    const synchronization = synchronizationOf(request, semaphores, engine);
    const product = {
      region,
      m,
      n,
      k,
      format,
      resultFormat: epilogue === undefined ? resultFormat : accumulator,
      words: { m, n, k: operandWords(format, operandBits, k), accumulate },
      accumulate,
      drains: epilogue !== undefined,
      dataflow,
      synchronization,
    };
    if (epilogue === undefined) return new PreparedProduct(engine, this.#number, memory, product, undefined);
    const { operation, scales, result } = checkedEpilogue(format, request.resultFormat, epilogue);
    const { bias } = epilogue;
    const perColumn: OperandExtent = { rows: 1, cols: n, format: "float32" };
    if (bias !== undefined) requireOperandInside(memory, "bias", bias, perColumn);
    if (scales !== undefined) requireOperandInside(memory, "scale", scales, perColumn);
    const parts = accumulators.split(this.#number, synchronization);
    const sums = { rows: m, cols: n, operation, format: accumulator, result };
    const places = { source: undefined, second: bias, third: undefined, scales };
    const bytes = vectorBytes({ ...sums, ...places });
    const drain = { region, ...sums, ...places, bytes, synchronization: parts.drain };
    return new PreparedProduct(engine, this.#number, memory, { ...product, synchronization: parts.product }, drain);
  }

  /**
   * Pairs of operand words that each processing element has multiplied in completed products (with 32-bit operands and
   * float32: its multiply-accumulates), row-major rows x cols: what a heat map of the array shows. One figure for a tile
   * without systolic mode.
   */
  peActivity(): Float64Array {
    return this.#parts.engine.units.arrays.activity(this.#number, this.#array);
  }

  /** Multiply-accumulates of the elements of completed products, by the format of their operands; formats without any are left out. */
  multiplyAccumulates(): Readonly<Partial<Record<NumberFormat, number>>> {
    const { byFormat } = this.#parts.engine.units.arrays;
    const counts: Partial<Record<NumberFormat, number>> = {};
    for (const format of numberFormatNames) {
      const count = byFormat[this.#number * numberFormatNames.length + numberFormats[format].code] ?? 0;
      if (count > 0) counts[format] = count;
    }
    return counts;
  }

  /**
   * The tile's first product, carried out once more on an array whose registers can be looked at cycle by cycle; the simulation does not
   * notice. A product that has not begun reads its operands as they are now: at rest at the cycle in which it begins (after
   * `rewindTo` that cycle, say) these are the ones that it computes with. One that is running has read them, so its replay has no
   * values; nor has one on a machine that simulates times only. Undefined for a tile that has nothing to do, or no array.
   */
  replayProduct(): ArrayReplay | undefined {
    return this.#parts.engine.replayFirst(this.#number);
  }

  /**
   * Drops the running product, which writes no C, those queued, and the work of the tile's vector unit; no callbacks, and
   * credits taken are not given back.
   */
  reset(): void {
    const { engine, layout, accumulators } = this.#parts;
    engine.dropUnit(this.#unit);
    engine.dropUnit(layout.rangeOf("vector").first + this.id);
    accumulators.release(this.#number, engine);
  }

  get #unit(): number {
    return this.#parts.layout.rangeOf("tile").first + this.id;
  }

  /** Number among all tiles of the engine. */
  get #number(): number {
    return this.#unit - this.#parts.engine.units.moverCount;
  }
}

/** Sums of one kind of numbers are not rounded to the other: what becomes of a NaN then, a product could not say. */
function requireResultFormat(format: NumberFormat, resultFormat: NumberFormat): void {
  if (isFloatFormat(format) === isFloatFormat(resultFormat)) return;
  const { accumulator } = numberFormats[format];
  throw new KpuError(
    "KPU_ARGUMENT",
    `products of ${format} are summed up in ${accumulator}, which ${resultFormat} as the result is no narrower format of`,
    { format, resultFormat, accumulator },
  );
}
