/** Number formats by their definitions, slow and obvious; nothing is shared with the machine's own room of formats. */

export type ReferenceFormat =
  | "float32"
  | "float16"
  | "bfloat16"
  | "float8_e4m3"
  | "float8_e5m2"
  | "int32"
  | "int8"
  | "uint8"
  | "int4";

/** A narrow floating-point format: a sign, exponent bits and fraction bits. */
export interface FloatDefinition {
  readonly format: "float16" | "bfloat16" | "float8_e4m3" | "float8_e5m2";
  readonly bits: 8 | 16;
  readonly fraction: number;
  readonly bias: number;
  readonly hasInfinity: boolean;
}

export const floatDefinitions: readonly FloatDefinition[] = [
  { format: "float16", bits: 16, fraction: 10, bias: 15, hasInfinity: true },
  { format: "bfloat16", bits: 16, fraction: 7, bias: 127, hasInfinity: true },
  { format: "float8_e4m3", bits: 8, fraction: 3, bias: 7, hasInfinity: false },
  { format: "float8_e5m2", bits: 8, fraction: 2, bias: 15, hasInfinity: true },
];

/** The value of a pattern without its sign, as IEEE 754 defines it; what stands for infinity or NaN has its finite value. */
export function definedValue({ fraction, bias }: FloatDefinition, magnitude: number): number {
  const exponent = Math.floor(magnitude / 2 ** fraction);
  const rest = magnitude % 2 ** fraction;
  return exponent === 0
    ? rest * 2 ** (1 - bias - fraction)
    : (2 ** fraction + rest) * 2 ** (exponent - bias - fraction);
}

/** The first pattern that is no finite number. */
export function firstSpecial({ bits, fraction, hasInfinity }: FloatDefinition): number {
  return hasInfinity ? 2 ** (bits - 1) - 2 ** fraction : 2 ** (bits - 1) - 1;
}

/** The magnitude pattern nearest to a value that is not negative, ties to even; all midpoints are exact doubles. */
export function nearest(definition: FloatDefinition, value: number): number {
  const end = firstSpecial(definition);
  let [low, high] = [0, end];
  if (value >= definedValue(definition, end)) return end;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (definedValue(definition, middle) <= value) low = middle;
    else high = middle;
  }
  const middle = (definedValue(definition, low) + definedValue(definition, high)) / 2;
  if (value === middle) return low % 2 === 0 ? low : high;
  return value < middle ? low : high;
}

const wholeRanges = {
  int32: [32, -(2 ** 31), 2 ** 31 - 1],
  int8: [8, -128, 127],
  uint8: [8, 0, 255],
  int4: [4, -8, 7],
} as const;

type WholeFormat = keyof typeof wholeRanges;

function isWhole(format: ReferenceFormat): format is WholeFormat {
  return format in wholeRanges;
}

/** What products of a format are summed up in. */
export function accumulatorOf(format: ReferenceFormat): "float32" | "int32" {
  return isWhole(format) ? "int32" : "float32";
}

/** Least and greatest of whole numbers; nothing for floating-point formats. */
export function rangeOf(format: ReferenceFormat): { readonly least: number; readonly greatest: number } | undefined {
  if (!isWhole(format)) return undefined;
  const [, least, greatest] = wholeRanges[format];
  return { least, greatest };
}

function definitionOf(format: ReferenceFormat): FloatDefinition | undefined {
  return floatDefinitions.find((each) => each.format === format);
}

export function bitsOf(format: ReferenceFormat): number {
  return isWhole(format) ? wholeRanges[format][0] : (definitionOf(format)?.bits ?? 32);
}

/** Bytes of a row-major matrix whose rows begin at whole bytes. */
export function matrixBytes(format: ReferenceFormat, rows: number, cols: number): number {
  return rows * Math.ceil((cols * bitsOf(format)) / 8);
}

/** The numbers of a matrix, row by row. */
export function matrixOf(format: ReferenceFormat, bytes: Uint8Array, cols: number): readonly (readonly number[])[] {
  const rowBytes = matrixBytes(format, 1, cols);
  return Array.from({ length: bytes.length / rowBytes }, (_, row) =>
    Array.from({ length: cols }, (_unused, col) => numberAt(format, bytes.subarray(row * rowBytes), col)),
  );
}

function numberAt(format: ReferenceFormat, row: Uint8Array, col: number): number {
  const view = new DataView(row.buffer, row.byteOffset, row.byteLength);
  const definition = definitionOf(format);
  if (definition !== undefined) {
    const pattern = definition.bits === 16 ? view.getUint16(2 * col, true) : view.getUint8(col);
    const half = 2 ** (definition.bits - 1);
    const [sign, magnitude] = [pattern >= half ? -1 : 1, pattern % half];
    const special = firstSpecial(definition);
    if (magnitude < special) return sign * definedValue(definition, magnitude);
    return definition.hasInfinity && magnitude === special ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  }
  switch (format) {
    case "int32":
      return view.getInt32(4 * col, true);
    case "int8":
      return view.getInt8(col);
    case "uint8":
      return view.getUint8(col);
    case "int4": {
      const nibble = Math.floor(view.getUint8(Math.floor(col / 2)) / (col % 2 === 0 ? 1 : 16)) % 16;
      return nibble < 8 ? nibble : nibble - 16;
    }
    default:
      return view.getFloat32(4 * col, true);
  }
}

/** How numbers become those of a format: what a NaN becomes among whole ones, and whether floating-point ones stop at the greatest. */
export interface Encoding {
  readonly format: ReferenceFormat;
  readonly saturates: boolean;
  readonly scale?: number | undefined;
  readonly zeroPoint?: number | undefined;
}

/** A matrix as it lies in memory. */
export function matrixBytesOf(rows: readonly (readonly number[])[], encoding: Encoding): Uint8Array {
  const cols = rows[0]?.length ?? 0;
  const rowBytes = matrixBytes(encoding.format, 1, cols);
  const bytes = new Uint8Array(rows.length * rowBytes);
  for (const [row, numbers] of rows.entries()) {
    const place = bytes.subarray(row * rowBytes, (row + 1) * rowBytes);
    for (const [col, value] of numbers.entries()) putNumber(place, col, value, encoding);
  }
  return bytes;
}

function putNumber(row: Uint8Array, col: number, value: number, encoding: Encoding): void {
  const { format, saturates, scale, zeroPoint = 0 } = encoding;
  const view = new DataView(row.buffer, row.byteOffset, row.byteLength);
  const definition = definitionOf(format);
  if (definition !== undefined) {
    const special = firstSpecial(definition);
    const found = nearest(definition, Math.abs(value));
    const magnitude = Number.isNaN(value) ? quietNan(definition) : saturates ? Math.min(found, special - 1) : found;
    const isNegative = value < 0 || Object.is(value, -0);
    const pattern = magnitude + (isNegative ? 2 ** (definition.bits - 1) : 0);
    if (definition.bits === 16) view.setUint16(2 * col, pattern, true);
    else view.setUint8(col, pattern);
    return;
  }
  if (!isWhole(format)) {
    if (Number.isNaN(value)) view.setUint32(4 * col, 0x7fc0_0000, true);
    else view.setFloat32(4 * col, value, true);
    return;
  }
  const [, least, greatest] = wholeRanges[format];
  // Sums of whole numbers have no scale, and int32 ones need not be float32.
  const ratio = scale === undefined ? value : Math.fround(value / Math.fround(scale));
  const bounded = Math.min(Math.max(nearestWhole(ratio) + zeroPoint, least), greatest);
  const whole = Number.isNaN(value) ? zeroPoint : bounded;
  if (format === "int32") view.setInt32(4 * col, whole, true);
  else if (format !== "int4") view.setUint8(col, whole & 255);
  else {
    const place = Math.floor(col / 2);
    const nibble = whole < 0 ? whole + 16 : whole;
    view.setUint8(place, view.getUint8(place) + nibble * (col % 2 === 0 ? 1 : 16));
  }
}

function quietNan({ bits, fraction, hasInfinity }: FloatDefinition): number {
  const all = 2 ** (bits - 1) - 1;
  return hasInfinity ? all - 2 ** (fraction - 1) + 1 : all;
}

/** Ties to even. */
function nearestWhole(value: number): number {
  const below = Math.floor(value);
  const rest = value - below;
  if (rest === 0.5) return below % 2 === 0 ? below : below + 1;
  return rest < 0.5 || Number.isNaN(rest) ? below : below + 1;
}
