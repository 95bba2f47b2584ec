import type { BeatColumns } from "./beat-columns.ts";
import { type Column, restoreColumns, type SavedColumns, saveColumns } from "./columns.ts";
import { GroupService } from "./group-service.ts";
import type { StateVector } from "./state-vector.ts";
import { sortAscending } from "./unit-lists.ts";

const none = -1;

export type SavedPortGroups = { readonly columns: SavedColumns; readonly freeCount: number };

/** Groups of transfers that are served together: who is in which, since when, and when the next of them completes. */
export class PortGroups {
  readonly #columns: BeatColumns;
  readonly #service: GroupService;
  // By engine number.
  readonly #groupOf: Int32Array;
  readonly #next: Int32Array;
  // By group.
  readonly #first: Int32Array;
  readonly #start: Float64Array;
  readonly #wholePeriods: Float64Array;
  readonly #completion: Float64Array;
  readonly #free: Int32Array;
  #freeCount: number;
  /** Scratch: the members of a group, in order of engine number. */
  readonly #members: Int32Array;

  constructor(moverCount: number, columns: BeatColumns) {
    this.#columns = columns;
    this.#service = new GroupService(moverCount, columns);
    this.#groupOf = new Int32Array(moverCount).fill(none);
    this.#next = new Int32Array(moverCount);
    this.#first = new Int32Array(moverCount);
    this.#start = new Float64Array(moverCount);
    this.#wholePeriods = new Float64Array(moverCount);
    this.#completion = new Float64Array(moverCount);
    this.#free = Int32Array.from({ length: moverCount }, (_, group) => group);
    this.#freeCount = moverCount;
    this.#members = new Int32Array(moverCount);
  }

  /** The group of a transfer; -1 for none. */
  of(mover: number): number {
    return this.#groupOf[mover] ?? none;
  }

  /** Cycle at which a group's members have what `remaining` says. */
  startOf(group: number): number {
    return this.#start[group] ?? 0;
  }

  completionOf(group: number): number {
    return this.#completion[group] ?? 0;
  }

  /** The first member in order of engine number; -1 for an empty group. */
  firstOf(group: number): number {
    return this.#first[group] ?? none;
  }

  /** The member after this one; -1 after the last. */
  after(mover: number): number {
    return this.#next[mover] ?? none;
  }

  /** Makes a group of transfers, begins its rotation and finds its next completion. Sorts the list. */
  form(movers: Int32Array, count: number, cycle: number): number {
    const group = this.#free[--this.#freeCount] ?? 0;
    sortAscending(movers, count);
    for (let index = 0; index < count; index++) {
      const mover = movers[index] ?? 0;
      this.#groupOf[mover] = group;
      this.#next[mover] = index + 1 < count ? (movers[index + 1] ?? none) : none;
    }
    this.#first[group] = movers[0] ?? none;
    const { wholePeriods, cyclesToCompletion } = this.#service.forecast(group, movers, count);
    this.#start[group] = cycle;
    this.#wholePeriods[group] = wholePeriods;
    this.#completion[group] = cycle + cyclesToCompletion;
    return group;
  }

  /** Moves a group's members on to a cycle that is not after its next completion. */
  advance(group: number, cycle: number): void {
    const elapsed = cycle - (this.#start[group] ?? 0);
    if (elapsed === 0) return;
    this.#service.advance(group, this.#members, this.#gather(group), elapsed, this.#wholePeriods[group] ?? 0);
    this.#start[group] = cycle;
  }

  /** Moves a group's members on to its completion: those that have nothing left then are done, and still members. */
  advanceToCompletion(group: number): void {
    const { remaining, remainingThen } = this.#columns;
    for (let mover = this.firstOf(group); mover !== none; mover = this.after(mover)) {
      remaining[mover] = remainingThen[mover] ?? 0;
    }
    this.#start[group] = this.#completion[group] ?? 0;
  }

  /** Takes a transfer out of its group. */
  remove(group: number, mover: number): void {
    const next = this.#next[mover] ?? none;
    if (this.#first[group] === mover) this.#first[group] = next;
    else {
      let previous = this.#first[group] ?? none;
      while (this.#next[previous] !== mover) previous = this.#next[previous] ?? none;
      this.#next[previous] = next;
    }
    this.#groupOf[mover] = none;
  }

  /** Gives a group's number back; its members, moved on to the cycle, are in no group then but can still be followed from `firstOf`. */
  dissolve(group: number, cycle: number): void {
    this.advance(group, cycle);
    for (let mover = this.firstOf(group); mover !== none; mover = this.after(mover)) this.#groupOf[mover] = none;
    this.#free[this.#freeCount++] = group;
  }

  /** When a group's rotation began, and when it is broken. */
  describe(group: number, state: StateVector): void {
    state.add(this.#first[group] ?? none);
    state.addTime(this.#start[group] ?? 0);
    state.addTime(this.#completion[group] ?? 0);
  }

  /** Puts everything off by so many cycles. */
  delay(cycles: number): void {
    for (let group = 0; group < this.#start.length; group++) {
      this.#start[group] = (this.#start[group] ?? 0) + cycles;
      this.#completion[group] = (this.#completion[group] ?? 0) + cycles;
    }
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
    this.#service.forget();
  }

  get #stateColumns(): readonly Column[] {
    return [this.#groupOf, this.#next, this.#first, this.#start, this.#wholePeriods, this.#completion, this.#free];
  }

  #gather(group: number): number {
    let count = 0;
    for (let mover = this.firstOf(group); mover !== none; mover = this.after(mover)) this.#members[count++] = mover;
    return count;
  }
}
