import { bytesFor, type Dataflow, decodeNumbers, isFloatFormat, type NumberFormat, numberFormats } from "kpu-sim";
import { floatText } from "../shell/format.ts";

/** How the registers of an element are written: as the numbers that they hold, or as their bits. */
export const registerFormats = ["numbers", "hex"] as const;
export type RegisterFormat = (typeof registerFormats)[number];

/** What the three registers of an element hold, by dataflow, as short and as in a sentence. */
export const registerNames: Readonly<
  Record<Dataflow, { readonly right: string; readonly down: string; readonly sum: string }>
> = {
  output_stationary: { right: "a, moves right", down: "b, moves down", sum: "accumulator" },
  weight_stationary: { right: "a, moves right", down: "weight b, stays", sum: "sum, moves down" },
  input_stationary: { right: "b, moves right", down: "input a, stays", sum: "sum, moves down" },
};

/** The elements of a format in the bits of an operand register, the first of them first. */
export function operandText(bits: number, format: NumberFormat, operandBits: number, as: RegisterFormat): string {
  const width = format === "float32" ? 32 : operandBits;
  if (as === "hex") return hexOf(bits, width);
  const count = width / numberFormats[format].bits;
  const bytes = bytesOf(bits).subarray(0, bytesFor(format, count));
  return Array.from(decodeNumbers(format, bytes, count), (value) => numberText(value, isFloatFormat(format))).join(" ");
}

/** A sum of products of a format: float32, or int32 of whole numbers. */
export function sumText(bits: number, format: NumberFormat, as: RegisterFormat): string {
  if (as === "hex") return hexOf(bits, 32);
  const { accumulator } = numberFormats[format];
  const [value = 0] = decodeNumbers(accumulator, bytesOf(bits), 1);
  return numberText(value, isFloatFormat(accumulator));
}

function bytesOf(bits: number): Uint8Array {
  return new Uint8Array(Uint32Array.of(bits).buffer);
}

function hexOf(bits: number, width: number): string {
  return bits.toString(16).padStart(Math.ceil(width / 4), "0");
}

function numberText(value: number, isFloat: boolean): string {
  return isFloat ? floatText(value) : `${value}`;
}
