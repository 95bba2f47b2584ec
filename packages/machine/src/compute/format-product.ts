import { decodeFloats } from "../number-format/decode.ts";
import { encodeFloats } from "../number-format/encode-blocks.ts";
import { decodeRows, packRows } from "../number-format/matrix-rows.ts";
import {
  type FloatFormat,
  type IntegerFormat,
  isFloatFormat,
  type NumberFormat,
  numberFormats,
} from "../number-format/number-format.ts";
import { integerProductInto } from "./integer-product.ts";
import { productInto } from "./matrix-product.ts";
import type { MatrixBuffer } from "./tile-buffers.ts";

/** The sizes of C (m x n) = A (m x k) B (k x n), and the formats of its operands and of C. */
export type FormatProduct = {
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly format: NumberFormat;
  readonly resultFormat: NumberFormat;
};

/** The operands of a product as they lie in memory, each at a multiple of 4 in its buffer. */
export type OperandBytes = { readonly a: Uint8Array<ArrayBuffer>; readonly b: Uint8Array<ArrayBuffer> };

/**
 * Sums up A B, starting at `start`, which may be the sums themselves, or at 0. Operands are widened exactly: floating-point
 * ones to float32, summed up as `matrixProduct` does; whole numbers are summed up modulo 2^32.
 */
export function sumUpFormats(
  sums: MatrixBuffer,
  { a, b }: OperandBytes,
  { m, n, k, format }: FormatProduct,
  start: Uint8Array<ArrayBuffer> | undefined,
): void {
  if (isFloatFormat(format)) {
    const left = format === "float32" ? floatsOf(a) : widened(format, a, scratch.leftFloats(m * k));
    const right = format === "float32" ? floatsOf(b) : widened(format, b, scratch.rightFloats(k * n));
    productInto(sums.floats, left, right, m, n, k, start && floatsOf(start));
  } else {
    const left = format === "int32" ? integersOf(a) : widenedRows(format, a, m, k, scratch.leftIntegers(m * k));
    const right = format === "int32" ? integersOf(b) : widenedRows(format, b, k, n, scratch.rightIntegers(k * n));
    integerProductInto(sums.integers, left, right, m, n, k, start && integersOf(start));
  }
}

function widened(format: FloatFormat, bytes: Uint8Array, room: Float32Array): Float32Array {
  decodeFloats(format, bytes, room);
  return room;
}

function widenedRows(
  format: IntegerFormat,
  bytes: Uint8Array,
  rows: number,
  cols: number,
  room: Int16Array,
): Int16Array {
  decodeRows(format, bytes, rows, cols, room);
  return room;
}

function floatsOf(bytes: Uint8Array<ArrayBuffer>): Float32Array<ArrayBuffer> {
  return new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length >>> 2);
}

function integersOf(bytes: Uint8Array<ArrayBuffer>): Int32Array<ArrayBuffer> {
  return new Int32Array(bytes.buffer, bytes.byteOffset, bytes.length >>> 2);
}

/** Sets the sums to the values of C, which lie in its format. */
export function startSums(sums: MatrixBuffer, c: Uint8Array<ArrayBuffer>, { m, n, resultFormat }: FormatProduct): void {
  if (isFloatFormat(resultFormat)) decodeFloats(resultFormat, c, sums.floats);
  else decodeRows(resultFormat, c, m, n, sums.integers);
}

/** Rounds the sums to the format of C: infinities where floating-point numbers overflow, bounds where whole ones do. */
export function roundSums(sums: MatrixBuffer, c: Uint8Array<ArrayBuffer>, { n, resultFormat }: FormatProduct): void {
  if (resultFormat === "float32" || resultFormat === "int32") {
    c.set(sums.bytes);
  } else if (isFloatFormat(resultFormat)) {
    encodeFloats(resultFormat, sums.floats, false, c);
  } else {
    const { least, greatest } = numberFormats[resultFormat];
    const { integers } = sums;
    for (let index = 0; index < integers.length; index++) {
      const sum = integers[index] ?? 0;
      integers[index] = sum < least ? least : sum > greatest ? greatest : sum;
    }
    packRows(resultFormat, integers, n, c);
  }
}

/** Room for widened operands. Products are computed one after the other, so all tiles share it. */
class OperandScratch {
  #left = new ArrayBuffer(0);
  #right = new ArrayBuffer(0);

  leftFloats(count: number): Float32Array {
    this.#left = grown(this.#left, 4 * count);
    return new Float32Array(this.#left, 0, count);
  }

  rightFloats(count: number): Float32Array {
    this.#right = grown(this.#right, 4 * count);
    return new Float32Array(this.#right, 0, count);
  }

  leftIntegers(count: number): Int16Array {
    this.#left = grown(this.#left, 2 * count);
    return new Int16Array(this.#left, 0, count);
  }

  rightIntegers(count: number): Int16Array {
    this.#right = grown(this.#right, 2 * count);
    return new Int16Array(this.#right, 0, count);
  }
}

const scratch = new OperandScratch();

function grown(store: ArrayBuffer, bytes: number): ArrayBuffer {
  return store.byteLength >= bytes ? store : new ArrayBuffer(bytes);
}
