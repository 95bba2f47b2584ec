import { KpuError } from "../errors.ts";
import { wholeNumber } from "./encode-plain.ts";
import { type IntegerFormat, type NumberFormat, numberFormats } from "./number-format.ts";
import { percentileOf } from "./percentile.ts";
import {
  argumentError,
  channelsAlong,
  notANumber,
  type Quantization,
  quantization,
  requireIntegerFormat,
} from "./quantization.ts";

export type CalibrationOptions = {
  /** Default int8. */
  readonly format?: NumberFormat | undefined;
  /**
   * `symmetric` (the default): zero point 0, and the greatest magnitude becomes the greatest number; not for uint8. `affine`: the
   * least and the greatest value, 0 included, become the least and the greatest number.
   */
  readonly mode?: "symmetric" | "affine" | undefined;
  /** Above 50 and up to 100 (the default, min-max): how much of the values has to lie inside; the rest is cut off. */
  readonly percentile?: number | undefined;
  /** Default: one scale for all. */
  readonly axis?: number | undefined;
  /** Row-major; needed with an axis. */
  readonly shape?: readonly number[] | undefined;
};

/**
 * Scales and zero points for values as they are. With a percentile p, a symmetric range ends at the p-th percentile of the
 * magnitudes, an affine one goes from the (100 - p)-th to the p-th of the values. Where all values are 0 the scale is 1.
 * Errors: KPU_ARGUMENT (no values, a NaN or an infinity, and where, a percentile out of range, symmetric uint8),
 * KPU_DIMENSION (a shape that does not fit).
 */
export function calibrate(values: Float32Array, options: CalibrationOptions = {}): Quantization {
  const { mode = "symmetric", percentile = 100, axis, shape = [values.length] } = options;
  const format = requireIntegerFormat(options.format ?? "int8");
  if (mode !== "symmetric" && mode !== "affine") {
    throw argumentError(`mode must be 'symmetric' or 'affine', got '${String(mode)}'`);
  }
  if (mode === "symmetric" && numberFormats[format].least === 0) {
    throw argumentError(`${format} has no negative numbers: it needs mode 'affine'`);
  }
  if (!(percentile > 50 && percentile <= 100)) {
    throw argumentError(`percentile must be above 50 and at most 100, got ${percentile}`);
  }
  const channels = channelsAlong(values.length, shape, axis);
  const parts = partsOf(values, channels.count, channels.of);
  const ranges = parts.map((part) => rangeOf(part, mode, percentile, format));
  return quantization({
    format,
    scales: ranges.map(({ scale }) => scale),
    zeroPoints: ranges.map(({ zeroPoint }) => zeroPoint),
    axis,
  });
}

/** The values of each channel. */
function partsOf(values: Float32Array, count: number, channelOf: (index: number) => number): readonly Float32Array[] {
  const parts = Array.from({ length: count }, () => new Float32Array(values.length / count));
  const filled = new Uint32Array(count);
  for (let index = 0; index < values.length; index++) {
    const value = values[index] ?? 0;
    if (!Number.isFinite(value)) throw notANumber(values, index);
    const channel = channelOf(index);
    const part = parts[channel];
    const place = filled[channel] ?? 0;
    if (part !== undefined) part[place] = value;
    filled[channel] = place + 1;
  }
  if (values.length === 0) throw new KpuError("KPU_DIMENSION", "there are no values to calibrate with");
  return parts;
}

function rangeOf(
  part: Float32Array,
  mode: "symmetric" | "affine",
  percentile: number,
  format: IntegerFormat,
): { readonly scale: number; readonly zeroPoint: number } {
  const { least, greatest } = numberFormats[format];
  if (mode === "symmetric") {
    const bound = percentileOf(part.map(Math.abs).sort(), percentile);
    return { scale: scaleOf(bound, greatest), zeroPoint: 0 };
  }
  const sorted = part.slice().sort();
  const low = Math.min(0, percentileOf(sorted, 100 - percentile));
  const high = Math.max(0, percentileOf(sorted, percentile));
  const scale = scaleOf(high - low, greatest - least);
  return { scale, zeroPoint: high === low ? 0 : wholeNumber(least - low / scale, least, greatest) };
}

/** Of a range too small for a float32 scale, the least scale there is. */
function scaleOf(range: number, steps: number): number {
  if (range === 0) return 1;
  return Math.max(Math.fround(range / steps), 2 ** -149);
}
