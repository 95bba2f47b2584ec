import { KpuError } from "../errors.ts";
import { floatLayouts, type NarrowFloat } from "./float-layout.ts";
import {
  bytesFor,
  type FloatFormat,
  type IntegerFormat,
  isFloatFormat,
  type NumberFormat,
  requireCount,
  requireFormat,
} from "./number-format.ts";

/** Float32 bits by pattern of each format that is looked up, made when first used. */
const tables = new Map<NarrowFloat, Uint32Array>();

/**
 * The first `count` numbers of `bytes` (little-endian, packed): float32 for the floating-point formats, int32 for the
 * others; exact. Errors: KPU_ARGUMENT for an unknown format, KPU_SIZE where `bytes` has fewer numbers.
 */
export function decodeNumbers(
  format: NumberFormat,
  bytes: Uint8Array,
  count: number,
): Float32Array<ArrayBuffer> | Int32Array<ArrayBuffer> {
  requireFormat(format);
  requireCount(format, count);
  if (bytes.length < bytesFor(format, count)) {
    throw new KpuError(
      "KPU_SIZE",
      `${count} ${format} numbers have ${bytesFor(format, count)} bytes, but there are only ${bytes.length}`,
      { format, count, bytes: bytes.length },
    );
  }
  if (isFloatFormat(format)) {
    const floats = new Float32Array(count);
    decodeFloats(format, bytes, floats);
    return floats;
  }
  const integers = new Int32Array(count);
  decodeIntegers(format, bytes, integers);
  return integers;
}

/** Fills `target` from the beginning of `bytes`. */
export function decodeFloats(format: FloatFormat, bytes: Uint8Array, target: Float32Array): void {
  const bits = new Uint32Array(target.buffer, target.byteOffset, target.length);
  if (format === "float32") {
    new Uint8Array(target.buffer, target.byteOffset, target.byteLength).set(bytes.subarray(0, target.byteLength));
  } else if (format === "bfloat16") {
    const words = halfWords(bytes, target.length);
    for (let index = 0; index < bits.length; index++) bits[index] = (words[index] ?? 0) << 16;
  } else {
    const table = decodeTable(format);
    const words = floatLayouts[format].bits === 16 ? halfWords(bytes, target.length) : bytes;
    for (let index = 0; index < bits.length; index++) bits[index] = table[words[index] ?? 0] ?? 0;
  }
}

/** Fills `target` from the beginning of `bytes`; int16 is wide enough for all but int32. */
export function decodeIntegers(format: IntegerFormat, bytes: Uint8Array, target: Int32Array | Int16Array): void {
  const count = target.length;
  switch (format) {
    case "int32":
      new Uint8Array(target.buffer, target.byteOffset, target.byteLength).set(bytes.subarray(0, target.byteLength));
      return;
    case "int8":
      target.set(new Int8Array(bytes.buffer, bytes.byteOffset, count));
      return;
    case "uint8":
      target.set(bytes.subarray(0, count));
      return;
    case "int4":
      for (let index = 0; index + 1 < count; index += 2) {
        const pair = bytes[index >> 1] ?? 0;
        target[index] = (pair << 28) >> 28;
        target[index + 1] = (pair << 24) >> 28;
      }
      if (count % 2 === 1) target[count - 1] = ((bytes[count >> 1] ?? 0) << 28) >> 28;
  }
}

/** Float32 bits of every pattern of a format. */
export function decodeTable(format: NarrowFloat): Uint32Array {
  const known = tables.get(format);
  if (known !== undefined) return known;
  const table = Uint32Array.from({ length: 2 ** floatLayouts[format].bits }, (_, pattern) => widened(format, pattern));
  tables.set(format, table);
  return table;
}

/** The float32 bits of one pattern; a NaN keeps sign and fraction and is quiet. */
function widened(format: NarrowFloat, pattern: number): number {
  const { bits, fractionBits, bias, infinity, quietNan } = floatLayouts[format];
  const magnitude = pattern & (2 ** (bits - 1) - 1);
  const sign = (pattern >>> (bits - 1)) << 31;
  const isNan = infinity === undefined ? magnitude === quietNan : magnitude > infinity;
  const fraction = (magnitude << (23 - fractionBits)) & 0x7fffff;
  if (isNan) return sign | 0x7fc00000 | fraction;
  if (magnitude === infinity) return sign | 0x7f800000;
  const exponent = magnitude >>> fractionBits;
  const scaled = (magnitude & (2 ** fractionBits - 1)) + (exponent === 0 ? 0 : 2 ** fractionBits);
  const value = scaled * 2 ** (Math.max(exponent, 1) - bias - fractionBits);
  return sign | (new Uint32Array(Float32Array.of(value).buffer)[0] ?? 0);
}

/** Bytes as 16-bit words; a view where their place allows it. */
function halfWords(bytes: Uint8Array, count: number): Uint16Array {
  if (bytes.byteOffset % 2 === 0) return new Uint16Array(bytes.buffer, bytes.byteOffset, count);
  return new Uint16Array(bytes.slice(0, 2 * count).buffer);
}
