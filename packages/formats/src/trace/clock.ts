/** Cycles as time, exactly: the clock is what its shortest decimal text says, and what is left of a unit is cut off. */
export class Clock {
  /** A cycle takes `#numerator / #denominator` units. */
  readonly #numerator: number;
  readonly #denominator: number;
  /** Cycles up to which doubles are exact. */
  readonly #mostCycles: number;

  /** `unitsPerNs`: 1 for nanoseconds, 1000 for picoseconds. */
  constructor(clockGhz: number, unitsPerNs: number) {
    const [, whole = "0", fraction = "", exponent = "0"] =
      /^(\d+)(?:\.(\d+))?(?:e([+-]\d+))?$/.exec(String(clockGhz)) ?? [];
    const shift = fraction.length - Number(exponent);
    let numerator = BigInt(unitsPerNs) * 10n ** BigInt(Math.max(0, shift));
    let denominator = BigInt(whole + fraction) * 10n ** BigInt(Math.max(0, -shift));
    const divisor = greatestCommonDivisor(numerator, denominator);
    numerator /= divisor;
    denominator /= divisor;
    this.#numerator = Number(numerator);
    this.#denominator = Number(denominator);
    this.#mostCycles = Number(BigInt(Number.MAX_SAFE_INTEGER) / numerator);
  }

  /** Whether a cycle is a whole number of units, so that nothing is cut off. */
  get isWhole(): boolean {
    return this.#denominator === 1;
  }

  /** Units from cycle 0 to a cycle. */
  time(cycle: number): number {
    if (cycle <= this.#mostCycles) {
      // Below 2^53 a quotient that is no whole number stays below the next one when it is rounded.
      return this.#denominator === 1
        ? cycle * this.#numerator
        : Math.floor((cycle * this.#numerator) / this.#denominator);
    }
    return Number((BigInt(cycle) * BigInt(this.#numerator)) / BigInt(this.#denominator));
  }
}

function greatestCommonDivisor(a: bigint, b: bigint): bigint {
  let [x, y] = [a, b];
  while (y !== 0n) [x, y] = [y, x % y];
  return x;
}
