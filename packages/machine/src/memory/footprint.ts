import type { PatternLoop } from "./access-pattern.ts";

/** Bytes that two footprints have in common: how many, and the lowest; none when `bytes` is 0. */
export type Overlap = { first: number; bytes: number };

/**
 * The set of bytes that a pattern touches, relative to its address: for hazards, which compare exact bytes and never
 * bounding ranges, so that two engines may work on interleaved columns. Patterns whose loops nest (each stride spans all that is
 * within) are kept as loops; others are listed. Intervals are only listed when two footprints have to be compared.
 */
export class Footprint {
  readonly #runBytes: number;
  /** Largest stride first. */
  readonly #loops: readonly PatternLoop[];
  readonly #starts: Float64Array;
  /** Whether no byte is touched twice, as the loops show without listing them. */
  readonly isSimple: boolean;
  /** Begin and end of each interval, ascending, disjoint and not touching; listed when first needed. */
  #intervals: Float64Array | undefined;

  constructor(runBytes: number, loops: readonly PatternLoop[], starts: Float64Array) {
    // Repeating the same bytes adds none.
    const sorted = loops
      .filter(({ count, stride }) => count !== 1 && stride !== 0)
      .toSorted((a, b) => b.stride - a.stride);
    const hasRepeats = loops.some(({ count, stride }) => count !== 1 && stride === 0);
    let span = runBytes;
    let nests = true;
    let run = runBytes;
    const left = [...sorted];
    for (let inner = left.at(-1); inner !== undefined && inner.stride === run; inner = left.at(-1)) {
      run *= inner.count;
      left.pop();
    }
    for (const { count, stride } of sorted.toReversed()) {
      if (stride < span) nests = false;
      span += (count - 1) * stride;
    }
    this.#runBytes = run;
    this.#loops = left;
    this.#starts = starts.length > 1 ? starts.toSorted() : starts;
    const startsNest = this.#starts.every(
      (start, block) => block === 0 || start - (this.#starts[block - 1] ?? 0) >= span,
    );
    this.isSimple = nests && startsNest && !hasRepeats;
  }

  /** Runs that would have to be listed to compare the set with another. */
  get pieces(): number {
    return this.#loops.reduce((product, { count }) => product * count, this.#starts.length);
  }

  /** Bytes in the set. */
  get byteCount(): number {
    const intervals = this.intervals;
    let sum = 0;
    for (let index = 0; index < intervals.length; index += 2) {
      sum += (intervals[index + 1] ?? 0) - (intervals[index] ?? 0);
    }
    return sum;
  }

  get intervals(): Float64Array {
    this.#intervals ??= this.#list();
    return this.#intervals;
  }

  #list(): Float64Array {
    let offsets: Float64Array = this.#starts;
    for (const { count, stride } of this.#loops) {
      const inner = new Float64Array(offsets.length * count);
      for (let outer = 0; outer < offsets.length; outer++) {
        for (let index = 0; index < count; index++)
          inner[outer * count + index] = (offsets[outer] ?? 0) + index * stride;
      }
      offsets = inner;
    }
    const begins = isAscending(offsets) ? offsets : offsets.toSorted();
    return joinRuns(begins, this.#runBytes);
  }
}

/** The runs that begin at the given places, ascending, with those that touch or overlap joined. */
function joinRuns(begins: Float64Array, runBytes: number): Float64Array {
  const intervals = new Float64Array(begins.length * 2);
  let count = 0;
  for (const begin of begins) {
    const end = begin + runBytes;
    if (count > 0 && begin <= (intervals[count - 1] ?? 0))
      intervals[count - 1] = Math.max(end, intervals[count - 1] ?? 0);
    else {
      intervals[count++] = begin;
      intervals[count++] = end;
    }
  }
  return intervals.slice(0, count);
}

function isAscending(list: Float64Array): boolean {
  for (let index = 1; index < list.length; index++) if ((list[index] ?? 0) < (list[index - 1] ?? 0)) return false;
  return true;
}

/** One interval, as a footprint's list. */
export function oneInterval(bytes: number): Float64Array {
  return Float64Array.of(0, bytes);
}

/** What two lists of intervals have in common, each shifted by its offset; written into `overlap`. */
export function overlapOf(
  left: Float64Array,
  leftOffset: number,
  right: Float64Array,
  rightOffset: number,
  overlap: Overlap,
): void {
  overlap.bytes = 0;
  let i = 0;
  let j = 0;
  while (i < left.length && j < right.length) {
    const leftEnd = (left[i + 1] ?? 0) + leftOffset;
    const rightEnd = (right[j + 1] ?? 0) + rightOffset;
    const begin = Math.max((left[i] ?? 0) + leftOffset, (right[j] ?? 0) + rightOffset);
    const end = Math.min(leftEnd, rightEnd);
    if (begin < end) {
      if (overlap.bytes === 0) overlap.first = begin;
      overlap.bytes += end - begin;
    }
    if (leftEnd <= rightEnd) i += 2;
    else j += 2;
  }
}
