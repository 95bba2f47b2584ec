/** What a plane of registers holds: operands and sums are float32, flags are 0 or -1, activity is a count. */
export const registerPlane = {
  /** The operand that moves right. */
  right: 0,
  rightValid: 1,
  /** The operand that moves down (output-stationary) or stays (weight- and input-stationary). */
  down: 2,
  downValid: 3,
  /** The accumulator (output-stationary) or the partial sum that moves down. */
  sum: 4,
  sumValid: 5,
  /** Multiply-accumulates so far. */
  activity: 6,
} as const;
const planeCount = 7;
/** Columns of width one SIMD vector to the left of the array; the last of them is the array's left edge. */
const margin = 4;
/** The flag of a register that holds an element; 0 is that of one that does not. */
export const valid = -1;

/**
 * Where the registers of an array lie, in 32-bit elements. A plane has a row above the array and a margin to its left:
 * what enters at the edges is written there. Rows are padded to whole SIMD vectors; flags never become valid in the
 * padding's operands from above, so nothing is ever computed there.
 */
export type RegisterGeometry = {
  readonly rows: number;
  readonly cols: number;
  /** Columns with the padding. */
  readonly width: number;
  /** From one row to the next, and from one plane to the next. */
  readonly pitch: number;
  readonly plane: number;
  /** Place of the element (0, 0) in the first plane. */
  readonly origin: number;
  readonly elements: number;
};

/** One clock edge of all processing elements, for each thing that an array does. */
export type ArrayClock = {
  /** Output-stationary: operands move right and down, sums stay. */
  readonly accumulate: () => void;
  /** Weight- and input-stationary: an operand moves right, sums move down. */
  readonly stream: () => void;
  /** Weight- and input-stationary: the operand that is to stay moves down. */
  readonly load: () => void;
};

/** The places of the registers of a rows x cols array. */
export function geometryOf(rows: number, cols: number): RegisterGeometry {
  const width = Math.ceil(cols / margin) * margin;
  const pitch = width + margin;
  const plane = (rows + 1) * pitch;
  return { rows, cols, width, pitch, plane, origin: pitch + margin, elements: planeCount * plane };
}
