import { floatLayouts, type NarrowFloat } from "./float-layout.ts";

/** The magnitude that a number gets which lies beyond the greatest of a format, or is NaN. */
export function magnitudeBeyond(format: NarrowFloat, saturates: boolean): number {
  const { infinity, quietNan, greatest } = floatLayouts[format];
  return saturates ? greatest : (infinity ?? quietNan);
}

/** Rounds float32 to the patterns of a narrower format, to nearest with ties to even: what the kernel does, one by one. */
export function encodeFloatsPlain(
  format: NarrowFloat,
  floats: Float32Array,
  saturates: boolean,
  words: Uint8Array | Uint16Array,
): void {
  const source = new Uint32Array(floats.buffer, floats.byteOffset, floats.length);
  const { bits, overflow, quietNan } = floatLayouts[format];
  const beyond = magnitudeBeyond(format, saturates);
  const steps = stepsOf(format);
  const signShift = 32 - bits;
  const signBit = 1 << (bits - 1);
  for (let index = 0; index < source.length; index++) {
    const word = source[index] ?? 0;
    const magnitude = word & 0x7fffffff;
    if (magnitude < overflow) {
      const step = steps[word >>> 23] ?? 0;
      const shift = step & 31;
      const fraction = (word & 0x7fffff) | 0x800000;
      // Half of what is cut off, less one if the last bit that stays is even: to nearest, ties to even. A carry out of
      // the fraction goes into the exponent, as it should.
      words[index] = (step >> 5) + ((fraction + (1 << (shift - 1)) - 1 + ((fraction >>> shift) & 1)) >>> shift);
    } else {
      words[index] = ((word >>> signShift) & signBit) | (magnitude > 0x7f800000 ? quietNan : beyond);
    }
  }
}

/** By format: for each sign and exponent of a float32, how far its fraction is shifted (5 bits), and what is added then. */
const stepsByFormat = new Map<NarrowFloat, Int32Array>();

/** More than the bits of a fraction: nothing is left of it, and nothing of what has no leading 1. */
const allShift = 26;

function stepsOf(format: NarrowFloat): Int32Array {
  const known = stepsByFormat.get(format);
  if (known !== undefined) return known;
  const { bits, fractionBits, bias } = floatLayouts[format];
  const steps = Int32Array.from({ length: 512 }, (_, index) => {
    const exponent = Math.max(index & 255, 1) - 127 + bias;
    const shift = Math.min(23 - fractionBits + Math.max(0, 1 - exponent), allShift);
    // The leading 1 of the fraction adds one to the exponent. A float32 subnormal has none, which matters only where
    // exponents are as wide as those of float32.
    const leading = bias === 127 && (index & 255) === 0 ? 1 << fractionBits : 0;
    const base = ((index >> 8) << (bits - 1)) + (Math.max(exponent - 1, 0) << fractionBits) - leading;
    return (base << 5) | shift;
  });
  stepsByFormat.set(format, steps);
  return steps;
}

/** Beyond it a double has no bits for fractions: adding and taking it off rounds to a whole number, ties to even. */
const roundingConstant = 1.5 * 2 ** 52;

/** The nearest whole number, ties to even, within the bounds; NaN for NaN. */
export function wholeNumber(value: number, least: number, greatest: number): number {
  const bounded = value < least ? least : value > greatest ? greatest : value;
  return bounded + roundingConstant - roundingConstant;
}

/** Rounds numbers to whole ones from `least` to `greatest`. Returns whether there was no NaN. */
export function encodeIntegersPlain(
  values: Float32Array | Float64Array,
  least: number,
  greatest: number,
  target: Int32Array,
): boolean {
  let isGood = true;
  for (let index = 0; index < values.length; index++) {
    const whole = wholeNumber(values[index] ?? 0, least, greatest);
    if (Number.isNaN(whole)) isGood = false;
    target[index] = whole;
  }
  return isGood;
}
