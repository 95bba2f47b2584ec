/** Bytes of which a column's numbers may have, each; 0 where all are alike. */
export const widths = [0, 1, 2, 4, 8] as const;

/** The least width for whole numbers up to `most`. */
export function widthFor(most: number): number {
  if (most < 2 ** 16) return most < 2 ** 8 ? Number(most > 0) : 2;
  return most < 2 ** 32 ? 4 : 8;
}

/** The low 32 bits of a whole number. */
export function writeU32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value;
  bytes[at + 1] = value >>> 8;
  bytes[at + 2] = value >>> 16;
  bytes[at + 3] = value >>> 24;
}

/** A whole number below 2^53. */
export function writeU64(bytes: Uint8Array, at: number, value: number): void {
  writeU32(bytes, at, (value % 2 ** 32) | 0);
  writeU32(bytes, at + 4, Math.floor(value / 2 ** 32));
}

export function readU32(bytes: Uint8Array, at: number): number {
  const [a = 0, b = 0, c = 0, d = 0] = [bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]];
  return (a | (b << 8) | (c << 16) | (d << 24)) >>> 0;
}

/** A number of 64 bits; beyond 2^53 it is not exact, but stays above. */
export function readU64(bytes: Uint8Array, at: number): number {
  return readU32(bytes, at) + readU32(bytes, at + 4) * 2 ** 32;
}

/** Writes the first `count` values less `base`, each in so many bytes. */
export function packNumbers(
  bytes: Uint8Array,
  start: number,
  values: Float64Array,
  count: number,
  base: number,
  width: number,
): void {
  let at = start;
  if (width === 1) {
    for (let index = 0; index < count; index++) bytes[at++] = (values[index] ?? 0) - base;
  } else if (width === 2) {
    for (let index = 0; index < count; index++) {
      const value = (values[index] ?? 0) - base;
      bytes[at] = value;
      bytes[at + 1] = value >> 8;
      at += 2;
    }
  } else if (width === 4) {
    for (let index = 0; index < count; index++, at += 4) writeU32(bytes, at, (values[index] ?? 0) - base);
  } else if (width === 8) {
    for (let index = 0; index < count; index++, at += 8) writeU64(bytes, at, (values[index] ?? 0) - base);
  }
}

/** Reads `count` numbers of so many bytes each, plus `base`. */
export function unpackNumbers(
  bytes: Uint8Array,
  start: number,
  values: Float64Array,
  count: number,
  base: number,
  width: number,
): void {
  let at = start;
  if (width === 1) {
    for (let index = 0; index < count; index++) values[index] = (bytes[at++] ?? 0) + base;
  } else if (width === 2) {
    for (let index = 0; index < count; index++, at += 2) {
      values[index] = ((bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8)) + base;
    }
  } else if (width === 4) {
    for (let index = 0; index < count; index++, at += 4) values[index] = readU32(bytes, at) + base;
  } else if (width === 8) {
    for (let index = 0; index < count; index++, at += 8) values[index] = readU64(bytes, at) + base;
  } else values.fill(base, 0, count);
}
