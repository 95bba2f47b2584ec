import type { BeatColumns } from "./beat-columns.ts";
import { type Column, restoreColumns, type SavedColumns, saveColumns } from "./columns.ts";
import type { PortUsers } from "./port-users.ts";

const none = -1;

export type SavedPortParts = { readonly columns: SavedColumns; readonly freeCount: number };

/**
 * The parts of groups that do not slow each other down. Only a tight port slows anybody (PortUsers), so transfers hang together
 * through tight ports only: those that do are a part. It belongs to one group, with all members of which its own ones rotate
 * (timing rule 11).
 *
 * Most parts have one tight port. A part has a leading port if all its members use that and no tight port of theirs is narrower: then
 * the others never run out before it does, and how the members are served depends on it alone.
 */
export class PortParts {
  readonly #columns: BeatColumns;
  readonly #users: PortUsers;
  // By engine number.
  readonly #partOf: Int32Array;
  readonly #next: Int32Array;
  // By part.
  readonly #first: Int32Array;
  /** Its leading port; -1 for none. */
  readonly #leader: Int32Array;
  readonly #free: Int32Array;
  #freeCount: number;
  /** By port: the part whose members use it, if it is tight. */
  readonly #partAt: Int32Array;
  // Scratch, while parts are being formed: preliminary parts, of which several may belong together.
  /** By port. */
  readonly #preliminary: Int32Array;
  /** By preliminary part: another one to which it belongs, or itself; and its number, where it has one. */
  readonly #parent: Int32Array;
  readonly #number: Int32Array;

  constructor(moverCount: number, columns: BeatColumns, users: PortUsers) {
    const portCount = columns.portWidths.length;
    this.#columns = columns;
    this.#users = users;
    this.#partOf = new Int32Array(moverCount).fill(none);
    this.#next = new Int32Array(moverCount);
    this.#first = new Int32Array(moverCount);
    this.#leader = new Int32Array(moverCount);
    this.#free = Int32Array.from({ length: moverCount }, (_, part) => part);
    this.#freeCount = moverCount;
    this.#partAt = new Int32Array(portCount).fill(none);
    this.#preliminary = new Int32Array(portCount);
    this.#parent = new Int32Array(moverCount);
    this.#number = new Int32Array(moverCount);
  }

  /** The part of a transfer; -1 for none. */
  of(mover: number): number {
    return this.#partOf[mover] ?? none;
  }

  /** The part in which the users of a tight port are; -1 for none. */
  at(port: number): number {
    return this.#partAt[port] ?? none;
  }

  /** The leading port of a part; -1 where it has none. */
  leaderOf(part: number): number {
    return this.#leader[part] ?? none;
  }

  /** The first member in order of engine number; -1 for a part that is empty. */
  firstOf(part: number): number {
    return this.#first[part] ?? none;
  }

  /** The member after this one; -1 after the last. */
  after(mover: number): number {
    return this.#next[mover] ?? none;
  }

  /** The part to which a transfer can be added as it is: all its tight ports are those of one, and it uses the leading one; -1 for none. */
  partFor(mover: number): number {
    let part = none;
    let usesLeader = false;
    const count = this.#columns.portCountOf(mover);
    for (let index = 0; index < count; index++) {
      const port = this.#columns.portOf(mover, index);
      if (!this.#users.isTight(port)) continue;
      const there = this.at(port);
      if (there === none || (part !== none && there !== part)) return none;
      part = there;
      usesLeader ||= port === this.leaderOf(there);
    }
    return usesLeader || this.leaderOf(part) === none ? part : none;
  }

  /** Adds a transfer for which the part has a place. */
  insert(part: number, mover: number): void {
    let previous = none;
    let next = this.firstOf(part);
    while (next !== none && next < mover) {
      previous = next;
      next = this.after(next);
    }
    this.#partOf[mover] = part;
    this.#next[mover] = next;
    if (previous === none) this.#first[part] = mover;
    else this.#next[previous] = mover;
  }

  /**
   * Takes a transfer, which uses its ports no more, out of its part; true if the part, being empty, is none any more. Ports
   * that are not tight any more are forgotten.
   */
  remove(mover: number): boolean {
    const part = this.of(mover);
    const count = this.#columns.portCountOf(mover);
    for (let index = 0; index < count; index++) {
      const port = this.#columns.portOf(mover, index);
      if (!this.#users.isTight(port)) this.#partAt[port] = none;
    }
    const next = this.after(mover);
    if (this.firstOf(part) === mover) this.#first[part] = next;
    else {
      let previous = this.firstOf(part);
      while (this.#next[previous] !== mover) previous = this.after(previous);
      this.#next[previous] = next;
    }
    this.#partOf[mover] = none;
    if (this.firstOf(part) !== none) return false;
    this.#free[this.#freeCount++] = part;
    return true;
  }

  /** Whether somebody else in a transfer's part uses the same ports, so that the part holds together without it. */
  hasLike(mover: number): boolean {
    for (let other = this.firstOf(this.of(mover)); other !== none; other = this.after(other)) {
      if (other !== mover && this.#columns.areAlike(mover, other)) return true;
    }
    return false;
  }

  /** Dissolves a part: appends its members to a list, of which the new length is returned. */
  dissolve(part: number, list: Int32Array, count: number): number {
    let length = count;
    for (let mover = this.firstOf(part); mover !== none; mover = this.after(mover)) {
      this.#partOf[mover] = none;
      list[length++] = mover;
      const ports = this.#columns.portCountOf(mover);
      for (let index = 0; index < ports; index++) {
        const port = this.#columns.portOf(mover, index);
        if (this.#partAt[port] === part) this.#partAt[port] = none;
      }
    }
    this.#free[this.#freeCount++] = part;
    return length;
  }

  /** Puts transfers into parts, as their tight ports want it; they are in order of engine number, and each has a tight port. */
  form(movers: Int32Array, count: number): void {
    for (let index = 0; index < count; index++) {
      const mover = movers[index] ?? 0;
      const ports = this.#columns.portCountOf(mover);
      for (let which = 0; which < ports; which++) this.#preliminary[this.#columns.portOf(mover, which)] = none;
    }
    for (let index = 0; index < count; index++) this.#connect(movers[index] ?? 0, index);
    // From the last one on, so that each becomes the first of its part.
    for (let index = count - 1; index >= 0; index--) this.#enter(movers[index] ?? 0, index);
    for (let index = 0; index < count; index++) {
      const mover = movers[index] ?? 0;
      const part = this.of(mover);
      if (!this.#uses(mover, this.leaderOf(part))) this.#leader[part] = none;
    }
  }

  clear(): void {
    this.#partOf.fill(none);
    this.#partAt.fill(none);
    this.#freeCount = this.#free.length;
    for (let part = 0; part < this.#freeCount; part++) this.#free[part] = part;
  }

  save(): SavedPortParts {
    return { columns: saveColumns(this.#stateColumns), freeCount: this.#freeCount };
  }

  restore({ columns, freeCount }: SavedPortParts): void {
    restoreColumns(this.#stateColumns, columns);
    this.#freeCount = freeCount;
  }

  get #stateColumns(): readonly Column[] {
    return [this.#partOf, this.#next, this.#first, this.#leader, this.#free, this.#partAt];
  }

  /** Makes a preliminary part of a transfer and puts it together with those that share its tight ports. */
  #connect(mover: number, index: number): void {
    this.#parent[index] = index;
    this.#number[index] = none;
    const ports = this.#columns.portCountOf(mover);
    for (let which = 0; which < ports; which++) {
      const port = this.#columns.portOf(mover, which);
      if (!this.#users.isTight(port)) continue;
      const other = this.#preliminary[port] ?? none;
      if (other === none) this.#preliminary[port] = index;
      else this.#parent[this.#root(index)] = this.#root(other);
    }
  }

  #root(index: number): number {
    let root = index;
    while (this.#parent[root] !== root) {
      const parent = this.#parent[root] ?? 0;
      this.#parent[root] = this.#parent[parent] ?? 0;
      root = parent;
    }
    return root;
  }

  #enter(mover: number, index: number): void {
    const root = this.#root(index);
    let part = this.#number[root] ?? none;
    if (part === none) {
      part = this.#free[--this.#freeCount] ?? 0;
      this.#number[root] = part;
      this.#first[part] = none;
      this.#leader[part] = none;
    }
    this.#partOf[mover] = part;
    this.#next[mover] = this.firstOf(part);
    this.#first[part] = mover;
    const ports = this.#columns.portCountOf(mover);
    for (let which = 0; which < ports; which++) {
      const port = this.#columns.portOf(mover, which);
      if (!this.#users.isTight(port)) continue;
      this.#partAt[port] = part;
      if (this.#isBefore(port, this.leaderOf(part))) this.#leader[part] = port;
    }
  }

  /** Whether a port leads if any does, rather than another one, which may be none. */
  #isBefore(port: number, other: number): boolean {
    if (other === none) return true;
    const { portWidths } = this.#columns;
    const narrower = (portWidths[other] ?? 0) - (portWidths[port] ?? 0);
    return narrower > 0 || (narrower === 0 && this.#users.countOf(port) > this.#users.countOf(other));
  }

  #uses(mover: number, port: number): boolean {
    const ports = this.#columns.portCountOf(mover);
    for (let which = 0; which < ports; which++) if (this.#columns.portOf(mover, which) === port) return true;
    return false;
  }
}
