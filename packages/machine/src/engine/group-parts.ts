import type { BeatColumns } from "./beat-columns.ts";

const none = -1;

/**
 * A group of transfers divided into parts that do not slow each other down. A port is tight when its users, each moving as fast
 * as it can alone, would take more than it has; any other port slows nobody. So transfers hang together only through tight
 * ports, and one without a tight port moves as if alone. All members still rotate together (timing rule 11): where a part's
 * members stand in the group's rotation is kept beside them.
 */
export class GroupParts {
  readonly #columns: BeatColumns;
  /** Number of members of the divided group: the cycles of one period. */
  period = 0;
  /** Number of parts. */
  count = 0;
  /** By part: its first place in `movers` and `turns`; one more at the end. */
  readonly firstPlace: Int32Array;
  /** Members with tight ports, part by part, in order of engine number within a part. */
  readonly movers: Int32Array;
  /** The members' numbers in the whole group, from 0 on: the cycle of a period that starts with them. */
  readonly turns: Int32Array;
  /** Members that no port slows down. */
  readonly free: Int32Array;
  freeCount = 0;
  // By port.
  readonly #load: Float64Array;
  /** Members that use a tight port; 0 for a port that is not tight. */
  readonly #tightUsers: Int32Array;
  /** Members that read through a tight port, and that write through it. */
  readonly #tightReaders: Int32Array;
  readonly #tightWriters: Int32Array;
  /** A preliminary part: several of them may belong together. */
  readonly #partOfPort: Int32Array;
  /** By preliminary part: another one to which it belongs, or itself. */
  readonly #parent: Int32Array;
  /** By preliminary part: its final number, where it has one. */
  readonly #number: Int32Array;
  /** By number in the group: the preliminary part, -1 for none. */
  readonly #partOfMember: Int32Array;

  constructor(moverCount: number, columns: BeatColumns) {
    const portCount = columns.portWidths.length;
    this.#columns = columns;
    this.firstPlace = new Int32Array(moverCount + 1);
    this.movers = new Int32Array(moverCount);
    this.turns = new Int32Array(moverCount);
    this.free = new Int32Array(moverCount);
    this.#load = new Float64Array(portCount);
    this.#tightUsers = new Int32Array(portCount);
    this.#tightReaders = new Int32Array(portCount);
    this.#tightWriters = new Int32Array(portCount);
    this.#partOfPort = new Int32Array(portCount);
    this.#parent = new Int32Array(moverCount);
    this.#number = new Int32Array(moverCount);
    this.#partOfMember = new Int32Array(moverCount);
  }

  /** Divides a group of `count` members, given in order of engine number. What was divided before is forgotten. */
  divide(members: Int32Array, count: number): void {
    this.period = count;
    this.freeCount = 0;
    this.#findTightPorts(members, count);
    let preliminary = 0;
    for (let turn = 0; turn < count; turn++) {
      const mover = members[turn] ?? 0;
      let part = none;
      for (const ports of this.#columns.ports) part = this.#joined(part, ports[mover] ?? none);
      if (part === none) {
        if (this.#hasTightPort(mover)) {
          part = preliminary++;
          this.#parent[part] = part;
          this.#number[part] = none;
        } else this.free[this.freeCount++] = mover;
      }
      this.#partOfMember[turn] = part;
      if (part !== none) this.#claimPorts(mover, part);
    }
    this.#arrange(members, count);
  }

  /** Whether all members of a part use a port, so that nothing is left for any of them when it is used up. */
  isCommon(port: number, partSize: number): boolean {
    return this.#tightUsers[port] === partSize;
  }

  /** How many members of its part have a tight port as their source; 0 for a port that is not tight. */
  readersOf(port: number): number {
    return this.#tightReaders[port] ?? 0;
  }

  /** The same of their destination. */
  writersOf(port: number): number {
    return this.#tightWriters[port] ?? 0;
  }

  #findTightPorts(members: Int32Array, count: number): void {
    for (const ports of this.#columns.ports) {
      for (let index = 0; index < count; index++) this.#forgetPort(ports[members[index] ?? 0] ?? none);
    }
    for (let index = 0; index < count; index++) this.#addLoad(members[index] ?? 0);
    for (let index = 0; index < count; index++) this.#countUser(members[index] ?? 0);
  }

  #forgetPort(port: number): void {
    if (port === none) return;
    this.#load[port] = 0;
    this.#tightUsers[port] = 0;
    this.#tightReaders[port] = 0;
    this.#tightWriters[port] = 0;
    this.#partOfPort[port] = none;
  }

  /** A copy within one port loads it twice. */
  #addLoad(mover: number): void {
    const rate = this.#columns.rateAlone(mover);
    for (const ports of this.#columns.ports) {
      const port = ports[mover] ?? none;
      if (port !== none) this.#load[port] = (this.#load[port] ?? 0) + rate;
    }
  }

  /** A copy within one port is one user of it. */
  #countUser(mover: number): void {
    let previous = none;
    for (const ports of this.#columns.ports) {
      const port = ports[mover] ?? none;
      if (port === none || port === previous) continue;
      previous = port;
      if (this.#isTight(port)) this.#tightUsers[port] = (this.#tightUsers[port] ?? 0) + 1;
    }
    const source = this.#columns.sourcePort[mover] ?? 0;
    const destination = this.#columns.destinationPort[mover] ?? 0;
    if (this.#isTight(source)) this.#tightReaders[source] = (this.#tightReaders[source] ?? 0) + 1;
    if (this.#isTight(destination)) this.#tightWriters[destination] = (this.#tightWriters[destination] ?? 0) + 1;
  }

  #isTight(port: number): boolean {
    return (this.#load[port] ?? 0) > (this.#columns.portWidths[port] ?? 0);
  }

  #hasTightPort(mover: number): boolean {
    for (const ports of this.#columns.ports) {
      const port = ports[mover] ?? none;
      if (port !== none && this.#tightUsers[port] !== 0) return true;
    }
    return false;
  }

  /** The part that holds `part` and the users of a port, which are put together. */
  #joined(part: number, port: number): number {
    if (port === none || this.#partOfPort[port] === none) return part;
    const other = this.#root(this.#partOfPort[port] ?? none);
    if (part === none || part === other) return other;
    this.#parent[part] = other;
    return other;
  }

  #root(part: number): number {
    let root = part;
    while (this.#parent[root] !== root) {
      const parent = this.#parent[root] ?? none;
      this.#parent[root] = this.#parent[parent] ?? none;
      root = parent;
    }
    return root;
  }

  #claimPorts(mover: number, part: number): void {
    for (const ports of this.#columns.ports) {
      const port = ports[mover] ?? none;
      if (port !== none && this.#tightUsers[port] !== 0) this.#partOfPort[port] = part;
    }
  }

  /** Lists the members part by part. */
  #arrange(members: Int32Array, count: number): void {
    this.count = 0;
    const { firstPlace } = this;
    for (let turn = 0; turn < count; turn++) {
      if (this.#partOfMember[turn] === none) continue;
      const root = this.#root(this.#partOfMember[turn] ?? none);
      if (this.#number[root] === none) {
        this.#number[root] = this.count++;
        firstPlace[this.count] = 0;
      }
      const number = this.#number[root] ?? 0;
      this.#partOfMember[turn] = number;
      // The size of each part, one place further on.
      firstPlace[number + 1] = (firstPlace[number + 1] ?? 0) + 1;
    }
    firstPlace[0] = 0;
    for (let part = 1; part <= this.count; part++) {
      firstPlace[part] = (firstPlace[part] ?? 0) + (firstPlace[part - 1] ?? 0);
    }
    // Filled from the end, so that each part's first place ends where it began.
    for (let turn = count - 1; turn >= 0; turn--) {
      const part = this.#partOfMember[turn] ?? none;
      if (part === none) continue;
      const place = (firstPlace[part + 1] ?? 0) - 1;
      firstPlace[part + 1] = place;
      this.movers[place] = members[turn] ?? 0;
      this.turns[place] = turn;
    }
    // Now firstPlace[part + 1] is where `part` begins: back to one place earlier.
    const placed = count - this.freeCount;
    for (let part = 0; part < this.count; part++) firstPlace[part] = firstPlace[part + 1] ?? 0;
    firstPlace[this.count] = placed;
  }
}
