import type { BeatColumns } from "./beat-columns.ts";
import type { GroupParts } from "./group-parts.ts";

const none = -1;

/**
 * The turns of the cycles in one part of a group (timing rule 12). Members of other parts take nothing that a part's members could
 * lack, so a part is served by itself; cycles that start with the same member of it are alike until somebody completes.
 */
export class PortRounds {
  readonly #columns: BeatColumns;
  readonly #parts: GroupParts;
  /** By port: what is left of it in the cycle being served. Between cycles each port of the group has its whole width. */
  readonly #budget: Float64Array;
  /** By engine number: more than any cycle can grant. */
  readonly #unlimited: Float64Array;
  /** In the cycle being served: members whose source, and whose destination, has nothing left. */
  readonly #exhausted = { sources: 0, destinations: 0 };
  /** Those who get something in the cycle being served, and how much. */
  readonly #served: Int32Array;
  readonly #granted: Float64Array;

  constructor(moverCount: number, columns: BeatColumns, parts: GroupParts) {
    this.#columns = columns;
    this.#parts = parts;
    this.#budget = new Float64Array(columns.portWidths.length);
    this.#unlimited = new Float64Array(moverCount).fill(Number.POSITIVE_INFINITY);
    this.#served = new Int32Array(moverCount);
    this.#granted = new Float64Array(moverCount);
  }

  /** Gives every port of a group its whole width. To be called after the group has been divided, before its parts are served. */
  fillBudgets(members: Int32Array, count: number): void {
    for (let index = 0; index < count; index++) this.#refill(members[index] ?? 0);
  }

  /** Sets `sums` of a part's members to what each gets in one whole period in which nobody completes. */
  sumPeriod(part: number, sums: Float64Array): void {
    const { movers, turns, firstPlace, period } = this.#parts;
    const [first, end] = [firstPlace[part] ?? 0, firstPlace[part + 1] ?? 0];
    for (let place = first; place < end; place++) sums[movers[place] ?? 0] = 0;
    // The first member starts the cycles up to its turn and those after the last member's turn.
    let before = (turns[end - 1] ?? 0) - period;
    for (let start = first; start < end; start++) {
      const turn = turns[start] ?? 0;
      const cycles = turn - before;
      before = turn;
      const count = this.#serveCycle(first, end, start, this.#unlimited);
      for (let index = 0; index < count; index++) {
        const mover = this.#served[index] ?? 0;
        sums[mover] = (sums[mover] ?? 0) + cycles * (this.#granted[index] ?? 0);
      }
    }
  }

  /**
   * Serves a part from the start of a period on, up to a completion, or for `mostCycles` where none comes before. Takes what is
   * granted off `left`; returns the number of cycles served.
   */
  serve(part: number, left: Float64Array, mostCycles: number): number {
    const { turns, firstPlace, period } = this.#parts;
    const [first, end] = [firstPlace[part] ?? 0, firstPlace[part + 1] ?? 0];
    let start = first;
    /** The cycle after the last one that begins with `start`. */
    let until = (turns[first] ?? 0) + 1;
    let periodStart = 0;
    let cycle = 0;
    while (cycle < mostCycles) {
      const alike = Math.min(until, mostCycles) - cycle;
      const count = this.#serveCycle(first, end, start, left);
      const cycles = alike === 1 ? 1 : Math.max(1, this.#cyclesBeforeCompletion(count, left, alike));
      if (this.#take(count, left, cycles)) return cycle + cycles;
      cycle += cycles;
      if (cycle < until) continue;
      if (++start === end) {
        start = first;
        periodStart += period;
      }
      until = periodStart + (turns[start] ?? 0) + 1;
    }
    return mostCycles;
  }

  /** How many cycles with the present grants leave something for everybody, of at most `most`. */
  #cyclesBeforeCompletion(count: number, left: Float64Array, most: number): number {
    let cycles = most;
    for (let index = 0; index < count; index++) {
      const has = left[this.#served[index] ?? 0] ?? 0;
      cycles = Math.min(cycles, Math.floor((has - 1) / (this.#granted[index] ?? 0)));
    }
    return cycles;
  }

  /** Takes the present grants off `left` for a number of cycles; true if somebody is done. */
  #take(count: number, left: Float64Array, cycles: number): boolean {
    let completes = false;
    for (let index = 0; index < count; index++) {
      const mover = this.#served[index] ?? 0;
      const after = (left[mover] ?? 0) - cycles * (this.#granted[index] ?? 0);
      left[mover] = after;
      completes ||= after === 0;
    }
    return completes;
  }

  /** One cycle of a part that starts at a place: fills `served` and `granted` and returns their count. */
  #serveCycle(first: number, end: number, start: number, left: Float64Array): number {
    const { movers } = this.#parts;
    const size = end - first;
    this.#exhausted.sources = 0;
    this.#exhausted.destinations = 0;
    let count = 0;
    let place = start;
    do {
      const mover = movers[place] ?? 0;
      const grant = this.#takeGrant(mover, left[mover] ?? 0);
      if (grant > 0) {
        this.#served[count] = mover;
        this.#granted[count++] = grant;
        if (this.#isOver(mover, size)) break;
      }
      if (++place === end) place = first;
    } while (place !== start);
    for (let index = 0; index < count; index++) this.#refill(this.#served[index] ?? 0);
    return count;
  }

  /**
   * Whether the turns that follow one give nothing: a port that all members of the part use is used up, or the sources of all of
   * them are, or the destinations. A port is used up by one turn of a cycle; later ones get nothing of it.
   */
  #isOver(mover: number, size: number): boolean {
    const { sourcePort, destinationPort, firstLink, secondLink } = this.#columns;
    const source = sourcePort[mover] ?? 0;
    const destination = destinationPort[mover] ?? 0;
    if (this.#isUsedUp(source, size)) return true;
    if (destination !== source && this.#isUsedUp(destination, size)) return true;
    if (this.#exhausted.sources === size || this.#exhausted.destinations === size) return true;
    const first = firstLink[mover] ?? none;
    if (first === none) return false;
    const second = secondLink[mover] ?? none;
    return this.#isUsedUp(first, size) || (second !== none && this.#isUsedUp(second, size));
  }

  /** Counts those for whom nothing is left when a port is used up. */
  #isUsedUp(port: number, size: number): boolean {
    if (this.#budget[port] !== 0) return false;
    this.#exhausted.sources += this.#parts.readersOf(port);
    this.#exhausted.destinations += this.#parts.writersOf(port);
    return this.#parts.isCommon(port, size);
  }

  /** Gives a member's ports their whole width again. */
  #refill(mover: number): void {
    const { sourcePort, destinationPort, firstLink, secondLink, portWidths } = this.#columns;
    const budget = this.#budget;
    const source = sourcePort[mover] ?? 0;
    const destination = destinationPort[mover] ?? 0;
    budget[source] = portWidths[source] ?? 0;
    budget[destination] = portWidths[destination] ?? 0;
    const first = firstLink[mover] ?? none;
    if (first === none) return;
    budget[first] = portWidths[first] ?? 0;
    const second = secondLink[mover] ?? none;
    if (second !== none) budget[second] = portWidths[second] ?? 0;
  }

  /** What a member gets in its turn, of at most `left`; taken out of the budgets of all its ports. */
  #takeGrant(mover: number, left: number): number {
    const { sourcePort, destinationPort, firstLink, width } = this.#columns;
    const budget = this.#budget;
    const source = sourcePort[mover] ?? 0;
    const destination = destinationPort[mover] ?? 0;
    const sourceLeft = budget[source] ?? 0;
    // A copy within one port takes its budget twice.
    const portLeft = source === destination ? sourceLeft / 2 : Math.min(sourceLeft, budget[destination] ?? 0);
    let grant = Math.min(width[mover] ?? 0, left, portLeft);
    if (firstLink[mover] !== none) grant = this.#takeLinks(mover, grant);
    budget[source] = (budget[source] ?? 0) - grant;
    budget[destination] = (budget[destination] ?? 0) - grant;
    return grant;
  }

  /** As much of `wanted` as the links have left, taken out of their budgets. */
  #takeLinks(mover: number, wanted: number): number {
    const { firstLink, secondLink } = this.#columns;
    const budget = this.#budget;
    const first = firstLink[mover] ?? 0;
    const second = secondLink[mover] ?? none;
    const grant = Math.min(wanted, budget[first] ?? 0, second === none ? wanted : (budget[second] ?? 0));
    budget[first] = (budget[first] ?? 0) - grant;
    if (second !== none) budget[second] = (budget[second] ?? 0) - grant;
    return grant;
  }
}
