import type { BeatColumns } from "./beat-columns.ts";
import type { PortUsers } from "./port-users.ts";

const none = -1;

/** Finds which transfers hang together through ports (timing rule 10). A port that only one transfer uses connects nothing. */
export class ConnectedPorts {
  readonly #columns: BeatColumns;
  readonly #users: PortUsers;
  // By port.
  /** Another port with which it hangs together, or itself. */
  readonly #parent: Int32Array;
  /** The search in which it was met last. */
  readonly #search: Int32Array;
  /** At the root of a set of ports: what the caller says of it, -1 at first. */
  readonly labels: Int32Array;
  #searches = 0;

  constructor(columns: BeatColumns, users: PortUsers) {
    const portCount = columns.portWidths.length;
    this.#columns = columns;
    this.#users = users;
    this.#parent = new Int32Array(portCount);
    this.#search = new Int32Array(portCount);
    this.labels = new Int32Array(portCount);
  }

  /** Looks at some transfers; returns into how many sets they fall. What was found before is forgotten. */
  find(movers: Int32Array, count: number): number {
    const { destinationPort, firstLink, endLink, links } = this.#columns;
    this.#searches++;
    let sets = 0;
    for (let index = 0; index < count; index++) {
      const mover = movers[index] ?? 0;
      const entry = this.#entryOf(mover);
      const destination = destinationPort[mover] ?? 0;
      sets += this.#enter(entry);
      if (destination !== entry) sets += this.#connect(entry, destination);
      const end = endLink[mover] ?? 0;
      for (let place = firstLink[mover] ?? 0; place < end; place++) {
        sets += this.#connect(entry, links.ports[place] ?? 0);
      }
    }
    return sets;
  }

  /** The root of the set to which a transfer that was looked at belongs. */
  rootOf(mover: number): number {
    return this.#root(this.#entryOf(mover));
  }

  /** A port that stands for a transfer: its source, unless only its destination connects it with others. */
  #entryOf(mover: number): number {
    const source = this.#columns.sourcePort[mover] ?? 0;
    if (this.#users.countOf(source) > 1) return source;
    const destination = this.#columns.destinationPort[mover] ?? 0;
    return this.#users.countOf(destination) > 1 ? destination : source;
  }

  /** Meets a port; returns 1 if it is a new set by itself. */
  #enter(port: number): number {
    if (this.#search[port] === this.#searches) return 0;
    this.#search[port] = this.#searches;
    this.#parent[port] = port;
    this.labels[port] = none;
    return 1;
  }

  /** Puts a port that others use, too, together with another one; returns by how much the number of sets changes. */
  #connect(entry: number, port: number): number {
    if (this.#users.countOf(port) < 2) return 0;
    const met = this.#enter(port);
    const root = this.#root(entry);
    const other = this.#root(port);
    if (root === other) return met;
    this.#parent[other] = root;
    return met - 1;
  }

  #root(port: number): number {
    let root = port;
    while (this.#parent[root] !== root) {
      const parent = this.#parent[root] ?? 0;
      this.#parent[root] = this.#parent[parent] ?? 0;
      root = parent;
    }
    return root;
  }
}
