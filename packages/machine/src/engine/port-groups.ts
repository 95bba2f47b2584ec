import type { BeatColumns } from "./beat-columns.ts";
import { type Column, restoreColumns, type SavedColumns, saveColumns } from "./columns.ts";
import type { PortParts } from "./port-parts.ts";
import type { StateVector } from "./state-vector.ts";

const none = -1;

export type SavedPortGroups = { readonly columns: SavedColumns; readonly freeCount: number };

/** Groups of transfers that rotate together (timing rules 10 and 11): who is in which, and since when it has been unchanged. */
export class PortGroups {
  readonly #columns: BeatColumns;
  readonly #parts: PortParts;
  // By engine number.
  readonly #groupOf: Int32Array;
  readonly #next: Int32Array;
  /** The transfer's number in its group, from 0 on, since the rotation began. */
  readonly turns: Int32Array;
  // By group.
  readonly #first: Int32Array;
  /** Cycle at which the rotation began, and the number of members then. */
  readonly #start: Float64Array;
  readonly #period: Int32Array;
  /** The parts that it had then: the first by group, the next by part. */
  readonly #firstPart: Int32Array;
  readonly #nextPart: Int32Array;
  readonly #free: Int32Array;
  #freeCount: number;
  // Scratch, while a group is being split.
  /** By port: another one with which it hangs together, or itself; and in which search it was met. */
  readonly #parent: Int32Array;
  readonly #search: Int32Array;
  #searches = 0;
  /** By port at the root of what hangs together: the group; by group: its last member so far. */
  readonly #groupAt: Int32Array;
  readonly #last: Int32Array;

  constructor(moverCount: number, columns: BeatColumns, parts: PortParts) {
    const portCount = columns.portWidths.length;
    this.#columns = columns;
    this.#parts = parts;
    this.#groupOf = new Int32Array(moverCount).fill(none);
    this.#next = new Int32Array(moverCount);
    this.turns = new Int32Array(moverCount);
    this.#first = new Int32Array(moverCount);
    this.#start = new Float64Array(moverCount);
    this.#period = new Int32Array(moverCount);
    this.#firstPart = new Int32Array(moverCount);
    this.#nextPart = new Int32Array(moverCount);
    this.#free = Int32Array.from({ length: moverCount }, (_, group) => group);
    this.#freeCount = moverCount;
    this.#parent = new Int32Array(portCount);
    this.#search = new Int32Array(portCount);
    this.#groupAt = new Int32Array(portCount);
    this.#last = new Int32Array(moverCount);
  }

  /** The group of a transfer; -1 for none. */
  of(mover: number): number {
    return this.#groupOf[mover] ?? none;
  }

  /** Cycle at which a group's rotation began. */
  startOf(group: number): number {
    return this.#start[group] ?? 0;
  }

  /** Cycles of one rotation. */
  periodOf(group: number): number {
    return this.#period[group] ?? 0;
  }

  /** The first member in order of engine number; -1 for an empty group. */
  firstOf(group: number): number {
    return this.#first[group] ?? none;
  }

  /** The first of the parts that a group has had since its rotation began; -1 for none. */
  firstPartOf(group: number): number {
    return this.#firstPart[group] ?? none;
  }

  /** The part after this one; -1 after the last. */
  partAfter(part: number): number {
    return this.#nextPart[part] ?? none;
  }

  /** A new group without members. */
  open(cycle: number): number {
    const group = this.#free[--this.#freeCount] ?? 0;
    this.#first[group] = none;
    this.#firstPart[group] = none;
    this.#start[group] = cycle;
    return group;
  }

  /** Gives a group's number back, and its members, if it has any, are in none. */
  dissolve(group: number): void {
    for (let mover = this.firstOf(group); mover !== none; mover = this.#next[mover] ?? none)
      this.#groupOf[mover] = none;
    this.#free[this.#freeCount++] = group;
  }

  /** Adds transfers, in order of engine number. */
  add(group: number, movers: Int32Array, count: number): void {
    let previous = none;
    let next = this.firstOf(group);
    for (let index = 0; index < count; index++) {
      const mover = movers[index] ?? 0;
      while (next !== none && next < mover) {
        previous = next;
        next = this.#next[next] ?? none;
      }
      this.#append(group, previous, mover);
      this.#next[mover] = next;
      previous = mover;
    }
  }

  /** Gives all members of another group to this one; the other's number is free then. */
  absorb(group: number, other: number): void {
    let previous = none;
    let mine = this.firstOf(group);
    let theirs = this.firstOf(other);
    while (theirs !== none) {
      if (mine !== none && mine < theirs) {
        previous = mine;
        mine = this.#next[mine] ?? none;
        continue;
      }
      const following = this.#next[theirs] ?? none;
      this.#append(group, previous, theirs);
      this.#next[theirs] = mine;
      previous = theirs;
      theirs = following;
    }
    this.#free[this.#freeCount++] = other;
  }

  /** Takes a transfer out of its group. */
  remove(mover: number): void {
    const group = this.of(mover);
    const next = this.#next[mover] ?? none;
    if (this.firstOf(group) === mover) this.#first[group] = next;
    else {
      let previous = this.firstOf(group);
      while (this.#next[previous] !== mover) previous = this.#next[previous] ?? none;
      this.#next[previous] = next;
    }
    this.#groupOf[mover] = none;
  }

  /**
   * Divides a group whose members may not all hang together any more (rule 10): one of the groups that they are then keeps the
   * number; lists the numbers of the others and returns their count.
   */
  split(group: number, cycle: number, created: Int32Array): number {
    if (this.#connect(group) === 1) return 0;
    let count = 0;
    let mover = this.firstOf(group);
    this.#first[group] = none;
    let isKept = false;
    while (mover !== none) {
      const next = this.#next[mover] ?? none;
      const root = this.#root(this.#columns.sourcePort[mover] ?? 0);
      let target = this.#groupAt[root] ?? none;
      if (target === none) {
        target = isKept ? this.open(cycle) : group;
        if (isKept) created[count++] = target;
        isKept = true;
        this.#groupAt[root] = target;
        this.#last[target] = none;
      }
      this.#append(target, this.#last[target] ?? none, mover);
      this.#next[mover] = none;
      this.#last[target] = mover;
      mover = next;
    }
    return count;
  }

  /** Begins the rotation: numbers the members and lists their parts. */
  begin(group: number, cycle: number): void {
    let turn = 0;
    let last = none;
    this.#firstPart[group] = none;
    for (let mover = this.firstOf(group); mover !== none; mover = this.#next[mover] ?? none) {
      this.turns[mover] = turn++;
      const part = this.#parts.of(mover);
      if (part === none || this.#parts.firstOf(part) !== mover) continue;
      if (last === none) this.#firstPart[group] = part;
      else this.#nextPart[last] = part;
      this.#nextPart[part] = none;
      last = part;
    }
    this.#period[group] = turn;
    this.#start[group] = cycle;
  }

  /** Notes that the members have been served up to a cycle, from which on another rotation is to begin. */
  end(group: number, cycle: number): void {
    this.#start[group] = cycle;
  }

  /** Who is in a group, and when its rotation began. */
  describe(group: number, state: StateVector): void {
    state.add(this.firstOf(group));
    state.addTime(this.startOf(group));
  }

  /** Puts everything off by so many cycles. */
  delay(cycles: number): void {
    for (let group = 0; group < this.#start.length; group++) this.#start[group] = this.startOf(group) + cycles;
  }

  clear(): void {
    this.#groupOf.fill(none);
    this.#freeCount = this.#free.length;
    for (let group = 0; group < this.#freeCount; group++) this.#free[group] = group;
  }

  save(): SavedPortGroups {
    return { columns: saveColumns(this.#stateColumns), freeCount: this.#freeCount };
  }

  restore({ columns, freeCount }: SavedPortGroups): void {
    restoreColumns(this.#stateColumns, columns);
    this.#freeCount = freeCount;
  }

  get #stateColumns(): readonly Column[] {
    const members = [this.#groupOf, this.#next, this.turns];
    return [...members, this.#first, this.#start, this.#period, this.#firstPart, this.#nextPart, this.#free];
  }

  /** Puts a transfer after a member, or first; what comes after it is the caller's affair. */
  #append(group: number, previous: number, mover: number): void {
    this.#groupOf[mover] = group;
    if (previous === none) this.#first[group] = mover;
    else this.#next[previous] = mover;
  }

  /** Finds which ports hang together through a group's members; returns how many sets of ports there are. */
  #connect(group: number): number {
    const search = ++this.#searches;
    let sets = 0;
    for (let mover = this.firstOf(group); mover !== none; mover = this.#next[mover] ?? none) {
      let root = none;
      for (const column of this.#columns.ports) {
        const port = column[mover] ?? none;
        if (port === none) continue;
        if (this.#search[port] !== search) {
          this.#search[port] = search;
          this.#parent[port] = port;
          this.#groupAt[port] = none;
          sets++;
        }
        const other = this.#root(port);
        if (root === none) root = other;
        else if (root !== other) {
          this.#parent[other] = root;
          sets--;
        }
      }
    }
    return sets;
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
