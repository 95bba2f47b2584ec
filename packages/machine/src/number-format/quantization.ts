import { KpuError, requireWhole } from "../errors.ts";
import { wholeNumber } from "./encode-plain.ts";
import { type IntegerFormat, isFloatFormat, type NumberFormat, numberFormats, requireFormat } from "./number-format.ts";

/**
 * How real numbers stand for whole ones: real = scale x (whole - zero point). One scale and zero point for a tensor, or one
 * for each place along an axis (a channel).
 */
export type Quantization = {
  readonly format: IntegerFormat;
  /** Scales are float32, positive and finite. */
  readonly scales: Float32Array;
  readonly zeroPoints: Int32Array;
  /** The axis of the channels; undefined for one scale for all. */
  readonly axis: number | undefined;
};

/** What whole numbers a quantization may have. */
type QuantizationParts = {
  readonly format: NumberFormat;
  readonly scales: ArrayLike<number>;
  readonly zeroPoints?: ArrayLike<number> | undefined;
  readonly axis?: number | undefined;
};

/**
 * A quantization of given scales (rounded to float32) and zero points (default 0). Errors (KPU_ARGUMENT): a format that is
 * not int8, uint8, int4 or int32, a scale that is not a positive finite float32, a zero point outside the format, several
 * scales without an axis; says which.
 */
export function quantization({ format, scales, zeroPoints, axis }: QuantizationParts): Quantization {
  const integerFormat = requireIntegerFormat(format);
  const { least, greatest } = numberFormats[integerFormat];
  const count = scales.length;
  if (count === 0) throw argumentError("a quantization needs at least one scale, got none");
  if (axis === undefined && count > 1) throw argumentError(`${count} scales need an axis that says whose they are`);
  if (axis !== undefined) requireWhole(axis, "the axis", "KPU_ARGUMENT");
  const rounded = Float32Array.from(scales);
  for (const [index, scale] of rounded.entries()) {
    if (scale > 0 && scale < Number.POSITIVE_INFINITY) continue;
    throw argumentError(`scale ${index} must be a positive finite float32, got ${scales[index]}`, { index });
  }
  const points = zeroPoints ?? new Int32Array(count);
  if (points.length !== count) throw argumentError(`${count} scales but ${points.length} zero points`);
  for (let index = 0; index < count; index++) {
    const point = Number(points[index]);
    if (Number.isInteger(point) && point >= least && point <= greatest) continue;
    throw argumentError(
      `zero point ${index} must be a whole number of ${integerFormat}, ${least} to ${greatest}, got ${point}`,
      { index },
    );
  }
  return { format: integerFormat, scales: rounded, zeroPoints: Int32Array.from(points), axis };
}

/**
 * Whole numbers for real ones: x / scale in float32, rounded to nearest with ties to even, plus the zero point, within
 * the bounds of the format. `shape` (row-major) is needed where channels have their own scales. Errors: KPU_ARGUMENT (a NaN, and
 * where), KPU_DIMENSION (a shape that does not fit).
 */
export function quantize(
  values: Float32Array,
  by: Quantization,
  shape: readonly number[] = [values.length],
): Int32Array<ArrayBuffer> {
  const { least, greatest } = numberFormats[by.format];
  const channels = channelsOf(values.length, shape, by);
  const whole = new Int32Array(values.length);
  for (let index = 0; index < values.length; index++) {
    const channel = channels.of(index);
    const point = by.zeroPoints[channel] ?? 0;
    const number = quantizedNumber(values[index] ?? 0, by.scales[channel] ?? 1, point, least, greatest);
    if (Number.isNaN(number)) throw notANumber(values, index);
    whole[index] = number;
  }
  return whole;
}

/** The whole number from `least` to `greatest` that stands for a float32; NaN for NaN. */
export function quantizedNumber(value: number, scale: number, point: number, least: number, greatest: number): number {
  return wholeNumber(Math.fround(value / scale), least - point, greatest - point) + point;
}

/** The real numbers that whole ones stand for, scale x (whole - zero point), rounded once to float32. */
export function dequantize(
  whole: Int32Array,
  by: Quantization,
  shape: readonly number[] = [whole.length],
): Float32Array<ArrayBuffer> {
  const channels = channelsOf(whole.length, shape, by);
  const values = new Float32Array(whole.length);
  for (let index = 0; index < whole.length; index++) {
    const channel = channels.of(index);
    values[index] = ((whole[index] ?? 0) - (by.zeroPoints[channel] ?? 0)) * (by.scales[channel] ?? 1);
  }
  return values;
}

/** Which channel an element belongs to. */
type Channels = { readonly count: number; readonly of: (index: number) => number };

/** The channels along `axis` of a row-major tensor. */
export function channelsAlong(length: number, shape: readonly number[], axis: number | undefined): Channels {
  for (const [index, extent] of shape.entries()) requireWhole(extent, `extent ${index} of the shape`, "KPU_DIMENSION");
  const elements = shape.reduce((product, extent) => product * extent, 1);
  if (elements !== length) {
    throw new KpuError("KPU_DIMENSION", `a shape of ${shape.join(" x ")} has ${elements} elements, got ${length}`);
  }
  if (axis === undefined) return { count: 1, of: () => 0 };
  const count = shape[axis];
  if (count === undefined) {
    throw argumentError(`axis must be a whole number from 0 to ${shape.length - 1}, got ${axis}`, { axis });
  }
  const inner = shape.slice(axis + 1).reduce((product, extent) => product * extent, 1);
  return { count, of: (index) => Math.floor(index / inner) % count };
}

function channelsOf(length: number, shape: readonly number[], { scales, axis }: Quantization): Channels {
  const channels = channelsAlong(length, shape, axis);
  if (channels.count === scales.length || length === 0) return channels;
  throw new KpuError(
    "KPU_DIMENSION",
    `axis ${axis} of a shape of ${shape.join(" x ")} has ${channels.count} channels, but there are ${scales.length} scales`,
  );
}

export function requireIntegerFormat(format: NumberFormat): IntegerFormat {
  requireFormat(format);
  if (!isFloatFormat(format)) return format;
  throw argumentError(`numbers are quantized to int8, uint8, int4 or int32, got '${format}'`);
}

export function notANumber(values: Float32Array, index: number): KpuError {
  return argumentError(`number ${index} is ${values[index]}: it cannot be quantized`, { index });
}

export function argumentError(message: string, details: Readonly<Record<string, number>> = {}): KpuError {
  return new KpuError("KPU_ARGUMENT", message, details);
}
