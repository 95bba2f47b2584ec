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
  /** What is left of it in the cycle being served; between cycles its whole width. */
  readonly #budget: Float64Array;
  /** Members of the part that use it, that read through it, and that write through it, if it is tight. */
  readonly #members: Int32Array;
  readonly #readers: Int32Array;
  readonly #writers: Int32Array;
  /** In the cycle being served: members whose source, and whose destination, has nothing left. */
  #exhaustedSources = 0;
  #exhaustedDestinations = 0;

  constructor(columns: BeatColumns, users: PortUsers, part: ServedPart) {
    const portCount = columns.portWidths.length;
    this.#columns = columns;
    this.#users = users;
    this.#part = part;
    this.#budget = columns.portWidths.slice();
    this.#members = new Int32Array(portCount);
    this.#readers = new Int32Array(portCount);
    this.#writers = new Int32Array(portCount);
  }

  /** Counts the users of the tight ports of the part in hand. */
  prepare(): void {
    const { movers, size } = this.#part;
    const columns = this.#columns;
    for (let place = 0; place < size; place++) {
      const mover = movers[place] ?? 0;
      const ports = columns.portCountOf(mover);
      for (let index = 0; index < ports; index++) {
        const port = columns.portOf(mover, index);
        this.#members[port] = 0;
        this.#readers[port] = 0;
        this.#writers[port] = 0;
      }
    }
    for (let place = 0; place < size; place++) this.#count(movers[place] ?? 0);
  }

  /** One cycle that starts with the member at a place; `isLimited`: nobody gets more than it has left. */
  serveCycle(start: number, isLimited: boolean): void {
    const { movers, size, left, served, granted } = this.#part;
    this.#exhaustedSources = 0;
    this.#exhaustedDestinations = 0;
    let count = 0;
    let place = start;
    do {
      const mover = movers[place] ?? 0;
      const grant = this.#takeGrant(mover, isLimited ? (left[place] ?? 0) : Number.POSITIVE_INFINITY);
      if (grant > 0) {
        served[count] = place;
        granted[count++] = grant;
        if (this.#isOver(mover, size)) break;
      }
      if (++place === size) place = 0;
    } while (place !== start);
    for (let index = 0; index < count; index++) this.#refill(movers[served[index] ?? 0] ?? 0);
    this.#part.servedCount = count;
  }

  #count(mover: number): void {
    let previous = none;
    const ports = this.#columns.portCountOf(mover);
    for (let index = 0; index < ports; index++) {
      const port = this.#columns.portOf(mover, index);
      // A copy within one port is one user of it.
      if (port !== previous && this.#users.isTight(port)) {
        this.#members[port] = (this.#members[port] ?? 0) + 1;
      }
      previous = port;
    }
    const source = this.#columns.sourcePort[mover] ?? 0;
    const destination = this.#columns.destinationPort[mover] ?? 0;
    if (this.#users.isTight(source)) this.#readers[source] = (this.#readers[source] ?? 0) + 1;
    if (this.#users.isTight(destination)) this.#writers[destination] = (this.#writers[destination] ?? 0) + 1;
  }

  /**
   * Whether the turns that follow one give nothing: a port that all members of the part use is used up, or the sources of all of
   * them are, or the destinations. A port is used up by one turn of a cycle; later ones get nothing of it.
   */
  #isOver(mover: number, size: number): boolean {
    const { sourcePort, destinationPort, firstLink, endLink, links } = this.#columns;
    const source = sourcePort[mover] ?? 0;
    const destination = destinationPort[mover] ?? 0;
    if (this.#isUsedUp(source, size)) return true;
    if (destination !== source && this.#isUsedUp(destination, size)) return true;
    if (this.#exhaustedSources === size || this.#exhaustedDestinations === size) return true;
    const end = endLink[mover] ?? 0;
    for (let place = firstLink[mover] ?? 0; place < end; place++) {
      if (this.#isUsedUp(links.ports[place] ?? 0, size)) return true;
    }
    return false;
  }

  /** Counts those for whom nothing is left when a port is used up. */
  #isUsedUp(port: number, size: number): boolean {
    if (this.#budget[port] !== 0) return false;
    this.#exhaustedSources += this.#readers[port] ?? 0;
    this.#exhaustedDestinations += this.#writers[port] ?? 0;
    return this.#members[port] === size;
  }

  /** Gives a member's ports their whole width again. */
  #refill(mover: number): void {
    const { sourcePort, destinationPort, firstLink, endLink, links, portWidths } = this.#columns;
    const budget = this.#budget;
    const source = sourcePort[mover] ?? 0;
    const destination = destinationPort[mover] ?? 0;
    budget[source] = portWidths[source] ?? 0;
    budget[destination] = portWidths[destination] ?? 0;
    const end = endLink[mover] ?? 0;
    for (let place = firstLink[mover] ?? 0; place < end; place++) {
      const link = links.ports[place] ?? 0;
      budget[link] = portWidths[link] ?? 0;
    }
  }

  /** What a member gets in its turn, of at most `left`; taken out of the budgets of all its ports. */
  #takeGrant(mover: number, left: number): number {
    const { sourcePort, destinationPort, firstLink, endLink, width } = this.#columns;
    const budget = this.#budget;
    const source = sourcePort[mover] ?? 0;
    const destination = destinationPort[mover] ?? 0;
    const sourceLeft = budget[source] ?? 0;
    // A copy within one port takes its budget twice.
    const portLeft = source === destination ? sourceLeft / 2 : Math.min(sourceLeft, budget[destination] ?? 0);
    let grant = Math.min(width[mover] ?? 0, left, portLeft);
    if (firstLink[mover] !== endLink[mover]) grant = this.#takeLinks(mover, grant);
    budget[source] = (budget[source] ?? 0) - grant;
    budget[destination] = (budget[destination] ?? 0) - grant;
    return grant;
  }

  /** As much of `wanted` as the links have left, taken out of their budgets. */
  #takeLinks(mover: number, wanted: number): number {
    const { firstLink, endLink, links } = this.#columns;
    const budget = this.#budget;
    const first = firstLink[mover] ?? 0;
    const end = endLink[mover] ?? 0;
    let grant = wanted;
    for (let place = first; place < end; place++) grant = Math.min(grant, budget[links.ports[place] ?? 0] ?? 0);
    for (let place = first; place < end; place++) {
      const link = links.ports[place] ?? 0;
      budget[link] = (budget[link] ?? 0) - grant;
    }
    return grant;
  }
}
