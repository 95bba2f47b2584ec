import { multiplyAccumulate } from "./float32.ts";
import { type ArrayClock, type RegisterGeometry, registerPlane } from "./stepped-array-geometry.ts";
import type { WordArithmetic } from "./word-arithmetic.ts";

/**
 * The clock in plain TypeScript: all registers that move are shifted, then every element that holds two valid operands
 * adds their product to its sum, or the products of the elements in them, if `words` are given. Values move as bits, which
 * keeps every NaN as it is.
 */
export function plainClock(
  geometry: RegisterGeometry,
  bits: Uint32Array,
  floats: Float32Array,
  words?: WordArithmetic,
): ArrayClock {
  const { rows, cols, pitch, plane, origin } = geometry;
  const placeOf = (which: number): number => origin + which * plane;
  const shiftRight = (which: number): void => {
    for (let row = 0; row < rows; row++) {
      const first = placeOf(which) + row * pitch;
      bits.copyWithin(first, first - 1, first - 1 + cols);
    }
  };
  // From row to row the whole plane moves at once, with its margin, which nobody reads.
  const shiftDown = (which: number): void => {
    const first = placeOf(which);
    bits.copyWithin(first, first - pitch, first - pitch + (rows - 1) * pitch + cols);
  };
  const multiply = (): void => {
    for (let row = 0; row < rows; row++) {
      const first = origin + row * pitch;
      for (let at = first; at < first + cols; at++) {
        if (bits[at + registerPlane.rightValid * plane] === 0 || bits[at + registerPlane.downValid * plane] === 0)
          continue;
        const sum = at + registerPlane.sum * plane;
        const activity = at + registerPlane.activity * plane;
        const down = at + registerPlane.down * plane;
        if (words === undefined) floats[sum] = multiplyAccumulate(floats[sum] ?? 0, floats[at] ?? 0, floats[down] ?? 0);
        else bits[sum] = words.multiply(bits[sum] ?? 0, bits[at] ?? 0, bits[down] ?? 0);
        bits[activity] = (bits[activity] ?? 0) + 1;
      }
    }
  };
  const shiftAll = (right: readonly number[], down: readonly number[]): void => {
    for (const which of right) shiftRight(which);
    for (const which of down) shiftDown(which);
  };
  const moving = [registerPlane.right, registerPlane.rightValid];
  const operand = [registerPlane.down, registerPlane.downValid];
  const sums = [registerPlane.sum, registerPlane.sumValid];
  return {
    accumulate: () => {
      shiftAll(moving, operand);
      multiply();
    },
    stream: () => {
      shiftAll(moving, sums);
      multiply();
    },
    load: () => shiftAll(moving, [...operand, ...sums]),
  };
}
