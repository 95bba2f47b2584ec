import { type Column, restoreColumns, type SavedColumns, saveColumns } from "./columns.ts";
import type { EventQueue } from "./event-queue.ts";
import { BeatColumns, GroupService } from "./group-service.ts";
import { sortAscending } from "./unit-lists.ts";

const none = -1;

export type SavedPortSharing = {
  readonly beats: SavedColumns;
  readonly columns: SavedColumns;
  /** Of free groups, changed groups and loose transfers. */
  readonly counts: readonly [number, number, number];
};

/**
 * Which transfers share ports with which (timing rules 10 and 11). Transfers in their beat phase that share a port,
 * directly or through others, form a group; each group has one event, its next completion. A group is formed anew,
 * and its rotation begins anew, when a transfer joins or leaves; all other groups go on untouched.
 *
 * Changes of a cycle (`join`, `complete`, `drop`) are gathered and take effect in `regroup`, before the cycle's grants.
 */
export class PortSharing {
  readonly columns: BeatColumns;
  readonly #service: GroupService;
  readonly #events: EventQueue;
  readonly #firstGroupEntity: number;
  // By engine number.
  readonly #groupOf: Int32Array;
  readonly #nextInGroup: Int32Array;
  readonly #owner: Int32Array;
  // By group.
  readonly #firstMember: Int32Array;
  readonly #lastMember: Int32Array;
  readonly #start: Float64Array;
  readonly #wholePeriods: Float64Array;
  readonly #completion: Float64Array;
  readonly #changed: Uint8Array;
  /** By port: the group that uses it. */
  readonly #groupOfPort: Int32Array;
  readonly #freeGroups: Int32Array;
  #freeCount: number;
  readonly #changedGroups: Int32Array;
  #changedCount = 0;
  /** Transfers without a group: they joined, or their group is being formed anew. */
  readonly #loose: Int32Array;
  #looseCount = 0;
  readonly #members: Int32Array;

  /** Groups are entities of the event queue, numbered from `firstGroupEntity` on. */
  constructor(moverCount: number, portWidths: Float64Array, events: EventQueue, firstGroupEntity: number) {
    this.columns = new BeatColumns(moverCount, portWidths);
    this.#service = new GroupService(this.columns);
    this.#events = events;
    this.#firstGroupEntity = firstGroupEntity;
    this.#groupOf = new Int32Array(moverCount).fill(none);
    this.#nextInGroup = new Int32Array(moverCount);
    this.#owner = new Int32Array(moverCount);
    this.#firstMember = new Int32Array(moverCount);
    this.#lastMember = new Int32Array(moverCount);
    this.#start = new Float64Array(moverCount);
    this.#wholePeriods = new Float64Array(moverCount);
    this.#completion = new Float64Array(moverCount);
    this.#changed = new Uint8Array(moverCount);
    this.#groupOfPort = new Int32Array(portWidths.length).fill(none);
    this.#freeGroups = Int32Array.from({ length: moverCount }, (_, group) => group);
    this.#freeCount = moverCount;
    this.#changedGroups = new Int32Array(moverCount);
    this.#loose = new Int32Array(moverCount);
    this.#members = new Int32Array(moverCount);
  }

  /** A transfer of `units` enters its beat phase. */
  join(mover: number, source: number, destination: number, width: number, units: number): void {
    const { columns } = this;
    columns.sourcePort[mover] = source;
    columns.destinationPort[mover] = destination;
    columns.width[mover] = width;
    columns.remaining[mover] = units;
    this.#loose[this.#looseCount++] = mover;
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
      done[doneCount++] = mover;
    }
    this.#start[group] = this.#completion[group] ?? 0;
    this.#markChanged(group);
    return doneCount;
  }

  /** Takes a transfer out before it is complete, at a cycle not after its group's next completion. */
  drop(mover: number, cycle: number): void {
    const group = this.#groupOf[mover] ?? none;
    if (group === none) {
      const place = this.#loose.subarray(0, this.#looseCount).indexOf(mover);
      this.#loose.copyWithin(place, place + 1, this.#looseCount--);
      return;
    }
    this.#advance(group, cycle);
    this.#unlink(group, mover);
    this.#markChanged(group);
  }

  /** Forms the groups anew where transfers joined or left in this cycle. */
  regroup(cycle: number): void {
    if (this.#looseCount === 0 && this.#changedCount === 0) return;
    const { sourcePort, destinationPort } = this.columns;
    const joined = this.#looseCount;
    for (let index = 0; index < joined; index++) {
      const mover = this.#loose[index] ?? 0;
      this.#dissolve(this.#groupOfPort[sourcePort[mover] ?? 0] ?? none, cycle);
      this.#dissolve(this.#groupOfPort[destinationPort[mover] ?? 0] ?? none, cycle);
    }
    while (this.#changedCount > 0) {
      const group = this.#changedGroups[--this.#changedCount] ?? 0;
      if (this.#changed[group] === 1) this.#dissolve(group, cycle);
    }
    this.#connect();
    this.#formGroups(cycle);
  }

  /** A cycle before which the transfer cannot be complete, whoever joins its group. */
  earliestCompletion(mover: number): number {
    const { sourcePort, destinationPort, width, remaining } = this.columns;
    const rate = this.columns.aloneRate(sourcePort[mover] ?? 0, destinationPort[mover] ?? 0, width[mover] ?? 0);
    return (this.#start[this.#groupOf[mover] ?? none] ?? 0) + Math.ceil((remaining[mover] ?? 0) / rate);
  }

  clear(): void {
    this.#groupOf.fill(none);
    this.#groupOfPort.fill(none);
    this.#changed.fill(0);
    this.#looseCount = 0;
    this.#changedCount = 0;
    this.#freeCount = this.#freeGroups.length;
    for (let group = 0; group < this.#freeCount; group++) this.#freeGroups[group] = group;
  }

  save(): SavedPortSharing {
    return {
      beats: this.columns.save(),
      columns: saveColumns(this.#stateColumns),
      counts: [this.#freeCount, this.#changedCount, this.#looseCount],
    };
  }

  restore({ beats, columns, counts }: SavedPortSharing): void {
    this.columns.restore(beats);
    restoreColumns(this.#stateColumns, columns);
    [this.#freeCount, this.#changedCount, this.#looseCount] = counts;
  }

  /** All but the scratch column of members and the owners, which are made anew before each use. */
  get #stateColumns(): readonly Column[] {
    return [
      this.#groupOf,
      this.#nextInGroup,
      this.#firstMember,
      this.#lastMember,
      this.#start,
      this.#wholePeriods,
      this.#completion,
      this.#changed,
      this.#groupOfPort,
      this.#freeGroups,
      this.#changedGroups,
      this.#loose,
    ];
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
    this.#releasePorts(mover);
    for (let each = this.#firstMember[group] ?? none; each !== none; each = this.#nextInGroup[each] ?? none) {
      this.#markPorts(each, group);
    }
  }

  #markPorts(mover: number, mark: number): void {
    this.#groupOfPort[this.columns.sourcePort[mover] ?? 0] = mark;
    this.#groupOfPort[this.columns.destinationPort[mover] ?? 0] = mark;
  }

  #releasePorts(mover: number): void {
    this.#markPorts(mover, none);
  }

  #markChanged(group: number): void {
    this.#events.cancel(this.#firstGroupEntity + group);
    if (this.#changed[group] === 1) return;
    this.#changed[group] = 1;
    this.#changedGroups[this.#changedCount++] = group;
  }

  /** Sets the members of a group loose, with what they have left at this cycle. */
  #dissolve(group: number, cycle: number): void {
    if (group === none) return;
    this.#advance(group, cycle);
    const count = this.#gather(group);
    for (let index = 0; index < count; index++) {
      const mover = this.#members[index] ?? 0;
      this.#groupOf[mover] = none;
      this.#releasePorts(mover);
      this.#loose[this.#looseCount++] = mover;
    }
    this.#changed[group] = 0;
    this.#events.cancel(this.#firstGroupEntity + group);
    this.#freeGroups[this.#freeCount++] = group;
  }

  /** Finds which loose transfers hang together: the owner of a component is one of its members (union-find). */
  #connect(): void {
    for (let index = 0; index < this.#looseCount; index++) {
      const mover = this.#loose[index] ?? 0;
      this.#owner[mover] = mover;
      this.#unite(mover, this.columns.sourcePort[mover] ?? 0);
      this.#unite(mover, this.columns.destinationPort[mover] ?? 0);
    }
  }

  /** Joins a transfer's component with that of the port's; while connecting, a port is marked with a member. */
  #unite(mover: number, port: number): void {
    const marked = this.#groupOfPort[port] ?? none;
    if (marked === none) this.#groupOfPort[port] = mover;
    else this.#owner[this.#ownerOf(marked)] = this.#ownerOf(mover);
  }

  #ownerOf(mover: number): number {
    let owner = mover;
    while (this.#owner[owner] !== owner) {
      const above = this.#owner[this.#owner[owner] ?? 0] ?? 0;
      this.#owner[owner] = above;
      owner = above;
    }
    return owner;
  }

  #formGroups(cycle: number): void {
    const count = this.#looseCount;
    this.#looseCount = 0;
    sortAscending(this.#loose, count);
    for (let index = 0; index < count; index++) {
      const mover = this.#loose[index] ?? 0;
      const owner = this.#ownerOf(mover);
      let group = this.#groupOf[owner] ?? none;
      this.#nextInGroup[mover] = none;
      if (group === none) {
        group = this.#freeGroups[--this.#freeCount] ?? 0;
        this.#groupOf[owner] = group;
        this.#firstMember[group] = mover;
      } else this.#nextInGroup[this.#lastMember[group] ?? 0] = mover;
      this.#groupOf[mover] = group;
      this.#lastMember[group] = mover;
    }
    for (let index = 0; index < count; index++) {
      const mover = this.#loose[index] ?? 0;
      const group = this.#groupOf[mover] ?? none;
      this.#markPorts(mover, group);
      if (this.#firstMember[group] === mover) this.#forecast(group, cycle);
    }
  }

  #forecast(group: number, cycle: number): void {
    const { wholePeriods, cyclesToCompletion } = this.#service.forecast(this.#members, this.#gather(group));
    this.#start[group] = cycle;
    this.#wholePeriods[group] = wholePeriods;
    this.#completion[group] = cycle + cyclesToCompletion;
    this.#events.schedule(this.#firstGroupEntity + group, cycle + cyclesToCompletion);
  }
}
