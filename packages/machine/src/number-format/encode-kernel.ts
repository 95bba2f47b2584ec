import { lazyKernel } from "../compute/wasm-module.ts";
import { magnitudeBeyond } from "./encode-plain.ts";
import { floatLayouts, type NarrowFloat } from "./float-layout.ts";
import { numberEncodeWasm } from "./number-encode.wasm.ts";

/** What the kernel rounds at once: its memory has room for as many float32 and as many results. */
export const blockNumbers = 8192;
const fromPlace = 32768;
const toPlace = 32768 * 2;

/** The kernel of packages/machine/kernel/number-encode.as.ts with its memory. */
export type EncodeKernel = {
  /** Where `floats` takes what is to be rounded; up to `blockNumbers`. */
  readonly source: Float32Array;
  /** The results: patterns of 8 or of 16 bits, or int32. */
  readonly bytes: Uint8Array;
  readonly halfWords: Uint16Array;
  readonly integers: Int32Array;
  readonly floats: (format: NarrowFloat, saturates: boolean, count: number) => void;
  /** Returns whether there was no NaN. */
  readonly whole: (least: number, greatest: number, count: number) => boolean;
};

/** The kernel, or undefined where WebAssembly SIMD does not exist. */
export const encodeKernel: () => EncodeKernel | undefined = lazyKernel(numberEncodeWasm, (exports, buffer) => {
  const { encodeFloats, encodeIntegers } = exports;
  if (typeof encodeFloats !== "function" || typeof encodeIntegers !== "function") return undefined;
  return {
    source: new Float32Array(buffer, fromPlace, blockNumbers),
    bytes: new Uint8Array(buffer, toPlace, blockNumbers),
    halfWords: new Uint16Array(buffer, toPlace, blockNumbers),
    integers: new Int32Array(buffer, toPlace, blockNumbers),
    floats: (format, saturates, count) => {
      const { bits, fractionBits, bias, overflow, quietNan } = floatLayouts[format];
      encodeFloats(
        fromPlace,
        toPlace,
        roundedUp(count),
        bits / 8,
        23 - fractionBits,
        (127 - bias) << 23,
        // Where exponents are as wide as those of float32, subnormals lose bits of their fraction like all others.
        bias === 127 ? 0 : (128 - bias) << 23,
        2 ** (24 - bias - fractionBits),
        overflow,
        magnitudeBeyond(format, saturates),
        quietNan,
        32 - bits,
      );
    },
    whole: (least, greatest, count) => encodeIntegers(fromPlace, toPlace, roundedUp(count), least, greatest) !== 0,
  };
});

/** The kernel takes four numbers at a time. */
function roundedUp(count: number): number {
  return (count + 3) & ~3;
}
