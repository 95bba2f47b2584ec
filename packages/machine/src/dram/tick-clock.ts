import { divide, rationalOf } from "../config/rational.ts";
import { KpuError } from "../errors.ts";

/** Largest term of the ratio of two clocks: products of it with a remainder stay exact. */
const mostTerm = 2 ** 26;

/**
 * Between two clocks that begin together: cycles of the machine and ticks of a DRAM. The ratio of the periods is kept as the exact
 * rational of their decimal texts, so the same inputs give the same ticks everywhere.
 */
export class TickClock {
  readonly #ticks: number;
  readonly #cycles: number;

  /** Errors: KPU_CONFIG where no whole numbers below 2**26 have the ratio of the clocks. */
  constructor(clockGhz: number, tickPs: number) {
    const perCycle = divide(divide(rationalOf(1000), rationalOf(clockGhz)), rationalOf(tickPs));
    this.#ticks = Number(perCycle.numerator);
    this.#cycles = Number(perCycle.denominator);
    if (this.#ticks < mostTerm && this.#cycles < mostTerm) return;
    throw new KpuError(
      "KPU_CONFIG",
      `the clock of ${clockGhz} GHz and the DRAM clock of ${tickPs} ps have no exact ratio in terms below 2**26: choose a clock_ghz with fewer digits`,
      { reason: "value" },
    );
  }

  /** The first tick that is not before a cycle. */
  tickAt(cycle: number): number {
    return scaledUp(cycle, this.#ticks, this.#cycles);
  }

  /** The first cycle that is not before a tick. */
  cycleAt(tick: number): number {
    return scaledUp(tick, this.#cycles, this.#ticks);
  }
}

/** ceil(value * numerator / denominator), exactly. */
function scaledUp(value: number, numerator: number, denominator: number): number {
  const whole = Math.floor(value / denominator);
  return whole * numerator + Math.ceil(((value - whole * denominator) * numerator) / denominator);
}
