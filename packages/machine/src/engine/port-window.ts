import type { BeatColumns } from "./beat-columns.ts";
import type { ServedPart } from "./served-part.ts";

/**
 * The cycles of a part with a leading port (PortParts, timing rule 12): those who come first move as fast as they can alone until the
 * port is used up.
 */
export class PortWindow {
  readonly #columns: BeatColumns;
  readonly #part: ServedPart;
  #width = 0;
  #isUniform = false;
  /** By place: units per cycle alone, and how often each counts at the port (a copy within it counts twice). */
  readonly #rates: Float64Array;
  readonly #uses: Float64Array;

  constructor(moverCount: number, columns: BeatColumns, part: ServedPart) {
    this.#columns = columns;
    this.#part = part;
    this.#rates = new Float64Array(moverCount);
    this.#uses = new Float64Array(moverCount);
  }

  /** Looks up what the cycles of the part in hand depend on. */
  prepare(port: number): void {
    const { sourcePort, destinationPort, rateAlone, portWidths } = this.#columns;
    const { movers, size } = this.#part;
    this.#width = portWidths[port] ?? 0;
    const first = rateAlone[movers[0] ?? 0] ?? 0;
    let isUniform = true;
    for (let place = 0; place < size; place++) {
      const mover = movers[place] ?? 0;
      const rate = rateAlone[mover] ?? 0;
      const use = sourcePort[mover] === port && destinationPort[mover] === port ? 2 : 1;
      this.#rates[place] = rate;
      this.#uses[place] = use;
      isUniform &&= use === 1 && rate === first;
    }
    this.#isUniform = isUniform;
  }

  /**
   * What each member gets in as many cycles as there are members, one of which starts with each of them: where all are alike the
   * same for all, the width of the port. 0 where they differ.
   */
  get roundGrant(): number {
    return this.#isUniform ? this.#width : 0;
  }

  /** One cycle that starts with the member at a place; `isLimited`: nobody gets more than it has left. */
  serveCycle(start: number, isLimited: boolean): void {
    const { size, left, served, granted } = this.#part;
    const rates = this.#rates;
    const uses = this.#uses;
    let budget = this.#width;
    let count = 0;
    let place = start;
    do {
      const rate = rates[place] ?? 0;
      const use = uses[place] ?? 1;
      const wanted = isLimited ? Math.min(rate, left[place] ?? 0) : rate;
      const grant = Math.min(wanted, budget / use);
      served[count] = place;
      granted[count++] = grant;
      budget -= grant * use;
      if (++place === size) place = 0;
    } while (budget > 0 && place !== start);
    this.#part.servedCount = count;
  }
}
