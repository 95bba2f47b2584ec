import type { BeatColumns } from "./beat-columns.ts";
import { type BeatStandings, standing } from "./beat-standings.ts";
import { type Column, restoreColumns, type SavedColumns, saveColumns } from "./columns.ts";
import type { EventQueue } from "./event-queue.ts";
import type { GroupService } from "./group-service.ts";
import type { PortGroups } from "./port-groups.ts";
import type { PortUsers } from "./port-users.ts";
import { sortAscending } from "./unit-lists.ts";

const none = -1;

/** What happens to groups when transfers join and leave: they grow, become one, fall apart, and begin their rotation anew. */
export class GroupChanges {
  readonly #columns: BeatColumns;
  readonly #users: PortUsers;
  readonly #standings: BeatStandings;
  readonly #groups: PortGroups;
  readonly #service: GroupService;
  readonly #events: EventQueue;
  readonly #firstEntity: number;
  /** Groups whose members change in this cycle, and those whose members may not all hang together any more. */
  readonly #changed: Uint8Array;
  readonly #mayFallApart: Uint8Array;
  readonly #list: Int32Array;
  #count = 0;
  // Scratch: what has been found while looking at one thing after another.
  readonly #found: Int32Array;
  readonly #isFound: Uint8Array;
  readonly #seenPorts: Int32Array;
  readonly #isSeen: Uint8Array;
  #seenCount = 0;

  /** Groups are entities of the event queue, numbered from `firstEntity` on. */
  constructor(
    moverCount: number,
    columns: BeatColumns,
    users: PortUsers,
    standings: BeatStandings,
    groups: PortGroups,
    service: GroupService,
    events: EventQueue,
    firstEntity: number,
  ) {
    const portCount = columns.portWidths.length;
    this.#columns = columns;
    this.#users = users;
    this.#standings = standings;
    this.#groups = groups;
    this.#service = service;
    this.#events = events;
    this.#firstEntity = firstEntity;
    this.#changed = new Uint8Array(moverCount);
    this.#mayFallApart = new Uint8Array(moverCount);
    this.#list = new Int32Array(moverCount);
    this.#found = new Int32Array(moverCount);
    this.#isFound = new Uint8Array(moverCount);
    this.#seenPorts = new Int32Array(portCount);
    this.#isSeen = new Uint8Array(portCount);
  }

  get isEmpty(): boolean {
    return this.#count === 0;
  }

  isChanged(group: number): boolean {
    return this.#changed[group] === 1;
  }

  /** Takes a transfer, which uses its ports no more, out of its group. */
  leave(mover: number): void {
    const group = this.#groups.of(mover);
    this.#groups.remove(mover);
    this.#mark(group);
    if (this.#joinedOthers(mover)) this.#mayFallApart[group] = 1;
  }

  /** Serves the groups that have lost members up to this cycle. */
  endAll(cycle: number): void {
    for (let index = 0; index < this.#count; index++) {
      const group = this.#list[index] ?? 0;
      if (this.#changed[group] === 1) this.#service.end(group, cycle);
    }
  }

  /** Sets a joining transfer free, or finds its group: of all with which it hangs together one is made. */
  join(mover: number, cycle: number): void {
    if (this.#groups.of(mover) !== none) return;
    const count = this.#columns.portCountOf(mover);
    for (let index = 0; index < count; index++) {
      if (!this.#leadsToGroup(this.#columns.portOf(mover, index))) continue;
      this.#gather(mover, cycle);
      return;
    }
    this.#standings.setFree(mover, cycle);
  }

  /** Begins the rotation of the groups that have changed. */
  beginAll(cycle: number): void {
    while (this.#count > 0) {
      const group = this.#list[--this.#count] ?? 0;
      if (this.#changed[group] === 0) continue;
      if (this.#mayFallApart[group] === 1) {
        const count = this.#groups.split(group, cycle, this.#found);
        for (let index = 0; index < count; index++) this.#mark(this.#found[index] ?? 0);
      }
      this.#forget(group);
      const completion = this.#service.begin(group, cycle);
      if (completion < Number.POSITIVE_INFINITY) this.#events.schedule(this.#firstEntity + group, completion);
      else this.#end(group);
    }
  }

  clear(): void {
    this.#changed.fill(0);
    this.#mayFallApart.fill(0);
    this.#count = 0;
  }

  save(): SavedColumns {
    return [Int32Array.of(this.#count), ...saveColumns(this.#stateColumns)];
  }

  restore([count, ...columns]: SavedColumns): void {
    this.#count = count?.[0] ?? 0;
    restoreColumns(this.#stateColumns, columns);
  }

  get #stateColumns(): readonly Column[] {
    return [this.#changed, this.#mayFallApart, this.#list];
  }

  #mark(group: number): void {
    if (this.#changed[group] === 1) return;
    this.#changed[group] = 1;
    this.#list[this.#count++] = group;
  }

  #forget(group: number): void {
    this.#changed[group] = 0;
    this.#mayFallApart[group] = 0;
  }

  /** Whether several of the ports that a transfer has used have other users. */
  #joinedOthers(mover: number): boolean {
    let previous = none;
    let count = 0;
    const ports = this.#columns.portCountOf(mover);
    for (let index = 0; index < ports; index++) {
      const port = this.#columns.portOf(mover, index);
      if (port !== previous && this.#users.firstOf(port) !== none) count++;
      previous = port;
    }
    return count > 1;
  }

  /** Whether a port is tight, or one of its users is in a group, so that who joins there belongs to a group. */
  #leadsToGroup(port: number): boolean {
    if (this.#users.isTight(port)) return true;
    // All users of a port are in one group, or none is; those that are loose say nothing.
    for (let place = this.#users.firstOf(port); place !== none; place = this.#users.after(place)) {
      const user = this.#users.userAt(place);
      if (this.#groups.of(user) !== none) return true;
      if (!this.#standings.is(user, standing.loose)) return false;
    }
    return false;
  }

  /** Puts a transfer, and those in no group with which it hangs together, into the group that it meets or a new one. */
  #gather(mover: number, cycle: number): void {
    let group = none;
    let count = this.#include(mover, 0);
    for (let index = 0; index < count; index++) {
      const member = this.#found[index] ?? 0;
      const ports = this.#columns.portCountOf(member);
      for (let which = 0; which < ports; which++) {
        const port = this.#columns.portOf(member, which);
        if (this.#isSeen[port] === 1) continue;
        this.#isSeen[port] = 1;
        this.#seenPorts[this.#seenCount++] = port;
        const other = this.#groupAt(port);
        if (other === none) count = this.#includeUsers(port, count);
        // Whoever else uses this port and is in no group joins it in this cycle, and finds its group itself.
        else group = this.#meet(group, other, cycle);
      }
    }
    for (let index = 0; index < count; index++) this.#isFound[this.#found[index] ?? 0] = 0;
    while (this.#seenCount > 0) this.#isSeen[this.#seenPorts[--this.#seenCount] ?? 0] = 0;
    if (group === none) group = this.#groups.open(cycle);
    sortAscending(this.#found, count);
    this.#groups.add(group, this.#found, count);
    this.#mark(group);
  }

  /** The group of those users of a port that are in one; -1 if none is. */
  #groupAt(port: number): number {
    for (let place = this.#users.firstOf(port); place !== none; place = this.#users.after(place)) {
      const group = this.#groups.of(this.#users.userAt(place));
      if (group !== none) return group;
    }
    return none;
  }

  #includeUsers(port: number, count: number): number {
    let included = count;
    for (let place = this.#users.firstOf(port); place !== none; place = this.#users.after(place)) {
      const user = this.#users.userAt(place);
      if (this.#isFound[user] === 0) included = this.#include(user, included);
    }
    return included;
  }

  #include(mover: number, count: number): number {
    this.#isFound[mover] = 1;
    this.#found[count] = mover;
    return count + 1;
  }

  /** Makes one group of two, the first of which may be none; returns its number. */
  #meet(group: number, other: number, cycle: number): number {
    if (group === other) return group;
    this.#service.end(other, cycle);
    if (group === none) return other;
    this.#groups.absorb(group, other);
    this.#mayFallApart[group] = Math.max(this.#mayFallApart[group] ?? 0, this.#mayFallApart[other] ?? 0);
    this.#forget(other);
    this.#events.cancel(this.#firstEntity + other);
    return group;
  }

  /** A group without parts is none: nobody slows its members down. */
  #end(group: number): void {
    this.#events.cancel(this.#firstEntity + group);
    this.#groups.dissolve(group);
  }
}
