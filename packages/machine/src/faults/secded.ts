/**
 * A code that corrects one flipped bit of a 64-bit word and detects two, with eight check bits: columns of odd weight, as in
 * M. Y. Hsiao, "A Class of Optimal Minimum Odd-weight-column SEC-DED Codes", IBM J. Res. Dev. 14 (1970) 395-401. What more flips
 * do is what the code does: three may look like one, and be "corrected" wrongly.
 */

/** Bits of a word, and check bits beside them: positions 0 to 63 and 64 to 71. */
export const wordBits = 64;
const checkBits = 8;
export const wordBytes = 8;

function ofWeight(weight: number): readonly number[] {
  const codes = Array.from({ length: 2 ** checkBits }, (_, code) => code);
  return codes.filter((code) => code.toString(2).replaceAll("0", "").length === weight);
}

/** By position: the check bits that cover it. */
const columns: readonly number[] = [
  ...[...ofWeight(3), ...ofWeight(5)].slice(0, wordBits),
  ...Array.from({ length: checkBits }, (_, bit) => 2 ** bit),
];

const positionOf = new Map(columns.map((column, position) => [column, position]));

/** What a decoder makes of a word: nothing wrong, a bit that it turns over, or an error that it cannot mend. */
export type Decoded =
  | { readonly kind: "clean" | "detected" }
  | { readonly kind: "corrects"; readonly position: number };

/** Decodes a word of which the bits at these positions are flipped. */
export function decode(flipped: Iterable<number>): Decoded {
  let syndrome = 0;
  for (const position of flipped) syndrome ^= columns[position] ?? 0;
  if (syndrome === 0) return { kind: "clean" };
  const position = positionOf.get(syndrome);
  return position === undefined ? { kind: "detected" } : { kind: "corrects", position };
}
