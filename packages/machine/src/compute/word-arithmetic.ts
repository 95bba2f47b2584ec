import { decodeTable } from "../number-format/decode.ts";
import { isFloatFormat, type NumberFormat, numberFormats } from "../number-format/number-format.ts";
import { elementsPerWord, operandWords } from "../number-format/operand-words.ts";
import { multiplyAccumulate } from "./float32.ts";

/** What a processing element does with words that hold several elements of a format. */
export type WordArithmetic = {
  /** The bits of a sum after the elements of two words have been multiplied and added, in order of k. */
  readonly multiply: (sum: number, a: number, b: number) => number;
  /** Sums are float32, whose NaNs leave the array with one bit pattern, or else int32. */
  readonly isFloat: boolean;
};

export function wordArithmetic(format: Exclude<NumberFormat, "float32">, operandBits: number): WordArithmetic {
  const elements = elementsPerWord(format, operandBits);
  const { bits } = numberFormats[format];
  if (isFloatFormat(format)) {
    const values = new Float32Array(decodeTable(format).buffer);
    const mask = 2 ** bits - 1;
    const floats = new Float32Array(1);
    const words = new Uint32Array(floats.buffer);
    return {
      isFloat: true,
      multiply: (sum, a, b) => {
        words[0] = sum;
        let value = floats[0] ?? 0;
        for (let place = 0; place < elements; place++) {
          const left = values[(a >>> (place * bits)) & mask] ?? 0;
          const right = values[(b >>> (place * bits)) & mask] ?? 0;
          value = multiplyAccumulate(value, left, right);
        }
        floats[0] = value;
        return words[0] ?? 0;
      },
    };
  }
  const isSigned = numberFormats[format].least < 0;
  const element = (word: number, place: number): number => {
    const top = word << (32 - bits * (place + 1));
    return isSigned ? top >> (32 - bits) : top >>> (32 - bits);
  };
  return {
    isFloat: false,
    multiply: (sum, a, b) => {
      let value = sum;
      for (let place = 0; place < elements; place++) value += Math.imul(element(a, place), element(b, place));
      return value >>> 0;
    },
  };
}

/** A matrix as words along k, for `wordArithmetic`: A row by row (m x words), B word by word (words x n). */
export function packWords(
  which: "a" | "b",
  bytes: Uint8Array,
  format: NumberFormat,
  operandBits: number,
  lines: number,
  k: number,
): Uint32Array {
  const { bits } = numberFormats[format];
  const elements = elementsPerWord(format, operandBits);
  const depthWords = operandWords(format, operandBits, k);
  const rowBits = 8 * Math.ceil(((which === "a" ? k : lines) * bits) / 8);
  // What fills up the last word adds nothing: -0 times +0 is -0, which leaves every sum as it is, -0 included.
  const filling = which === "a" && isFloatFormat(format) ? 2 ** (bits - 1) : 0;
  const words = new Uint32Array(lines * depthWords);
  for (let line = 0; line < lines; line++) {
    for (let word = 0; word < depthWords; word++) {
      let packed = 0;
      for (let place = 0; place < elements; place++) {
        const depth = word * elements + place;
        const at = which === "a" ? line * rowBits + depth * bits : depth * rowBits + line * bits;
        const pattern = depth < k ? patternAt(bytes, at, bits) : filling;
        packed |= pattern << (place * bits);
      }
      words[which === "a" ? line * depthWords + word : word * lines + line] = packed;
    }
  }
  return words;
}

/** The pattern of an element that begins at a bit. */
function patternAt(bytes: Uint8Array, at: number, bits: number): number {
  const first = at >>> 3;
  if (bits === 4) return ((bytes[first] ?? 0) >>> (at & 7)) & 15;
  let pattern = 0;
  for (let byte = 0; byte < bits / 8; byte++) pattern |= (bytes[first + byte] ?? 0) << (8 * byte);
  return pattern;
}
