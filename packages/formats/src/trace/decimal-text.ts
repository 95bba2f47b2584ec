const zero = 48;
/** Whole numbers below this are divided as 32-bit integers. */
const narrow = 2 ** 31;
const billion = 1e9;

/** Longest text of a whole number below 2^53. */
export const mostDigits = 16;

/** Writes a whole number from 0 below 2^53 in decimal; returns the place behind it. There must be room for `mostDigits`. */
export function writeDecimal(bytes: Uint8Array, at: number, value: number): number {
  if (value < narrow) return writeNarrow(bytes, at, value | 0, digitsOf(value | 0));
  const high = Math.floor(value / billion);
  return writeNarrow(bytes, writeNarrow(bytes, at, high, digitsOf(high)), value - high * billion, 9);
}

/** Writes the last so many digits of a number below 2^31, zeros in front included. */
function writeNarrow(bytes: Uint8Array, at: number, value: number, digits: number): number {
  let rest = value | 0;
  for (let place = at + digits - 1; place >= at; place--) {
    const tenth = (rest / 10) | 0;
    bytes[place] = zero + rest - 10 * tenth;
    rest = tenth;
  }
  return at + digits;
}

function digitsOf(value: number): number {
  if (value < 10) return 1;
  if (value < 100) return 2;
  if (value < 1000) return 3;
  if (value < 10_000) return 4;
  if (value < 100_000) return 5;
  if (value < 1_000_000) return 6;
  if (value < 10_000_000) return 7;
  if (value < 100_000_000) return 8;
  return value < 1_000_000_000 ? 9 : 10;
}

/** Copies a short text; returns the place behind it. A loop, because handing a few bytes to `set` costs more. */
export function writeBytes(bytes: Uint8Array, at: number, text: Uint8Array): number {
  for (let index = 0; index < text.length; index++) bytes[at + index] = text[index] ?? 0;
  return at + text.length;
}
