import { KpuError } from "../errors.ts";
import { type NumberFormat, numberFormats, requireFormat } from "./number-format.ts";

/** Elements of a format that a processing element takes of each operand in a cycle. */
export function elementsPerWord(format: NumberFormat, operandBits: number): number {
  return operandBits / numberFormats[format].bits;
}

/**
 * Words of `operandBits` bits that `k` elements of a row of A, or of a column of B, have: what stands for k in the cycles
 * and accesses of an array. A processing element multiplies a word of each operand in a cycle, its elements in order of k,
 * and adds up; the last word of a row may be filled in part.
 */
export function operandWords(format: NumberFormat, operandBits: number, k: number): number {
  return Math.ceil((k * numberFormats[format].bits) / operandBits);
}

/** Refuses a format that is wider than the operands of the processing elements (KPU_ARGUMENT). */
export function requireFitting(format: NumberFormat, operandBits: number): void {
  const { bits } = numberFormats[requireFormat(format)];
  if (bits <= operandBits) return;
  throw new KpuError(
    "KPU_ARGUMENT",
    `a processing element of this machine takes operands of ${operandBits} bits, and ${format} has ${bits}: ` +
      `set operand_bits to ${bits}, or use a narrower format`,
    { format, bits, operandBits },
  );
}
