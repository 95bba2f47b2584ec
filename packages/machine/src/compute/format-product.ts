import { decodeFloats } from "../number-format/decode.ts";
import { encodeFloats } from "../number-format/encode-blocks.ts";
import { decodeRows, packRows } from "../number-format/matrix-rows.ts";
import { isFloatFormat, type NumberFormat, numberFormats } from "../number-format/number-format.ts";
import { accumulateIntegers } from "./integer-product.ts";
import { accumulateProduct } from "./matrix-product.ts";
import type { MatrixBuffer, TileBuffers } from "./tile-buffers.ts";

/** The sizes of C (m x n) = A (m x k) B (k x n), and the formats of its operands and of C. */
export type FormatProduct = {
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly format: NumberFormat;
  readonly resultFormat: NumberFormat;
};

/**
 * Adds A B to the sums. Operands are widened exactly: floating-point ones to float32, summed up as `matrixProduct` does;
 * whole numbers are summed up modulo 2^32.
 */
export function accumulateFormats({ a, b, sums }: TileBuffers, { m, n, k, format }: FormatProduct): void {
  if (format === "float32") {
    accumulateProduct(a.floats, b.floats, sums.floats, m, n, k);
  } else if (isFloatFormat(format)) {
    const [left, right] = [scratch.leftFloats(m * k), scratch.rightFloats(k * n)];
    decodeFloats(format, a.bytes, left);
    decodeFloats(format, b.bytes, right);
    accumulateProduct(left, right, sums.floats, m, n, k);
  } else if (format === "int32") {
    accumulateIntegers(a.integers, b.integers, sums.integers, m, n, k);
  } else {
    const [left, right] = [scratch.leftIntegers(m * k), scratch.rightIntegers(k * n)];
    decodeRows(format, a.bytes, m, k, left);
    decodeRows(format, b.bytes, k, n, right);
    accumulateIntegers(left, right, sums.integers, m, n, k);
  }
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
