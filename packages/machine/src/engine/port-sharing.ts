import { type Column, restoreColumns, type SavedColumns, saveColumns } from "./columns.ts";
import type { EventQueue } from "./event-queue.ts";
import { BeatColumns, GroupService } from "./group-service.ts";
import { PortUsers } from "./port-users.ts";
import { sortAscending } from "./unit-lists.ts";

const none = -1;

/** Where a transfer in its beat phase stands. */
const standing = {
  /** Not in its beat phase. */
  absent: 0,
  /** It joined, or its group is being formed anew. */
  loose: 1,
  /** Nobody slows it down: it has an event of its own. */
  free: 2,
  /** It shares a tight port, directly or through others. */
  grouped: 3,
} as const;

export type SavedPortSharing = {
  readonly beats: SavedColumns;
  readonly users: SavedColumns;
  readonly columns: SavedColumns;
  /** Of free groups, changed groups and loose transfers. */
  readonly counts: readonly [number, number, number];
};

/**
 * Which transfers share ports with which (timing rules 10 and 11). Transfers in their beat phase that share a port,
 * directly or through others, form a group. Where every port of a group has enough for all its users at full speed, each
 * goes on as if alone, whatever the rotation: such transfers are free, each with an event of its own. Only a group with a
 * tight port is served as a group: it has one event, its next completion; it is formed anew, and its rotation begins
 * anew, when a transfer joins or leaves.
 *
 * Changes of a cycle (`join`, `complete`, `drop`) are gathered and take effect in `regroup`, before the cycle's grants.
 */
export class PortSharing {
  readonly columns: BeatColumns;
  readonly #service: GroupService;
  readonly #users: PortUsers;
  readonly #events: EventQueue;
  readonly #firstGroupEntity: number;
  // By engine number.
  readonly #standing: Uint8Array;
  readonly #groupOf: Int32Array;
  readonly #nextInGroup: Int32Array;
  /** Cycle at which a free transfer had what `remaining` says. */
  readonly #freeSince: Float64Array;
  // By group.
  readonly #firstMember: Int32Array;
  readonly #start: Float64Array;
  readonly #wholePeriods: Float64Array;
  readonly #completion: Float64Array;
  readonly #changed: Uint8Array;
  readonly #freeGroups: Int32Array;
  #freeCount: number;
  readonly #changedGroups: Int32Array;
  #changedCount = 0;
  readonly #loose: Int32Array;
  #looseCount = 0;
  // Scratch: the members of a group; those found to hang together.
  readonly #members: Int32Array;
  readonly #together: Int32Array;

  /** Groups are entities of the event queue, numbered from `firstGroupEntity` on; transfers have their engine number. */
  constructor(moverCount: number, portWidths: Float64Array, events: EventQueue, firstGroupEntity: number) {
    this.columns = new BeatColumns(moverCount, portWidths);
    this.#service = new GroupService(this.columns);
    this.#users = new PortUsers(moverCount, this.columns);
    this.#events = events;
    this.#firstGroupEntity = firstGroupEntity;
    this.#standing = new Uint8Array(moverCount);
    this.#groupOf = new Int32Array(moverCount).fill(none);
    this.#nextInGroup = new Int32Array(moverCount);
    this.#freeSince = new Float64Array(moverCount);
    this.#firstMember = new Int32Array(moverCount);
    this.#start = new Float64Array(moverCount);
    this.#wholePeriods = new Float64Array(moverCount);
    this.#completion = new Float64Array(moverCount);
    this.#changed = new Uint8Array(moverCount);
    this.#freeGroups = Int32Array.from({ length: moverCount }, (_, group) => group);
    this.#freeCount = moverCount;
    this.#changedGroups = new Int32Array(moverCount);
    this.#loose = new Int32Array(moverCount);
    this.#members = new Int32Array(moverCount);
    this.#together = new Int32Array(moverCount);
  }

  /** A transfer of `units` enters its beat phase. */
  join(mover: number, source: number, destination: number, width: number, units: number): void {
    const { columns } = this;
    columns.sourcePort[mover] = source;
    columns.destinationPort[mover] = destination;
    columns.width[mover] = width;
    columns.remaining[mover] = units;
    this.#users.add(mover);
    this.#setLoose(mover);
  }

  /** A free transfer's completion has come. */
  completeFree(mover: number): void {
    this.#leave(mover);
  }

  /** A group's completion has come: appends the engines that are done to `done` and returns the new count. */
  complete(groupEntity: number, done: Int32Array, count: number): number {
    const { remaining, remainingThen } = this.columns;
    const group = groupEntity - this.#firstGroupEntity;
    const memberCount = this.#gather(group);
    let doneCount = count;
    for (let index = 0; index < memberCount; index++) {
      const mover = this.#members[index] ?? 0;
      remaining[mover] = remainingThen[mover] ?? 0;
      if (remaining[mover] !== 0) continue;
      this.#unlink(group, mover);
      this.#leave(mover);
      done[doneCount++] = mover;
    }
    this.#start[group] = this.#completion[group] ?? 0;
    this.#markChanged(group);
    return doneCount;
  }

  /** Takes a transfer out before it is complete, at a cycle not after its next event. */
  drop(mover: number, cycle: number): void {
    const group = this.#groupOf[mover] ?? none;
    if (this.#standing[mover] === standing.free) this.#events.cancel(mover);
    else if (group === none) {
      const place = this.#loose.subarray(0, this.#looseCount).indexOf(mover);
      this.#loose.copyWithin(place, place + 1, this.#looseCount--);
    } else {
      this.#advance(group, cycle);
      this.#unlink(group, mover);
      this.#markChanged(group);
    }
    this.#leave(mover);
  }

  /** Sets free who has enough of its ports, and forms the groups anew where transfers joined or left in this cycle. */
  regroup(cycle: number): void {
    if (this.#looseCount === 0 && this.#changedCount === 0) return;
    const { sourcePort, destinationPort } = this.columns;
    let left = 0;
    for (let index = 0; index < this.#looseCount; index++) {
      const mover = this.#loose[index] ?? 0;
      const isTight = this.#leadsToGroup(sourcePort[mover] ?? 0) || this.#leadsToGroup(destinationPort[mover] ?? 0);
      if (isTight) this.#loose[left++] = mover;
      else this.#setFree(mover, cycle);
    }
    this.#looseCount = left;
    while (this.#changedCount > 0) {
      const group = this.#changedGroups[--this.#changedCount] ?? 0;
      if (this.#changed[group] === 1) this.#dissolve(group, cycle);
    }
    for (let mover = this.#takeLoose(); mover !== none; mover = this.#takeLoose()) this.#formGroup(mover, cycle);
  }

  /** A cycle before which the transfer cannot be complete, whoever joins its group. */
  earliestCompletion(mover: number): number {
    const isFree = this.#standing[mover] === standing.free;
    const start = isFree ? this.#freeSince[mover] : this.#start[this.#groupOf[mover] ?? none];
    return (start ?? 0) + Math.ceil((this.columns.remaining[mover] ?? 0) / this.columns.rateAlone(mover));
  }

  clear(): void {
    this.#users.clear();
    this.#standing.fill(standing.absent);
    this.#groupOf.fill(none);
    this.#changed.fill(0);
    this.#looseCount = 0;
    this.#changedCount = 0;
    this.#freeCount = this.#freeGroups.length;
    for (let group = 0; group < this.#freeCount; group++) this.#freeGroups[group] = group;
  }

  save(): SavedPortSharing {
    return {
      beats: this.columns.save(),
      users: this.#users.save(),
      columns: saveColumns(this.#stateColumns),
      counts: [this.#freeCount, this.#changedCount, this.#looseCount],
    };
  }

  restore({ beats, users, columns, counts }: SavedPortSharing): void {
    this.columns.restore(beats);
    this.#users.restore(users);
    restoreColumns(this.#stateColumns, columns);
    [this.#freeCount, this.#changedCount, this.#looseCount] = counts;
  }

  /** All but the scratch columns, which are made anew before each use. */
  get #stateColumns(): readonly Column[] {
    return [
      this.#standing,
      this.#groupOf,
      this.#nextInGroup,
      this.#freeSince,
      this.#firstMember,
      this.#start,
      this.#wholePeriods,
      this.#completion,
      this.#changed,
      this.#freeGroups,
      this.#changedGroups,
      this.#loose,
    ];
  }

  #leave(mover: number): void {
    this.#standing[mover] = standing.absent;
    this.#users.remove(mover);
  }

  #setLoose(mover: number): void {
    this.#standing[mover] = standing.loose;
    this.#loose[this.#looseCount++] = mover;
  }

  /** Takes a transfer off the list of loose ones that has not been placed since; -1 when there is none. */
  #takeLoose(): number {
    while (this.#looseCount > 0) {
      const mover = this.#loose[--this.#looseCount] ?? 0;
      if (this.#standing[mover] === standing.loose) return mover;
    }
    return none;
  }

  /** Whether a port is tight, or one of its users is in a group, so that who joins there belongs to a group. */
  #leadsToGroup(port: number): boolean {
    if (this.#users.isTight(port)) return true;
    // All users of a port are in one group, or none is; those that are loose say nothing.
    for (let place = this.#users.firstOf(port); place !== none; place = this.#users.after(place)) {
      const user = place >> 1;
      if (this.#standing[user] !== standing.loose) return this.#standing[user] === standing.grouped;
    }
    return false;
  }

  #setFree(mover: number, cycle: number): void {
    this.#standing[mover] = standing.free;
    this.#freeSince[mover] = cycle;
    const cycles = Math.ceil((this.columns.remaining[mover] ?? 0) / this.columns.rateAlone(mover));
    this.#events.schedule(mover, cycle + cycles);
  }

  /** Copies a group's members, in order of engine number, to the scratch column; returns how many. */
  #gather(group: number): number {
    let count = 0;
    for (let mover = this.#firstMember[group] ?? none; mover !== none; mover = this.#nextInGroup[mover] ?? none) {
      this.#members[count++] = mover;
    }
    return count;
  }

  #advance(group: number, cycle: number): void {
    const elapsed = cycle - (this.#start[group] ?? 0);
    if (elapsed === 0) return;
    this.#service.advance(this.#members, this.#gather(group), elapsed, this.#wholePeriods[group] ?? 0);
    this.#start[group] = cycle;
  }

  #unlink(group: number, mover: number): void {
    const next = this.#nextInGroup[mover] ?? none;
    if (this.#firstMember[group] === mover) this.#firstMember[group] = next;
    else {
      let previous = this.#firstMember[group] ?? none;
      while (this.#nextInGroup[previous] !== mover) previous = this.#nextInGroup[previous] ?? none;
      this.#nextInGroup[previous] = next;
    }
    this.#groupOf[mover] = none;
  }

  #markChanged(group: number): void {
    this.#events.cancel(this.#firstGroupEntity + group);
    if (this.#changed[group] === 1) return;
    this.#changed[group] = 1;
    this.#changedGroups[this.#changedCount++] = group;
  }

  /** Sets the members of a group loose, with what they have left at this cycle. */
  #dissolve(group: number, cycle: number): void {
    this.#advance(group, cycle);
    for (let mover = this.#firstMember[group] ?? none; mover !== none; mover = this.#nextInGroup[mover] ?? none) {
      this.#groupOf[mover] = none;
      this.#setLoose(mover);
    }
    this.#changed[group] = 0;
    this.#events.cancel(this.#firstGroupEntity + group);
    this.#freeGroups[this.#freeCount++] = group;
  }

  /** Finds all that hang together with a loose transfer; forms a group of them if a port is tight, and else sets them free. */
  #formGroup(first: number, cycle: number): void {
    const { sourcePort, destinationPort } = this.columns;
    let isTight = false;
    let count = this.#include(first, 0, cycle);
    for (let index = 0; index < count; index++) {
      const member = this.#together[index] ?? 0;
      const source = sourcePort[member] ?? 0;
      const destination = destinationPort[member] ?? 0;
      isTight ||= this.#users.isTight(source) || this.#users.isTight(destination);
      count = this.#includeUsers(source, count, cycle);
      count = this.#includeUsers(destination, count, cycle);
    }
    if (isTight) this.#serveTogether(count, cycle);
    else for (let index = 0; index < count; index++) this.#setFree(this.#together[index] ?? 0, cycle);
  }

  #includeUsers(port: number, count: number, cycle: number): number {
    let included = count;
    for (let place = this.#users.firstOf(port); place !== none; place = this.#users.after(place)) {
      included = this.#include(place >> 1, included, cycle);
    }
    return included;
  }

  /** Takes a transfer among those in hand, if it is not there, with what it has left now; returns the new count. */
  #include(mover: number, count: number, cycle: number): number {
    if (this.#standing[mover] === standing.grouped) {
      const group = this.#groupOf[mover] ?? none;
      // Grouped and without a group: it is in hand already.
      if (group === none) return count;
      this.#dissolve(group, cycle);
    } else if (this.#standing[mover] === standing.free) {
      const { remaining } = this.columns;
      const moved = this.columns.rateAlone(mover) * (cycle - (this.#freeSince[mover] ?? 0));
      remaining[mover] = (remaining[mover] ?? 0) - moved;
      this.#events.cancel(mover);
    }
    this.#standing[mover] = standing.grouped;
    this.#together[count] = mover;
    return count + 1;
  }

  /** Makes a group of those in hand, begins its rotation and finds its next completion. */
  #serveTogether(count: number, cycle: number): void {
    const group = this.#freeGroups[--this.#freeCount] ?? 0;
    sortAscending(this.#together, count);
    for (let index = 0; index < count; index++) {
      const mover = this.#together[index] ?? 0;
      this.#groupOf[mover] = group;
      this.#nextInGroup[mover] = index + 1 < count ? (this.#together[index + 1] ?? none) : none;
    }
    this.#firstMember[group] = this.#together[0] ?? none;
    const { wholePeriods, cyclesToCompletion } = this.#service.forecast(this.#together, count);
    this.#start[group] = cycle;
    this.#wholePeriods[group] = wholePeriods;
    this.#completion[group] = cycle + cyclesToCompletion;
    this.#events.schedule(this.#firstGroupEntity + group, cycle + cyclesToCompletion);
  }
}
