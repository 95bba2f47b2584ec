/**
 * Doubles as float32, cut off towards zero, with the last bit set where anything was lost. A format with at least two bits
 * less then rounds these as it would have rounded the doubles: what lay beside a tie still does.
 */
export function roundedToOdd(values: ArrayLike<number>): Float32Array<ArrayBuffer> {
  const floats = new Float32Array(values.length);
  const bits = new Uint32Array(floats.buffer);
  for (let index = 0; index < floats.length; index++) {
    const value = Number(values[index]);
    floats[index] = value;
    const rounded = floats[index] ?? 0;
    if (rounded === value || Number.isNaN(value)) continue;
    const word = bits[index] ?? 0;
    bits[index] = (Math.abs(rounded) > Math.abs(value) ? word - 1 : word) | 1;
  }
  return floats;
}
