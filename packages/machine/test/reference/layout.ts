/** Rule 26: which bytes of its memory one end of a transfer touches, and in which order. Counts and strides are outermost first. */
export interface Layout {
  readonly elementBytes: number;
  readonly counts: readonly number[];
  /** In bytes. */
  readonly strides: readonly number[];
  /** Byte offsets of blocks: one more, outermost dimension. */
  readonly starts?: readonly number[] | undefined;
}

/** Rule 27: element by element, in the order of each layout. */
export interface LayoutPair {
  readonly source: Layout;
  readonly destination: Layout;
}

const mostDimensions = 8;

function isWhole(value: number, least: number): boolean {
  return Number.isInteger(value) && value >= least;
}

export function checkNumbers({ elementBytes, counts, strides, starts = [] }: Layout): void {
  if (!isWhole(elementBytes, 1)) {
    throw new Error(`no elements of ${elementBytes} bytes`);
  }
  if (counts.length !== strides.length || counts.length < 1 || counts.length > mostDimensions) {
    throw new Error(`no layout of ${counts.length} counts and ${strides.length} strides`);
  }
  if (![...counts, ...strides, ...starts].every((value) => isWhole(value, 0))) {
    throw new Error("counts, strides and starts are whole numbers from 0 on");
  }
}

/** The N of rule 26, exact also where it is far too large for any memory. */
export function elementCount({ counts, starts = [0] }: Layout): bigint {
  return counts.reduce((product, count) => product * BigInt(count), BigInt(starts.length));
}

/** How far each element lies behind the address, in the order of the transfer. */
export function elementOffsets(layout: Layout): readonly number[] {
  // A count of 0 may stand behind one that is too large to go through.
  if (elementCount(layout) === 0n) {
    return [];
  }
  const { counts, strides, starts = [0] } = layout;
  let offsets = starts;
  for (const [dimension, count] of counts.entries()) {
    const stride = strides[dimension] ?? 0;
    offsets = offsets.flatMap((outer) => Array.from({ length: count }, (_, index) => outer + index * stride));
  }
  return offsets;
}
