import { KpuError } from "../errors.ts";
import { encodeFloats, encodeIntegers } from "./encode-blocks.ts";
import { wholeNumber } from "./encode-plain.ts";
import { floatLayouts } from "./float-layout.ts";
import {
  bytesFor,
  type FloatFormat,
  isFloatFormat,
  type NumberFormat,
  numberFormats,
  requireFormat,
} from "./number-format.ts";
import { roundedToOdd } from "./round-to-odd.ts";

/**
 * What becomes of a number beyond the greatest finite one of a format. `ieee` (floating-point formats only, and their
 * default): infinity, or NaN in float8_e4m3, which has no infinity. `saturate` (the default of integer formats): the least or
 * greatest finite number, infinities included. `raise`: an error.
 */
export type OverflowPolicy = "ieee" | "saturate" | "raise";

const policies: readonly OverflowPolicy[] = ["ieee", "saturate", "raise"];

/**
 * Rounds numbers to a format, to nearest with ties to even, each once (a double is not rounded to float32 first), and
 * packs them little-endian into `out` or a new array, which is returned. A NaN stays a NaN with its sign; whole
 * numbers have none, so there it is an error. Errors, with nothing written: KPU_ARGUMENT (an unknown format or policy, a NaN
 * for an integer format, a number that overflows under `raise`; says which, the first being number `firstIndex`), KPU_SIZE
 * where `out` is too short.
 */
export function encodeNumbers(
  format: NumberFormat,
  values: ArrayLike<number>,
  policy: OverflowPolicy = defaultPolicy(requireFormat(format)),
  out?: Uint8Array<ArrayBuffer>,
  firstIndex: number = 0,
): Uint8Array<ArrayBuffer> {
  requirePolicy(requireFormat(format), policy);
  const size = bytesFor(format, values.length);
  if (out !== undefined && out.length < size) {
    throw new KpuError("KPU_SIZE", `${values.length} ${format} numbers need ${size} bytes, got ${out.length}`, {
      format,
      bytes: out.length,
    });
  }
  if (policy === "raise") requireEncodable(format, values, policy, firstIndex);
  // Whole numbers are packed aside first: a NaN among them must not leave half of them written.
  const target = out === undefined || !isFloatFormat(format) ? new Uint8Array(size) : out;
  if (!encodeInto(format, values, policy, target)) requireEncodable(format, values, policy, firstIndex);
  if (out === undefined || out === target) return target;
  out.set(target);
  return out;
}

function defaultPolicy(format: NumberFormat): OverflowPolicy {
  return isFloatFormat(format) ? "ieee" : "saturate";
}

/** Refuses what is no policy, or none of this format. */
function requirePolicy(format: NumberFormat, policy: OverflowPolicy): void {
  if (!policies.includes(policy)) {
    throw new KpuError("KPU_ARGUMENT", `policy must be one of ${policies.join(", ")}, got '${String(policy)}'`);
  }
  if (policy === "ieee" && !isFloatFormat(format)) {
    throw new KpuError("KPU_ARGUMENT", `${format} has no infinity: its policies are saturate and raise, got 'ieee'`);
  }
}

/** Refuses a NaN for an integer format and, under `raise`, what overflows. */
function requireEncodable(
  format: NumberFormat,
  values: ArrayLike<number>,
  policy: OverflowPolicy,
  firstIndex: number,
): void {
  const isFloat = isFloatFormat(format);
  for (let index = 0; index < values.length; index++) {
    const value = Number(values[index]);
    const isGood = isFloat
      ? !overflowsFloat(format, value)
      : !Number.isNaN(value) && (policy !== "raise" || fits(format, value));
    if (isGood) continue;
    const { least, greatest } = numberFormats[format];
    throw new KpuError(
      "KPU_ARGUMENT",
      `number ${firstIndex + index} is ${value}, which ${format} cannot hold: its numbers are ${least} to ${greatest}`,
      { index: firstIndex + index, value: String(value), format, least, greatest },
    );
  }
}

/** Packs numbers; false, with anything in `target`, where a NaN was to become a whole number. */
function encodeInto(
  format: NumberFormat,
  values: ArrayLike<number>,
  policy: OverflowPolicy,
  target: Uint8Array<ArrayBuffer>,
): boolean {
  const floats = values instanceof Float32Array ? values : undefined;
  if (!isFloatFormat(format)) return encodeIntegers(format, floats ?? Float64Array.from(values), target);
  const saturates = policy === "saturate";
  if (format === "float32") {
    const source = floats ?? Float32Array.from(values);
    const from = saturates ? source.map(clampFloat32) : source;
    target.set(new Uint8Array(from.buffer, from.byteOffset, from.byteLength));
  } else {
    encodeFloats(format, floats ?? roundedToOdd(values), saturates, target);
  }
  return true;
}

function clampFloat32(value: number): number {
  const { least, greatest } = numberFormats.float32;
  return Math.min(Math.max(value, least), greatest);
}

function fits(format: NumberFormat, value: number): boolean {
  const { least, greatest } = numberFormats[format];
  const whole = wholeNumber(value, -(2 ** 40), 2 ** 40);
  return whole >= least && whole <= greatest;
}

/** Whether a number has no place in a format; an infinity has one where the format knows infinity. */
function overflowsFloat(format: FloatFormat, value: number): boolean {
  if (Number.isNaN(value)) return false;
  const isInfinite = Math.abs(value) === Number.POSITIVE_INFINITY;
  if (format === "float32") return !isInfinite && Math.abs(Math.fround(value)) === Number.POSITIVE_INFINITY;
  const { infinity, overflow } = floatLayouts[format];
  if (isInfinite) return infinity === undefined;
  const bits = new Uint32Array(roundedToOdd([value]).buffer)[0] ?? 0;
  return (bits & 0x7fffffff) >= overflow;
}
