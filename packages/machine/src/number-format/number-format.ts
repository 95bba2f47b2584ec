import { nearestHint } from "../config/nearest-name.ts";
import { KpuError, requireWhole } from "../errors.ts";

/** Formats of floating-point numbers: sign, exponent and fraction, to which operands and results are rounded. */
export type FloatFormat = "float32" | "float16" | "bfloat16" | "float8_e4m3" | "float8_e5m2";
/** Formats of whole numbers, two's complement but for uint8. */
export type IntegerFormat = "int32" | "int8" | "uint8" | "int4";
export type NumberFormat = FloatFormat | IntegerFormat;

/** What products of a format are summed up in. */
export type AccumulatorFormat = "float32" | "int32";

export type FormatFacts = {
  /** Its number in files and on the wire; it never changes. */
  readonly code: number;
  /** Bits of a number; those of 4 bits lie two to a byte, the first in the low half. */
  readonly bits: number;
  readonly kind: "float" | "integer";
  readonly accumulator: AccumulatorFormat;
  /** Least and greatest finite number. */
  readonly least: number;
  readonly greatest: number;
};

function float(code: number, bits: number, greatest: number): FormatFacts {
  return { code, bits, kind: "float", accumulator: "float32", least: -greatest, greatest };
}

function integer(code: number, bits: number, least: number, greatest: number): FormatFacts {
  return { code, bits, kind: "integer", accumulator: "int32", least, greatest };
}

/** Every number format. */
export const numberFormats: Readonly<Record<NumberFormat, FormatFacts>> = {
  float32: float(0, 32, (2 - 2 ** -23) * 2 ** 127),
  float16: float(1, 16, 65504),
  bfloat16: float(2, 16, (2 - 2 ** -7) * 2 ** 127),
  int32: integer(3, 32, -(2 ** 31), 2 ** 31 - 1),
  int8: integer(4, 8, -128, 127),
  uint8: integer(5, 8, 0, 255),
  int4: integer(6, 4, -8, 7),
  float8_e4m3: float(7, 8, 448),
  float8_e5m2: float(8, 8, 57344),
};

/** The names of all formats, in order of their codes. */
export const numberFormatNames: readonly NumberFormat[] = [
  "float32",
  "float16",
  "bfloat16",
  "int32",
  "int8",
  "uint8",
  "int4",
  "float8_e4m3",
  "float8_e5m2",
];

export function isFloatFormat(format: NumberFormat): format is FloatFormat {
  return numberFormats[format].kind === "float";
}

/** Bytes of `count` numbers one behind the other; the last byte of an odd number of int4 is half used. */
export function bytesFor(format: NumberFormat, count: number): number {
  return Math.ceil((count * numberFormats[format].bits) / 8);
}

/** Bytes of a row-major matrix; each row begins at a whole byte. */
export function matrixBytes(format: NumberFormat, rows: number, cols: number): number {
  return rows * bytesFor(format, cols);
}

/** Refuses what is not the name of a format (KPU_ARGUMENT); callers may be plain JavaScript. */
export function requireFormat(format: NumberFormat, what = "format"): NumberFormat {
  if (typeof format !== "string") throw new KpuError("KPU_TYPE", `${what} must be a string, got ${typeof format}`);
  if (Object.hasOwn(numberFormats, format)) return format;
  const name = String(format);
  throw new KpuError(
    "KPU_ARGUMENT",
    `${what} must be one of ${numberFormatNames.join(", ")}, got '${name}'${nearestHint(name, numberFormatNames)}`,
    { what, given: name },
  );
}

/** The format with a code. Errors: KPU_ARGUMENT. */
export function formatOfCode(code: number): NumberFormat {
  const format = numberFormatNames[code];
  if (format !== undefined) return format;
  throw new KpuError("KPU_ARGUMENT", `no number format has the code ${code}: codes are 0 to 8`, { code });
}

/** Refuses a count of numbers whose bytes cannot be counted. */
export function requireCount(format: NumberFormat, count: number): void {
  requireWhole(count, `the number of ${format} numbers`, "KPU_SIZE", 0, Math.floor(Number.MAX_SAFE_INTEGER / 4));
}
