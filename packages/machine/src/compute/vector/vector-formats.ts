import { KpuError } from "../../errors.ts";
import { decodeFloats } from "../../number-format/decode.ts";
import { encodeFloats } from "../../number-format/encode-blocks.ts";
import { decodeRows, packRows } from "../../number-format/matrix-rows.ts";
import { isFloatFormat, type NumberFormat, numberFormats, requireFormat } from "../../number-format/number-format.ts";
import { quantizedNumber } from "../../number-format/quantization.ts";
import type { MatrixBuffer } from "../tile-buffers.ts";
import type { OperandExtent } from "./vector-task.ts";

/** What becomes of the float32 results of a vector operation. */
export type ResultRequest = {
  /** Default: the format of the matrix. */
  readonly resultFormat?: NumberFormat | undefined;
  /**
   * How whole numbers stand for the results, as in `Quantization`: result / scale, rounded, plus the zero point. Default: 1 and 0, so
   * that results are only rounded.
   */
  readonly resultScale?: number | undefined;
  readonly resultZeroPoint?: number | undefined;
};

/** A checked `ResultRequest`; the scale is a float32. */
export type ResultEncoding = { readonly format: NumberFormat; readonly scale: number; readonly zeroPoint: number };

/** How results are encoded. Errors (KPU_ARGUMENT, KPU_TYPE): see `requireQuantizer`. */
export function resultEncoding(
  defaultFormat: NumberFormat,
  { resultFormat = defaultFormat, resultScale, resultZeroPoint }: ResultRequest,
): ResultEncoding {
  const format = requireFormat(resultFormat, "resultFormat");
  if (resultScale === undefined && resultZeroPoint === undefined) return { format, scale: 1, zeroPoint: 0 };
  if (isFloatFormat(format)) {
    throw new KpuError(
      "KPU_ARGUMENT",
      `resultScale and resultZeroPoint say how whole numbers stand for results; a result of ${format} has neither`,
      { format },
    );
  }
  return {
    format,
    scale: requirePositive(resultScale ?? 1, "resultScale"),
    zeroPoint: zeroPointOf(format, resultZeroPoint),
  };
}

function zeroPointOf(format: NumberFormat, zeroPoint: number = 0): number {
  const { least, greatest } = numberFormats[format];
  if (Number.isInteger(zeroPoint) && zeroPoint >= least && zeroPoint <= greatest) return zeroPoint;
  throw new KpuError(
    "KPU_ARGUMENT",
    `resultZeroPoint must be a whole number of ${format}, ${least} to ${greatest}, got ${zeroPoint}`,
    { format, zeroPoint: String(zeroPoint) },
  );
}

/** A scale as float32. Errors: KPU_ARGUMENT for one that is not a positive finite float32, KPU_TYPE. */
export function requirePositive(value: number, what: string): number {
  if (typeof value !== "number") throw new KpuError("KPU_TYPE", `${what} must be a number, got ${typeof value}`);
  const rounded = Math.fround(value);
  if (rounded > 0 && rounded < Number.POSITIVE_INFINITY) return rounded;
  throw new KpuError("KPU_ARGUMENT", `${what} must be a positive finite float32, got ${value}`, { what });
}

/** An operand as it lies in memory as float32, to which whole numbers are rounded. `room` is used for the conversion. */
export function widenOperand(
  bytes: Uint8Array,
  { rows, cols, format }: OperandExtent,
  target: Float32Array,
  room: MatrixBuffer,
): void {
  if (isFloatFormat(format)) {
    decodeFloats(format, bytes, target);
    return;
  }
  room.resize(wholeBytes * rows * cols);
  decodeRows(format, bytes, rows, cols, room.integers);
  target.set(room.integers);
}

/**
 * Rounds results to their format, each once, to nearest with ties to even; what is beyond its numbers takes the nearest bound,
 * infinities included. A NaN becomes the zero point where numbers are whole. Not for float32, which results are already.
 */
export function encodeResult(
  floats: Float32Array,
  { cols }: OperandExtent,
  { format, scale, zeroPoint }: ResultEncoding,
  target: Uint8Array<ArrayBuffer>,
  room: MatrixBuffer,
): void {
  if (format === "float32") throw new RangeError("results are float32 already");
  if (isFloatFormat(format)) {
    encodeFloats(format, floats, true, target);
    return;
  }
  const { least, greatest } = numberFormats[format];
  room.resize(wholeBytes * floats.length);
  const whole = room.integers;
  for (let index = 0; index < floats.length; index++) {
    const number = quantizedNumber(floats[index] ?? 0, scale, zeroPoint, least, greatest);
    whole[index] = Number.isNaN(number) ? zeroPoint : number;
  }
  packRows(format, whole, cols, target);
}

const wholeBytes = 4;
