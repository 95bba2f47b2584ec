import { Footprint } from "./footprint.ts";

/** One loop of a pattern: so many times, so many bytes apart. */
export type PatternLoop = { readonly count: number; readonly stride: number };

/**
 * Bytes of a memory in the order in which a transfer takes them: nested loops over runs of bytes that lie together,
 * relative to the transfer's address. Loops that continue one another are merged, so a tile whose rows follow each other is one run.
 */
export class AccessPattern {
  /** All bytes that are taken; bytes taken twice count twice. */
  readonly bytes: number;
  /** From the address to the end of the last byte that is taken. */
  readonly extentBytes: number;
  readonly #runBytes: number;
  /** Outermost first; at least one. */
  readonly #loops: readonly PatternLoop[];
  readonly #starts: Float64Array;
  #footprint: Footprint | undefined;

  constructor(
    elementBytes: number,
    counts: readonly number[],
    strides: readonly number[],
    starts: readonly number[] | undefined,
  ) {
    const loops = counts.map((count, dimension) => ({ count, stride: strides[dimension] ?? 0 }));
    this.#starts = Float64Array.from(starts ?? [0]);
    this.bytes = loops.reduce((product, { count }) => product * count, elementBytes * this.#starts.length);
    const merged = mergeLoops(elementBytes, loops);
    this.#runBytes = merged.runBytes;
    this.#loops = merged.loops;
    const lastStart = this.#starts.reduce((last, start) => Math.max(last, start), 0);
    this.extentBytes = this.bytes === 0 ? 0 : lastStart + blockExtent(merged.runBytes, merged.loops);
  }

  /** Whether the bytes lie together, in ascending order, from the address on. */
  get isContiguous(): boolean {
    return this.bytes === this.#runBytes && this.#starts[0] === 0;
  }

  /** The set of bytes, whatever their order. */
  get footprint(): Footprint {
    this.#footprint ??= new Footprint(this.#runBytes, this.#loops, this.#starts);
    return this.#footprint;
  }

  /** Whether some byte is taken twice. */
  overlapsItself(): boolean {
    return this.bytes > 0 && !this.footprint.isSimple && this.footprint.byteCount !== this.bytes;
  }

  /** Bytes of each run. */
  get runBytes(): number {
    return this.#runBytes;
  }

  /** Where a run begins, by its number in the order of the transfer. */
  runOffset(run: number): number {
    let rest = run;
    let offset = 0;
    for (let dimension = this.#loops.length - 1; dimension >= 0; dimension--) {
      const { count = 1, stride = 0 } = this.#loops[dimension] ?? {};
      const outer = Math.floor(rest / count);
      offset += (rest - outer * count) * stride;
      rest = outer;
    }
    return offset + (this.#starts[rest] ?? 0);
  }

  /** Calls `visit(offset, stride, count, runBytes)` for each innermost loop, in order: `count` runs from `offset` on. */
  forEachRow(visit: (offset: number, stride: number, count: number, runBytes: number) => void): void {
    if (this.bytes === 0) return;
    const outer = this.#loops.slice(0, -1);
    const inner = this.#loops.at(-1) ?? { count: 1, stride: 0 };
    const indices = new Int32Array(outer.length);
    for (let block = 0; block < this.#starts.length; block++) {
      let offset = this.#starts[block] ?? 0;
      for (;;) {
        visit(offset, inner.stride, inner.count, this.#runBytes);
        // Counts up like an odometer: the innermost of the outer loops turns first.
        let dimension = outer.length - 1;
        for (; dimension >= 0; dimension--) {
          const { count = 1, stride = 0 } = outer[dimension] ?? {};
          const index = (indices[dimension] ?? 0) + 1;
          offset += stride;
          if (index < count) {
            indices[dimension] = index;
            break;
          }
          offset -= count * stride;
          indices[dimension] = 0;
        }
        if (dimension < 0) break;
      }
    }
  }
}

/** Bytes from the begin of a block to its end. */
function blockExtent(runBytes: number, loops: readonly PatternLoop[]): number {
  return loops.reduce((extent, { count, stride }) => extent + (count - 1) * stride, runBytes);
}

/** Takes inner loops into the run while they continue it, and leaves out loops that run once. */
function mergeLoops(
  elementBytes: number,
  loops: readonly PatternLoop[],
): { readonly runBytes: number; readonly loops: readonly PatternLoop[] } {
  const left = loops.filter(({ count }) => count !== 1);
  let runBytes = elementBytes;
  for (let inner = left.at(-1); inner !== undefined && inner.stride === runBytes; inner = left.at(-1)) {
    runBytes *= inner.count;
    left.pop();
  }
  return { runBytes, loops: mergeOuter(left) };
}

/** Two loops of which the outer goes on where the inner ends are one. */
function mergeOuter(loops: readonly PatternLoop[]): readonly PatternLoop[] {
  const merged: PatternLoop[] = [];
  for (const loop of loops) {
    const outer = merged.at(-1);
    if (outer !== undefined && outer.stride === loop.stride * loop.count) {
      merged[merged.length - 1] = { count: outer.count * loop.count, stride: loop.stride };
    } else merged.push(loop);
  }
  return merged.length === 0 ? [{ count: 1, stride: 0 }] : merged;
}
