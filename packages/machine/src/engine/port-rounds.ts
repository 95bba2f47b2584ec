import type { BeatColumns } from "./beat-columns.ts";
import type { PortUsers } from "./port-users.ts";
import type { ServedPart } from "./served-part.ts";

const none = -1;

/**
 * The cycles of a part with several tight ports, none of which leads (timing rule 12). Only the turns that give something are taken: a round ends when
 * a port that all of the part use is used up, or all their sources are, or all their destinations.
 */
export class PortRounds {
  readonly #columns: BeatColumns;
  readonly #users: PortUsers;
  readonly #part: ServedPart;
  // By port.
  /** What is left of a tight one in the cycle being served; between cycles its whole width. */
  readonly #budget: Float64Array;
  /** Members of the part that use it, that read through it, and that write through it, if it is tight. */
  readonly #members: Int32Array;
  readonly #readers: Int32Array;
  readonly #writers: Int32Array;
  // By place in the part in hand.
  /** Units per cycle alone; ports that are not tight have as much for it in every cycle. */
  readonly #rates: Float64Array;
  /** How often it counts at its ports: twice for a copy within one. */
  readonly #uses: Float64Array;
  /** Its tight ports in `#tightPorts`: from here up to the first of the next place. */
  readonly #firstTight: Int32Array;
  #tightPorts = new Int32Array(64);
  /** In the cycle being served: members whose source, and whose destination, has nothing left. */
  #exhaustedSources = 0;
  #exhaustedDestinations = 0;

  constructor(moverCount: number, columns: BeatColumns, users: PortUsers, part: ServedPart) {
    const portCount = columns.portWidths.length;
    this.#columns = columns;
    this.#users = users;
    this.#part = part;
    this.#budget = columns.portWidths.slice();
    this.#members = new Int32Array(portCount);
    this.#readers = new Int32Array(portCount);
    this.#writers = new Int32Array(portCount);
    this.#rates = new Float64Array(moverCount);
    this.#uses = new Float64Array(moverCount);
    this.#firstTight = new Int32Array(moverCount + 1);
  }

  /** Looks up the tight ports of the part in hand and counts their users. */
  prepare(): void {
    const { movers, size } = this.#part;
    const columns = this.#columns;
    let count = 0;
    for (let place = 0; place < size; place++) {
      const mover = movers[place] ?? 0;
      this.#rates[place] = columns.rateAlone[mover] ?? 0;
      this.#uses[place] = columns.sourcePort[mover] === columns.destinationPort[mover] ? 2 : 1;
      this.#firstTight[place] = count;
      count = this.#listTight(mover, count);
    }
    this.#firstTight[size] = count;
    for (let index = 0; index < count; index++) {
      const port = this.#tightPorts[index] ?? 0;
      this.#members[port] = 0;
      this.#readers[port] = 0;
      this.#writers[port] = 0;
    }
    for (let index = 0; index < count; index++) {
      const port = this.#tightPorts[index] ?? 0;
      this.#members[port] = (this.#members[port] ?? 0) + 1;
    }
    for (let place = 0; place < size; place++) this.#countEnds(movers[place] ?? 0);
  }

  /** One cycle that starts with the member at a place; `isLimited`: nobody gets more than it has left. */
  serveCycle(start: number, isLimited: boolean): void {
    const { size, left, served, granted } = this.#part;
    this.#exhaustedSources = 0;
    this.#exhaustedDestinations = 0;
    let count = 0;
    let place = start;
    do {
      const grant = this.#takeGrant(place, isLimited ? (left[place] ?? 0) : Number.POSITIVE_INFINITY);
      if (grant > 0) {
        served[count] = place;
        granted[count++] = grant;
        if (this.#isOver(place, size)) break;
      }
      if (++place === size) place = 0;
    } while (place !== start);
    for (let index = 0; index < count; index++) this.#refill(served[index] ?? 0);
    this.#part.servedCount = count;
  }

  /** Appends the tight ports of a transfer; a copy within one has that once. Returns the new length. */
  #listTight(mover: number, count: number): number {
    const columns = this.#columns;
    const ports = columns.portCountOf(mover);
    if (count + ports > this.#tightPorts.length) {
      const larger = new Int32Array(2 * (count + ports));
      larger.set(this.#tightPorts);
      this.#tightPorts = larger;
    }
    let length = count;
    let previous = none;
    for (let index = 0; index < ports; index++) {
      const port = columns.portOf(mover, index);
      if (port !== previous && this.#users.isTight(port)) this.#tightPorts[length++] = port;
      previous = port;
    }
    return length;
  }

  #countEnds(mover: number): void {
    const source = this.#columns.sourcePort[mover] ?? 0;
    const destination = this.#columns.destinationPort[mover] ?? 0;
    if (this.#users.isTight(source)) this.#readers[source] = (this.#readers[source] ?? 0) + 1;
    if (this.#users.isTight(destination)) this.#writers[destination] = (this.#writers[destination] ?? 0) + 1;
  }

  /**
   * Whether the turns that follow one give nothing: a port that all members of the part use is used up, or the sources of all of
   * them are, or the destinations. A port is used up by one turn of a cycle; later ones get nothing of it.
   */
  #isOver(place: number, size: number): boolean {
    const end = this.#firstTight[place + 1] ?? 0;
    for (let index = this.#firstTight[place] ?? 0; index < end; index++) {
      const port = this.#tightPorts[index] ?? 0;
      if (this.#budget[port] !== 0) continue;
      if (this.#members[port] === size) return true;
      this.#exhaustedSources += this.#readers[port] ?? 0;
      this.#exhaustedDestinations += this.#writers[port] ?? 0;
    }
    return this.#exhaustedSources === size || this.#exhaustedDestinations === size;
  }

  /** Gives a member's ports their whole width again. */
  #refill(place: number): void {
    const { portWidths } = this.#columns;
    const end = this.#firstTight[place + 1] ?? 0;
    for (let index = this.#firstTight[place] ?? 0; index < end; index++) {
      const port = this.#tightPorts[index] ?? 0;
      this.#budget[port] = portWidths[port] ?? 0;
    }
  }

  /** What a member gets in its turn, of at most `left`; taken out of the budgets of all its tight ports. */
  #takeGrant(place: number, left: number): number {
    const budget = this.#budget;
    const uses = this.#uses[place] ?? 1;
    const first = this.#firstTight[place] ?? 0;
    const end = this.#firstTight[place + 1] ?? 0;
    let grant = Math.min(this.#rates[place] ?? 0, left);
    for (let index = first; index < end; index++) {
      const most = (budget[this.#tightPorts[index] ?? 0] ?? 0) / uses;
      if (most < grant) {
        if (most === 0) return 0;
        grant = most;
      }
    }
    for (let index = first; index < end; index++) {
      const port = this.#tightPorts[index] ?? 0;
      budget[port] = (budget[port] ?? 0) - uses * grant;
    }
    return grant;
  }
}
