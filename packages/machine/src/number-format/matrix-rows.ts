import { KpuError } from "../errors.ts";
import { decodeFloats, decodeIntegers } from "./decode.ts";
import { encodeNumbers, type OverflowPolicy } from "./encode.ts";
import { pack } from "./encode-blocks.ts";
import {
  bytesFor,
  type IntegerFormat,
  isFloatFormat,
  matrixBytes,
  type NumberFormat,
  numberFormats,
  requireFormat,
} from "./number-format.ts";

/** Matrices whose rows begin at whole bytes: how they lie in a scratchpad. Only rows of an odd number of int4 have a gap. */

/** Widens a matrix of whole numbers; int16 is wide enough for all but int32. */
export function decodeRows(
  format: IntegerFormat,
  bytes: Uint8Array,
  rows: number,
  cols: number,
  target: Int16Array | Int32Array,
): void {
  if ((cols * numberFormats[format].bits) % 8 === 0) {
    decodeIntegers(format, bytes, target);
    return;
  }
  const rowBytes = bytesFor(format, cols);
  for (let row = 0; row < rows; row++) {
    decodeIntegers(format, bytes.subarray(row * rowBytes), target.subarray(row * cols, (row + 1) * cols));
  }
}

/** Packs a matrix of whole numbers that are within the range of a format. */
export function packRows(
  format: IntegerFormat,
  whole: Int32Array,
  cols: number,
  target: Uint8Array<ArrayBuffer>,
): void {
  if ((cols * numberFormats[format].bits) % 8 === 0) {
    pack(format, whole, target, 0);
    return;
  }
  const rowBytes = bytesFor(format, cols);
  for (let row = 0; row * cols < whole.length; row++) {
    pack(format, whole.subarray(row * cols, (row + 1) * cols), target.subarray(row * rowBytes), 0);
  }
}

/** Rounds a row-major matrix to a format, as `encodeNumbers` does; each row begins at a whole byte. Errors: also KPU_DIMENSION. */
export function encodeMatrix(
  format: NumberFormat,
  values: ArrayLike<number>,
  rows: number,
  cols: number,
  policy?: OverflowPolicy,
): Uint8Array<ArrayBuffer> {
  requireElements(requireFormat(format), values.length, rows, cols);
  if ((cols * numberFormats[format].bits) % 8 === 0) return encodeNumbers(format, values, policy);
  const bytes = new Uint8Array(matrixBytes(format, rows, cols));
  const rowBytes = bytesFor(format, cols);
  const all = Float64Array.from(values);
  for (let row = 0; row < rows; row++) {
    const part = all.subarray(row * cols, (row + 1) * cols);
    bytes.set(encodeNumbers(format, part, policy, undefined, row * cols), row * rowBytes);
  }
  return bytes;
}

/** A row-major matrix whose rows begin at whole bytes: float32, or int32 for whole numbers; exact. Errors: KPU_ARGUMENT, KPU_DIMENSION. */
export function decodeMatrix(
  format: NumberFormat,
  bytes: Uint8Array,
  rows: number,
  cols: number,
): Float32Array<ArrayBuffer> | Int32Array<ArrayBuffer> {
  const needed = matrixBytes(requireFormat(format), rows, cols);
  if (bytes.length < needed) {
    const message = `${rows} x ${cols} ${format} numbers have ${needed} bytes, but there are only ${bytes.length}`;
    throw new KpuError("KPU_DIMENSION", message, { format, rows, cols });
  }
  if (isFloatFormat(format)) {
    const floats = new Float32Array(rows * cols);
    decodeFloats(format, bytes, floats);
    return floats;
  }
  const integers = new Int32Array(rows * cols);
  decodeRows(format, bytes, rows, cols, integers);
  return integers;
}

function requireElements(format: NumberFormat, count: number, rows: number, cols: number): void {
  if (count === rows * cols) return;
  throw new KpuError(
    "KPU_DIMENSION",
    `a matrix of ${rows} x ${cols} ${format} has ${rows * cols} numbers, got ${count}`,
  );
}
