/** Points of a curve at the most. */
const mostPoints = 4096;

/**
 * Sums over time of several quantities, such as bytes through ports, in spans of one width, which doubles whenever there are too many
 * of them. Amounts that come in over some cycles are spread evenly over them.
 */
export class LoadCurves {
  readonly #sums: (Float64Array | undefined)[];
  #width = 1;
  #origin: number | undefined;
  /** Spans in use. */
  #count = 0;

  constructor(curves: number) {
    this.#sums = Array.from({ length: curves });
  }

  /** Cycles of a span; the rate in it is its sum by this. */
  get width(): number {
    return this.#width;
  }

  /** Begins of all spans, cycles. */
  cycleOf(span: number): number {
    return (this.#origin ?? 0) + span * this.#width;
  }

  get spans(): number {
    return this.#count;
  }

  /** Sums of a curve by span; undefined where nothing was added. */
  sumsOf(curve: number): Float64Array | undefined {
    return this.#sums[curve];
  }

  /** Makes room for amounts from a cycle to another one. */
  cover(begin: number, end: number): void {
    this.#origin ??= begin;
    while (begin < this.#origin) {
      const missing = Math.ceil((this.#origin - begin) / this.#width);
      if (missing + this.#count > mostPoints) this.#double();
      else this.#shift(missing);
    }
    while (end > this.#origin + mostPoints * this.#width) this.#double();
    this.#count = Math.max(this.#count, Math.ceil((Math.max(end, begin + 1) - this.#origin) / this.#width));
  }

  /** Adds an amount that came in from a cycle to another one, which have been covered. */
  add(curve: number, begin: number, end: number, amount: number): void {
    let sums = this.#sums[curve];
    if (sums === undefined) {
      sums = new Float64Array(mostPoints);
      this.#sums[curve] = sums;
    }
    const width = this.#width;
    const from = begin - (this.#origin ?? 0);
    const first = Math.floor(from / width);
    const to = end - (this.#origin ?? 0);
    const last = Math.max(first, Math.ceil(to / width) - 1);
    if (first === last) {
      sums[first] = (sums[first] ?? 0) + amount;
      return;
    }
    const rate = amount / (end - begin);
    sums[first] = (sums[first] ?? 0) + rate * ((first + 1) * width - from);
    for (let span = first + 1; span < last; span++) sums[span] = (sums[span] ?? 0) + rate * width;
    sums[last] = (sums[last] ?? 0) + rate * (to - last * width);
  }

  #double(): void {
    for (const sums of this.#sums) {
      if (sums === undefined) continue;
      for (let span = 0; span < mostPoints / 2; span++) sums[span] = (sums[2 * span] ?? 0) + (sums[2 * span + 1] ?? 0);
      sums.fill(0, mostPoints / 2);
    }
    this.#width *= 2;
    this.#count = Math.ceil(this.#count / 2);
  }

  /** So many more spans in front. */
  #shift(spans: number): void {
    for (const sums of this.#sums) {
      sums?.copyWithin(spans, 0, this.#count);
      sums?.fill(0, 0, spans);
    }
    this.#count += spans;
    this.#origin = (this.#origin ?? 0) - spans * this.#width;
  }
}
