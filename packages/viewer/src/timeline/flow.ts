/** Something that goes on from one cycle to another at a steady rate. */
export type Stretches = {
  readonly begin: Float64Array;
  readonly end: Float64Array;
  readonly rate: Float64Array;
};

/** The sum of many steady rates over time: bytes through a port, or units that are busy. */
export class Flow {
  /** Cycles at which the sum changes, the amount until then, and the rate from then on. */
  readonly #cycles: Float64Array;
  readonly #amounts: Float64Array;
  readonly #rates: Float64Array;

  constructor({ begin, end, rate }: Stretches) {
    const count = begin.length;
    const order = new Uint32Array(2 * count);
    for (let index = 0; index < order.length; index++) order[index] = index;
    const cycleOf = (index: number): number => (index < count ? begin[index] : end[index - count]) ?? 0;
    order.sort((one, other) => cycleOf(one) - cycleOf(other));
    this.#cycles = new Float64Array(order.length);
    this.#amounts = new Float64Array(order.length);
    this.#rates = new Float64Array(order.length);
    let amount = 0;
    let sum = 0;
    let before = 0;
    for (const [place, index] of order.entries()) {
      const cycle = cycleOf(index);
      amount += sum * (cycle - before);
      sum += index < count ? (rate[index] ?? 0) : -(rate[index - count] ?? 0);
      before = cycle;
      this.#cycles[place] = cycle;
      this.#amounts[place] = amount;
      this.#rates[place] = sum;
    }
  }

  /** Rate in a span of cycles, on average. */
  mean(begin: number, end: number): number {
    return end > begin ? Math.max((this.#until(end) - this.#until(begin)) / (end - begin), 0) : 0;
  }

  /** What has flowed before a cycle. */
  #until(cycle: number): number {
    let low = 0;
    let high = this.#cycles.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#cycles[middle] ?? 0) > cycle) high = middle;
      else low = middle + 1;
    }
    if (low === 0) return 0;
    const place = low - 1;
    return (this.#amounts[place] ?? 0) + (this.#rates[place] ?? 0) * (cycle - (this.#cycles[place] ?? 0));
  }
}
