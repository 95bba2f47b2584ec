import { type Column, restoreColumns, type SavedColumns, saveColumns } from "./columns.ts";
import type { ConnectedPorts } from "./connected-ports.ts";
import type { PortParts } from "./port-parts.ts";
import type { StateVector } from "./state-vector.ts";

const none = -1;

export type SavedPortGroups = { readonly columns: SavedColumns; readonly freeCount: number };

/** Groups of transfers that rotate together (timing rules 10 and 11): who is in which, with which parts, and since when it has been unchanged. */
export class PortGroups {
  readonly #connected: ConnectedPorts;
  readonly #parts: PortParts;
  // By engine number.
  readonly #groupOf: Int32Array;
  /** The transfer's number in its group, from 0 on, since the rotation began. */
  readonly turns: Int32Array;
  // By group.
  /** In order of engine number; as long as has been needed so far. */
  readonly #members: Int32Array[] = [];
  readonly #size: Int32Array;
  /** Cycle at which the rotation began, and the number of members then. */
  readonly #start: Float64Array;
  readonly #period: Int32Array;
  readonly #free: Int32Array;
  #freeCount: number;
  /** The parts of a group: the first by group, their neighbours by part. */
  readonly #firstPart: Int32Array;
  readonly #nextPart: Int32Array;
  readonly #previousPart: Int32Array;

  constructor(moverCount: number, parts: PortParts, connected: ConnectedPorts) {
    this.#connected = connected;
    this.#parts = parts;
    this.#groupOf = new Int32Array(moverCount).fill(none);
    this.turns = new Int32Array(moverCount);
    this.#size = new Int32Array(moverCount);
    this.#start = new Float64Array(moverCount);
    this.#period = new Int32Array(moverCount);
    this.#free = Int32Array.from({ length: moverCount }, (_, group) => group);
    this.#freeCount = moverCount;
    this.#firstPart = new Int32Array(moverCount);
    this.#nextPart = new Int32Array(moverCount);
    this.#previousPart = new Int32Array(moverCount);
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

  /** The first of a group's parts; -1 for none. */
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
    this.#size[group] = 0;
    this.#firstPart[group] = none;
    this.#start[group] = cycle;
    return group;
  }

  /** Gives a group's number back; its members, if it has any, are in none then. */
  dissolve(group: number): void {
    const members = this.#membersOf(group);
    const size = this.#size[group] ?? 0;
    for (let index = 0; index < size; index++) this.#groupOf[members[index] ?? 0] = none;
    this.#free[this.#freeCount++] = group;
  }

  /** Adds transfers, in order of engine number. */
  add(group: number, movers: Int32Array, count: number): void {
    let from = (this.#size[group] ?? 0) - 1;
    let to = from + count;
    const members = this.#membersOf(group, to + 1);
    this.#size[group] = to + 1;
    // From the last one on, so that none is overwritten before it has been moved.
    for (let index = count - 1; index >= 0; index--) {
      const mover = movers[index] ?? 0;
      while (from >= 0 && (members[from] ?? 0) > mover) members[to--] = members[from--] ?? 0;
      members[to--] = mover;
      this.#groupOf[mover] = group;
    }
  }

  /** Gives all members and parts of another group to this one; the other's number is free then. */
  absorb(group: number, other: number): void {
    this.add(group, this.#membersOf(other), this.#size[other] ?? 0);
    for (let part = this.firstPartOf(other); part !== none; ) {
      const next = this.partAfter(part);
      this.addPart(group, part);
      part = next;
    }
    this.#free[this.#freeCount++] = other;
  }

  /** Takes a transfer out of its group. */
  remove(mover: number): void {
    const group = this.of(mover);
    const members = this.#membersOf(group);
    const size = this.#size[group] ?? 0;
    let [low, high] = [0, size - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((members[middle] ?? 0) < mover) low = middle + 1;
      else high = middle;
    }
    members.copyWithin(low, low + 1, size);
    this.#size[group] = size - 1;
    this.#groupOf[mover] = none;
  }

  /** Gives a group a part, whose members are its own. */
  addPart(group: number, part: number): void {
    const first = this.firstPartOf(group);
    this.#previousPart[part] = none;
    this.#nextPart[part] = first;
    if (first !== none) this.#previousPart[first] = part;
    this.#firstPart[group] = part;
  }

  removePart(group: number, part: number): void {
    const next = this.partAfter(part);
    const previous = this.#previousPart[part] ?? none;
    if (next !== none) this.#previousPart[next] = previous;
    if (previous !== none) this.#nextPart[previous] = next;
    else this.#firstPart[group] = next;
  }

  /**
   * Divides a group whose members may not all hang together any more (rule 10): one of the groups that they are then keeps the
   * number; lists the numbers of the others and returns their count.
   */
  split(group: number, cycle: number, created: Int32Array): number {
    const members = this.#membersOf(group);
    const size = this.#size[group] ?? 0;
    if (this.#connected.find(members, size) <= 1) return 0;
    const { labels } = this.#connected;
    let count = 0;
    this.#size[group] = 0;
    labels[this.#connected.rootOf(members[0] ?? 0)] = group;
    // Those that stay move towards the front, never beyond the place that is being read.
    for (let index = 0; index < size; index++) {
      const mover = members[index] ?? 0;
      const root = this.#connected.rootOf(mover);
      if (labels[root] === none) {
        const another = this.open(cycle);
        labels[root] = another;
        created[count++] = another;
      }
      this.#append(labels[root] ?? 0, mover);
    }
    let part = this.firstPartOf(group);
    this.#firstPart[group] = none;
    while (part !== none) {
      const next = this.partAfter(part);
      this.addPart(this.of(this.#parts.firstOf(part)), part);
      part = next;
    }
    return count;
  }

  /** Begins the rotation. */
  begin(group: number, cycle: number): void {
    const members = this.#membersOf(group);
    const size = this.#size[group] ?? 0;
    for (let turn = 0; turn < size; turn++) this.turns[members[turn] ?? 0] = turn;
    this.#period[group] = size;
    this.#start[group] = cycle;
  }

  /** Notes that the members have been served up to a cycle, from which on another rotation is to begin. */
  end(group: number, cycle: number): void {
    this.#start[group] = cycle;
  }

  /** Which group it is, named by its first member, and when its rotation began. */
  describe(group: number, state: StateVector): void {
    state.add(this.#membersOf(group)[0] ?? none);
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
    this.#size.fill(0);
    for (const [mover, group] of this.#groupOf.entries()) if (group !== none) this.#append(group, mover);
  }

  get #stateColumns(): readonly Column[] {
    const parts = [this.#firstPart, this.#nextPart, this.#previousPart];
    return [this.#groupOf, this.turns, this.#start, this.#period, this.#free, ...parts];
  }

  /** The list of a group's members, with room for so many. */
  #membersOf(group: number, count: number = 0): Int32Array {
    const known = this.#members[group];
    if (known !== undefined && known.length >= count) return known;
    const larger = new Int32Array(Math.max(16, 2 * count));
    if (known !== undefined) larger.set(known);
    this.#members[group] = larger;
    return larger;
  }

  #append(group: number, mover: number): void {
    const size = this.#size[group] ?? 0;
    this.#membersOf(group, size + 1)[size] = mover;
    this.#size[group] = size + 1;
    this.#groupOf[mover] = group;
  }
}
