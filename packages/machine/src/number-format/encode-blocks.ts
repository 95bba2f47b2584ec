import { blockNumbers, encodeKernel } from "./encode-kernel.ts";
import { encodeFloatsPlain, encodeIntegersPlain } from "./encode-plain.ts";
import { floatLayouts, type NarrowFloat } from "./float-layout.ts";
import { type IntegerFormat, numberFormats } from "./number-format.ts";

/** Whether the kernel is used where it can be: tests compare it with plain TypeScript. */
export type Rounding = "fastest" | "plain";

/** Numbers from which on going to the kernel and back is worth it. */
const fewestForKernel = 64;

/** Rounds float32 to a narrower format and packs the patterns, little-endian. */
export function encodeFloats(
  format: NarrowFloat,
  floats: Float32Array,
  saturates: boolean,
  target: Uint8Array<ArrayBuffer>,
  rounding: Rounding = "fastest",
): void {
  const isHalf = floatLayouts[format].bits === 16;
  const count = floats.length;
  const inPlace = isHalf && target.byteOffset % 2 === 0;
  const halfWords = inPlace
    ? new Uint16Array(target.buffer, target.byteOffset, count)
    : new Uint16Array(isHalf ? count : 0);
  const words = isHalf ? halfWords : target;
  const kernel = rounding === "fastest" && count >= fewestForKernel ? encodeKernel() : undefined;
  if (kernel === undefined) {
    encodeFloatsPlain(format, floats, saturates, words);
  } else {
    for (let first = 0; first < count; first += blockNumbers) {
      const block = Math.min(blockNumbers, count - first);
      kernel.source.set(floats.subarray(first, first + block));
      kernel.floats(format, saturates, block);
      words.set((isHalf ? kernel.halfWords : kernel.bytes).subarray(0, block), first);
    }
  }
  if (isHalf && !inPlace) target.set(new Uint8Array(halfWords.buffer));
}

/**
 * Rounds numbers to the whole ones of a format, beyond its range to its bounds, and packs them. Returns whether there was no
 * NaN; what stands for one is not defined.
 */
export function encodeIntegers(
  format: IntegerFormat,
  values: Float32Array | Float64Array,
  target: Uint8Array<ArrayBuffer>,
  rounding: Rounding = "fastest",
): boolean {
  const { least, greatest } = numberFormats[format];
  const useKernel = rounding === "fastest" && values instanceof Float32Array && values.length >= fewestForKernel;
  const kernel = useKernel ? encodeKernel() : undefined;
  const whole = kernel?.integers ?? new Int32Array(Math.min(blockNumbers, values.length));
  let isGood = true;
  for (let first = 0; first < values.length; first += blockNumbers) {
    const block = Math.min(blockNumbers, values.length - first);
    const part = values.subarray(first, first + block);
    if (kernel === undefined) {
      isGood = encodeIntegersPlain(part, least, greatest, whole) && isGood;
    } else {
      kernel.source.fill(0, block, (block + 3) & ~3);
      kernel.source.set(part);
      isGood = kernel.whole(least, greatest, block) && isGood;
    }
    pack(format, whole.subarray(0, block), target, first);
  }
  return isGood;
}

/** Packs whole numbers within the range of a format behind the first `first` ones. */
export function pack(format: IntegerFormat, whole: Int32Array, target: Uint8Array<ArrayBuffer>, first: number): void {
  switch (format) {
    case "int32":
      target.set(new Uint8Array(whole.buffer, whole.byteOffset, whole.byteLength), 4 * first);
      return;
    case "int8":
    case "uint8":
      target.set(whole, first);
      return;
    case "int4":
      for (let index = 0; index < whole.length; index += 2) {
        target[(first + index) >> 1] = ((whole[index] ?? 0) & 15) | (((whole[index + 1] ?? 0) & 15) << 4);
      }
  }
}
