import { type Column, restoreColumns, type SavedColumns, saveColumns } from "./columns.ts";
import type { EventQueue } from "./event-queue.ts";
import { BeatColumns } from "./group-service.ts";
import { PortGroups, type SavedPortGroups } from "./port-groups.ts";
import { PortUsers } from "./port-users.ts";
import type { StateVector } from "./state-vector.ts";

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
  readonly groups: SavedPortGroups;
  readonly users: SavedColumns;
  readonly columns: SavedColumns;
  /** Of changed groups and loose transfers. */
  readonly counts: readonly [number, number];
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
  readonly #groups: PortGroups;
  readonly #users: PortUsers;
  readonly #events: EventQueue;
  readonly #firstGroupEntity: number;
  // By engine number.
  readonly #standing: Uint8Array;
  /** Cycle at which a free transfer had what `remaining` says. */
  readonly #freeSince: Float64Array;
  /** Groups that have lost a member in this cycle. */
  readonly #changed: Uint8Array;
  readonly #changedGroups: Int32Array;
  #changedCount = 0;
  readonly #loose: Int32Array;
  #looseCount = 0;
  /** Scratch: transfers that have been found to hang together. */
  readonly #together: Int32Array;

  /** Groups are entities of the event queue, numbered from `firstGroupEntity` on; transfers have their engine number. */
  constructor(moverCount: number, portWidths: Float64Array, events: EventQueue, firstGroupEntity: number) {
    this.columns = new BeatColumns(moverCount, portWidths);
    this.#groups = new PortGroups(moverCount, this.columns);
    this.#users = new PortUsers(moverCount, this.columns);
    this.#events = events;
    this.#firstGroupEntity = firstGroupEntity;
    this.#standing = new Uint8Array(moverCount);
    this.#freeSince = new Float64Array(moverCount);
    this.#changed = new Uint8Array(moverCount);
    this.#changedGroups = new Int32Array(moverCount);
    this.#loose = new Int32Array(moverCount);
    this.#together = new Int32Array(moverCount);
  }

  /** A transfer of `units` enters its beat phase; `firstLink` and `secondLink` are ports of links on its way, or -1. */
  join(
    mover: number,
    source: number,
    destination: number,
    firstLink: number,
    secondLink: number,
    width: number,
    units: number,
  ): void {
    const { columns } = this;
    columns.firstLink[mover] = firstLink;
    columns.secondLink[mover] = secondLink;
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
    const group = groupEntity - this.#firstGroupEntity;
    this.#groups.advanceToCompletion(group);
    let doneCount = count;
    for (let mover = this.#groups.firstOf(group); mover !== none; ) {
      const next = this.#groups.after(mover);
      if (this.columns.remaining[mover] === 0) {
        this.#groups.remove(group, mover);
        this.#leave(mover);
        done[doneCount++] = mover;
      }
      mover = next;
    }
    this.#markChanged(group);
    return doneCount;
  }

  /** Takes a transfer out before it is complete, at a cycle not after its next event. */
  drop(mover: number, cycle: number): void {
    const group = this.#groups.of(mover);
    if (this.#standing[mover] === standing.free) this.#events.cancel(mover);
    else if (group === none) {
      const place = this.#loose.subarray(0, this.#looseCount).indexOf(mover);
      this.#loose.copyWithin(place, place + 1, this.#looseCount--);
    } else {
      this.#groups.advance(group, cycle);
      this.#groups.remove(group, mover);
      this.#markChanged(group);
    }
    this.#leave(mover);
  }

  /** Sets free who has enough of its ports, and forms the groups anew where transfers joined or left in this cycle. */
  regroup(cycle: number): void {
    if (this.#looseCount === 0 && this.#changedCount === 0) return;
    const { sourcePort, destinationPort, firstLink, secondLink } = this.columns;
    let left = 0;
    for (let index = 0; index < this.#looseCount; index++) {
      const mover = this.#loose[index] ?? 0;
      const isTight =
        this.#leadsToGroup(sourcePort[mover] ?? 0) ||
        this.#leadsToGroup(destinationPort[mover] ?? 0) ||
        this.#leadsToGroup(firstLink[mover] ?? none) ||
        this.#leadsToGroup(secondLink[mover] ?? none);
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
    const start = isFree ? this.#freeSince[mover] : this.#groups.startOf(this.#groups.of(mover));
    return (start ?? 0) + Math.ceil((this.columns.remaining[mover] ?? 0) / this.columns.rateAlone(mover));
  }

  /** What a transfer in its beat phase has left, since when, and with whom it is served. */
  describe(mover: number, state: StateVector): void {
    const { remaining } = this.columns;
    state.add(this.#standing[mover] ?? standing.absent);
    state.add(remaining[mover] ?? 0);
    if (this.#standing[mover] === standing.free) state.addTime(this.#freeSince[mover] ?? 0);
    if (this.#standing[mover] !== standing.grouped) return;
    const group = this.#groups.of(mover);
    state.add(this.#changed[group] ?? 0);
    this.#groups.describe(group, state);
  }

  /** Puts everything off by so many cycles. */
  delay(cycles: number): void {
    const since = this.#freeSince;
    for (let mover = 0; mover < since.length; mover++) since[mover] = (since[mover] ?? 0) + cycles;
    this.#groups.delay(cycles);
  }

  clear(): void {
    this.#users.clear();
    this.#groups.clear();
    this.#standing.fill(standing.absent);
    this.#changed.fill(0);
    this.#looseCount = 0;
    this.#changedCount = 0;
  }

  save(): SavedPortSharing {
    return {
      beats: this.columns.save(),
      groups: this.#groups.save(),
      users: this.#users.save(),
      columns: saveColumns(this.#stateColumns),
      counts: [this.#changedCount, this.#looseCount],
    };
  }

  restore({ beats, groups, users, columns, counts }: SavedPortSharing): void {
    this.columns.restore(beats);
    this.#groups.restore(groups);
    this.#users.restore(users);
    restoreColumns(this.#stateColumns, columns);
    [this.#changedCount, this.#looseCount] = counts;
  }

  get #stateColumns(): readonly Column[] {
    return [this.#standing, this.#freeSince, this.#changed, this.#changedGroups, this.#loose];
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
    if (port === none) return false;
    if (this.#users.isTight(port)) return true;
    // All users of a port are in one group, or none is; those that are loose say nothing.
    for (let place = this.#users.firstOf(port); place !== none; place = this.#users.after(place)) {
      const user = this.#users.userAt(place);
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

  #markChanged(group: number): void {
    this.#events.cancel(this.#firstGroupEntity + group);
    if (this.#changed[group] === 1) return;
    this.#changed[group] = 1;
    this.#changedGroups[this.#changedCount++] = group;
  }

  /** Sets the members of a group loose, with what they have left at this cycle. */
  #dissolve(group: number, cycle: number): void {
    this.#groups.dissolve(group, cycle);
    for (let mover = this.#groups.firstOf(group); mover !== none; mover = this.#groups.after(mover))
      this.#setLoose(mover);
    this.#changed[group] = 0;
    this.#events.cancel(this.#firstGroupEntity + group);
  }

  /** Finds all that hang together with a loose transfer; forms a group of them if a port is tight, and else sets them free. */
  #formGroup(first: number, cycle: number): void {
    const { sourcePort, destinationPort, firstLink, secondLink } = this.columns;
    let isTight = false;
    let count = this.#include(first, 0, cycle);
    for (let index = 0; index < count; index++) {
      const member = this.#together[index] ?? 0;
      for (const ports of [sourcePort, destinationPort, firstLink, secondLink]) {
        const port = ports[member] ?? none;
        if (port === none) continue;
        isTight ||= this.#users.isTight(port);
        count = this.#includeUsers(port, count, cycle);
      }
    }
    if (isTight) this.#serveTogether(count, cycle);
    else for (let index = 0; index < count; index++) this.#setFree(this.#together[index] ?? 0, cycle);
  }

  #includeUsers(port: number, count: number, cycle: number): number {
    let included = count;
    for (let place = this.#users.firstOf(port); place !== none; place = this.#users.after(place)) {
      included = this.#include(this.#users.userAt(place), included, cycle);
    }
    return included;
  }

  /** Takes a transfer among those in hand, if it is not there, with what it has left now; returns the new count. */
  #include(mover: number, count: number, cycle: number): number {
    if (this.#standing[mover] === standing.grouped) {
      const group = this.#groups.of(mover);
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

  #serveTogether(count: number, cycle: number): void {
    const group = this.#groups.form(this.#together, count, cycle);
    this.#events.schedule(this.#firstGroupEntity + group, this.#groups.completionOf(group));
  }
}
