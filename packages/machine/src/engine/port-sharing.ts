import { BeatColumns } from "./beat-columns.ts";
import { type Column, restoreColumns, type SavedColumns, saveColumns } from "./columns.ts";
import type { EventQueue } from "./event-queue.ts";
import { GroupService } from "./group-service.ts";
import { PartService } from "./part-service.ts";
import { PortGroups, type SavedPortGroups } from "./port-groups.ts";
import { PortParts, type SavedPortParts } from "./port-parts.ts";
import { PortUsers } from "./port-users.ts";
import type { StateVector } from "./state-vector.ts";
import { removeFrom, sortAscending } from "./unit-lists.ts";

const none = -1;

/** Where a transfer in its beat phase stands. */
const standing = {
  /** Not in its beat phase. */
  absent: 0,
  /** It joined, or its part is being formed anew. */
  loose: 1,
  /** Nobody slows it down: it has an event of its own. It may be in a group. */
  free: 2,
  /** It shares a tight port, directly or through others: it is in a part of a group. */
  served: 3,
} as const;

export type SavedPortSharing = {
  readonly columns: readonly SavedColumns[];
  readonly groups: SavedPortGroups;
  readonly parts: SavedPortParts;
  /** Of changed groups, thinned parts and joining transfers. */
  readonly counts: readonly [number, number, number];
};

/**
 * Which transfers share ports with which (timing rules 10 and 11). Transfers in their beat phase that share a port,
 * directly or through others, form a group. Where every port of a group has enough for all its users at full speed, each
 * goes on as if alone, whatever the rotation: no group is kept then. In a group with a tight port this holds for members that use
 * none; they are free, each with an event of its own. The others are served part by part (PortParts), and their group has one
 * event, the next completion in any of its parts. The rotation begins anew when a transfer joins or leaves; parts
 * are formed anew only around the ports of such transfers.
 *
 * Changes of a cycle (`join`, `complete`, `drop`) are gathered and take effect in `regroup`, before the cycle's grants.
 */
export class PortSharing {
  readonly columns: BeatColumns;
  readonly #users: PortUsers;
  readonly #parts: PortParts;
  readonly #groups: PortGroups;
  readonly #partService: PartService;
  readonly #groupService: GroupService;
  readonly #events: EventQueue;
  readonly #firstGroupEntity: number;
  // By engine number.
  readonly #standing: Uint8Array;
  /** Cycle at which a free transfer had what `remaining` says. */
  readonly #freeSince: Float64Array;
  /** Transfers that join in this cycle. */
  readonly #joining: Int32Array;
  #joiningCount = 0;
  /** Groups whose members change in this cycle, and those whose members may not all hang together any more. */
  readonly #changed: Uint8Array;
  readonly #mayFallApart: Uint8Array;
  readonly #changedGroups: Int32Array;
  #changedCount = 0;
  /** Parts that have lost a member in this cycle. */
  readonly #thinned: Uint8Array;
  readonly #thinnedParts: Int32Array;
  #thinnedCount = 0;
  /** Scratch: loose transfers that have been in a part or are to be in one. */
  readonly #unplaced: Int32Array;
  #unplacedCount = 0;
  /** Scratch: what has been found while looking at one thing after another. */
  readonly #found: Int32Array;
  readonly #isFound: Uint8Array;
  readonly #isSeen: Uint8Array;
  readonly #seenPorts: Int32Array;

  /** Groups are entities of the event queue, numbered from `firstGroupEntity` on; transfers have their engine number. */
  constructor(moverCount: number, portWidths: Float64Array, events: EventQueue, firstGroupEntity: number) {
    const list = (): Int32Array => new Int32Array(moverCount);
    const flags = (): Uint8Array => new Uint8Array(moverCount);
    this.columns = new BeatColumns(moverCount, portWidths);
    this.#users = new PortUsers(moverCount, this.columns);
    this.#parts = new PortParts(moverCount, this.columns, this.#users);
    this.#groups = new PortGroups(moverCount, this.columns, this.#parts);
    this.#partService = new PartService(moverCount, this.columns, this.#users, this.#parts, this.#groups.turns);
    this.#groupService = new GroupService(moverCount, this.#groups, this.#partService);
    this.#events = events;
    this.#firstGroupEntity = firstGroupEntity;
    this.#standing = flags();
    this.#freeSince = new Float64Array(moverCount);
    this.#joining = list();
    this.#changed = flags();
    this.#mayFallApart = flags();
    this.#changedGroups = list();
    this.#thinned = flags();
    this.#thinnedParts = list();
    this.#unplaced = list();
    this.#found = list();
    this.#isFound = flags();
    this.#isSeen = new Uint8Array(portWidths.length);
    this.#seenPorts = new Int32Array(portWidths.length);
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
    columns.rateAlone[mover] = columns.aloneRate(source, destination, width);
    columns.remaining[mover] = units;
    this.#users.add(mover);
    this.#standing[mover] = standing.loose;
    this.#joining[this.#joiningCount++] = mover;
  }

  /** A free transfer's completion has come. */
  completeFree(mover: number): void {
    this.#leave(mover);
  }

  /** A group's completion has come: appends the engines that are done to `done` and returns the new count. */
  complete(groupEntity: number, done: Int32Array, count: number): number {
    const parts = this.#found;
    const partCount = this.#groupService.complete(groupEntity - this.#firstGroupEntity, parts);
    let doneCount = count;
    for (let index = 0; index < partCount; index++) {
      for (let mover = this.#parts.firstOf(parts[index] ?? 0); mover !== none; ) {
        const next = this.#parts.after(mover);
        if (this.columns.remaining[mover] === 0) {
          this.#leave(mover);
          done[doneCount++] = mover;
        }
        mover = next;
      }
    }
    return doneCount;
  }

  /** Takes a transfer out before it is complete, at a cycle not after its next event. */
  drop(mover: number, cycle: number): void {
    const group = this.#groups.of(mover);
    if (this.#standing[mover] === standing.free) this.#events.cancel(mover);
    else if (group === none) this.#joiningCount = removeFrom(this.#joining, this.#joiningCount, mover);
    else {
      this.#groupService.end(group, cycle);
      this.#partService.settle(this.#parts.of(mover));
    }
    this.#leave(mover);
  }

  /** Sets free who has enough of its ports, and begins the rotation of groups anew in which transfers joined or left in this cycle. */
  regroup(cycle: number): void {
    if (this.#joiningCount === 0 && this.#changedCount === 0) return;
    for (let index = 0; index < this.#changedCount; index++) {
      const group = this.#changedGroups[index] ?? 0;
      if (this.#changed[group] === 1) this.#groupService.end(group, cycle);
    }
    for (let index = 0; index < this.#joiningCount; index++) this.#findGroup(this.#joining[index] ?? 0, cycle);
    while (this.#thinnedCount > 0) {
      const part = this.#thinnedParts[--this.#thinnedCount] ?? 0;
      if (this.#thinned[part] === 1) this.#review(part);
    }
    for (let index = 0; index < this.#joiningCount; index++) this.#findPart(this.#joining[index] ?? 0, cycle);
    this.#joiningCount = 0;
    this.#formParts(cycle);
    while (this.#changedCount > 0) {
      const group = this.#changedGroups[--this.#changedCount] ?? 0;
      if (this.#changed[group] === 1) this.#begin(group, cycle);
    }
  }

  /** A cycle before which the transfer cannot be complete, whoever joins its group. */
  earliestCompletion(mover: number): number {
    const isFree = this.#standing[mover] === standing.free;
    if (!isFree) this.#partService.settle(this.#parts.of(mover));
    const start = isFree ? this.#freeSince[mover] : this.#groups.startOf(this.#groups.of(mover));
    const { remaining, rateAlone } = this.columns;
    return (start ?? 0) + Math.ceil((remaining[mover] ?? 0) / (rateAlone[mover] ?? 1));
  }

  /** What a transfer in its beat phase has left, since when, and with whom it is served. */
  describe(mover: number, state: StateVector): void {
    const { remaining } = this.columns;
    state.add(this.#standing[mover] ?? standing.absent);
    if (this.#standing[mover] === standing.absent) return;
    if (this.#standing[mover] === standing.free) state.addTime(this.#freeSince[mover] ?? 0);
    if (this.#standing[mover] === standing.served) this.#partService.settle(this.#parts.of(mover));
    state.add(remaining[mover] ?? 0);
    const group = this.#groups.of(mover);
    state.add(group === none ? none : (this.#changed[group] ?? 0));
    if (group === none) return;
    this.#groups.describe(group, state);
    if (this.#changed[group] === 0) this.#groupService.describe(group, state);
  }

  /** Puts everything off by so many cycles. */
  delay(cycles: number): void {
    const since = this.#freeSince;
    for (let mover = 0; mover < since.length; mover++) since[mover] = (since[mover] ?? 0) + cycles;
    this.#groups.delay(cycles);
    this.#groupService.delay(cycles);
  }

  clear(): void {
    this.#users.clear();
    this.#parts.clear();
    this.#groups.clear();
    this.#partService.clear();
    for (const flags of [this.#standing, this.#changed, this.#mayFallApart, this.#thinned]) flags.fill(0);
    this.#joiningCount = 0;
    this.#changedCount = 0;
    this.#thinnedCount = 0;
  }

  save(): SavedPortSharing {
    return {
      columns: [...this.#savingColumns.map((each) => each.save()), saveColumns(this.#stateColumns)],
      groups: this.#groups.save(),
      parts: this.#parts.save(),
      counts: [this.#changedCount, this.#thinnedCount, this.#joiningCount],
    };
  }

  restore({ columns, groups, parts, counts }: SavedPortSharing): void {
    for (const [index, each] of this.#savingColumns.entries()) each.restore(columns[index] ?? []);
    restoreColumns(this.#stateColumns, columns[this.#savingColumns.length] ?? []);
    this.#groups.restore(groups);
    this.#parts.restore(parts);
    [this.#changedCount, this.#thinnedCount, this.#joiningCount] = counts;
  }

  get #savingColumns(): readonly [BeatColumns, PortUsers, PartService, GroupService] {
    return [this.columns, this.#users, this.#partService, this.#groupService];
  }

  get #stateColumns(): readonly Column[] {
    const lists = [this.#joining, this.#changedGroups, this.#thinnedParts];
    return [this.#standing, this.#freeSince, this.#changed, this.#mayFallApart, this.#thinned, ...lists];
  }

  /** Takes a transfer out of everything; its part, if it is in one, is settled. */
  #leave(mover: number): void {
    this.#users.remove(mover);
    const wasServed = this.#standing[mover] === standing.served;
    this.#standing[mover] = standing.absent;
    const group = this.#groups.of(mover);
    if (group === none) return;
    this.#groups.remove(mover);
    this.#markChanged(group);
    if (this.#joinsPorts(mover)) this.#mayFallApart[group] = 1;
    if (!wasServed) return;
    const part = this.#parts.of(mover);
    if (this.#parts.remove(mover)) this.#thinned[part] = 0;
    else if (this.#thinned[part] === 0) {
      this.#thinned[part] = 1;
      this.#thinnedParts[this.#thinnedCount++] = part;
    }
  }

  /** Whether several of the ports of a transfer have other users. */
  #joinsPorts(mover: number): boolean {
    let previous = none;
    let count = 0;
    for (const ports of this.columns.ports) {
      const port = ports[mover] ?? none;
      if (port !== none && port !== previous && this.#users.firstOf(port) !== none) count++;
      previous = port;
    }
    return count > 1;
  }

  #markChanged(group: number): void {
    if (this.#changed[group] === 1) return;
    this.#changed[group] = 1;
    this.#changedGroups[this.#changedCount++] = group;
  }

  #setFree(mover: number, cycle: number): void {
    this.#standing[mover] = standing.free;
    this.#freeSince[mover] = cycle;
    const { remaining, rateAlone } = this.columns;
    this.#events.schedule(mover, cycle + Math.ceil((remaining[mover] ?? 0) / (rateAlone[mover] ?? 1)));
  }

  /** Whether a port is tight, or one of its users is in a group, so that who joins there belongs to a group. */
  #leadsToGroup(port: number): boolean {
    if (port === none) return false;
    if (this.#users.isTight(port)) return true;
    // All users of a port are in one group, or none is; those that are loose say nothing.
    for (let place = this.#users.firstOf(port); place !== none; place = this.#users.after(place)) {
      const user = this.#users.userAt(place);
      if (this.#groups.of(user) !== none) return true;
      if (this.#standing[user] !== standing.loose) return false;
    }
    return false;
  }

  /** Sets a joining transfer free, or finds its group: of all with which it hangs together one is made. */
  #findGroup(mover: number, cycle: number): void {
    if (this.#groups.of(mover) !== none) return;
    const { sourcePort, destinationPort, firstLink, secondLink } = this.columns;
    const isGrouped =
      this.#leadsToGroup(sourcePort[mover] ?? 0) ||
      this.#leadsToGroup(destinationPort[mover] ?? 0) ||
      this.#leadsToGroup(firstLink[mover] ?? none) ||
      this.#leadsToGroup(secondLink[mover] ?? none);
    if (!isGrouped) {
      this.#setFree(mover, cycle);
      return;
    }
    let group = none;
    let portCount = 0;
    let count = this.#include(mover, 0);
    for (let index = 0; index < count; index++) {
      for (const ports of this.columns.ports) {
        const port = ports[this.#found[index] ?? 0] ?? none;
        if (port === none || this.#isSeen[port] === 1) continue;
        this.#isSeen[port] = 1;
        this.#seenPorts[portCount++] = port;
        for (let place = this.#users.firstOf(port); place !== none; place = this.#users.after(place)) {
          const user = this.#users.userAt(place);
          const other = this.#groups.of(user);
          if (other !== none) {
            group = this.#meet(group, other, cycle);
            // Whoever else uses this port and is in no group joins it in this cycle, and finds its group itself.
            break;
          }
          if (this.#isFound[user] === 0) count = this.#include(user, count);
        }
      }
    }
    for (let index = 0; index < portCount; index++) this.#isSeen[this.#seenPorts[index] ?? 0] = 0;
    for (let index = 0; index < count; index++) this.#isFound[this.#found[index] ?? 0] = 0;
    if (group === none) group = this.#groups.open(cycle);
    sortAscending(this.#found, count);
    this.#groups.add(group, this.#found, count);
    this.#markChanged(group);
  }

  #include(mover: number, count: number): number {
    this.#isFound[mover] = 1;
    this.#found[count] = mover;
    return count + 1;
  }

  /** Makes one group of two, the first of which may be none; returns its number. */
  #meet(group: number, other: number, cycle: number): number {
    if (group === other) return group;
    this.#groupService.end(other, cycle);
    if (group === none) return other;
    this.#groups.absorb(group, other);
    this.#mayFallApart[group] = Math.max(this.#mayFallApart[group] ?? 0, this.#mayFallApart[other] ?? 0);
    this.#mayFallApart[other] = 0;
    this.#changed[other] = 0;
    this.#events.cancel(this.#firstGroupEntity + other);
    return group;
  }

  /** Dissolves a part that has lost a member, unless all others still share its tight port. */
  #review(part: number): void {
    this.#thinned[part] = 0;
    const port = this.#parts.onlyPortOf(part);
    if (port === none || !this.#users.isTight(port)) this.#dissolvePart(part);
  }

  #dissolvePart(part: number): void {
    this.#partService.settle(part);
    const first = this.#unplacedCount;
    this.#unplacedCount = this.#parts.dissolve(part, this.#unplaced, first);
    this.#thinned[part] = 0;
    for (let index = first; index < this.#unplacedCount; index++) {
      this.#standing[this.#unplaced[index] ?? 0] = standing.loose;
    }
  }

  /** Sets a joining transfer free, puts it into a part, or looses all with whom it is to be in one. */
  #findPart(mover: number, cycle: number): void {
    if (this.#standing[mover] !== standing.loose) return;
    let tight = none;
    let isOne = true;
    for (const ports of this.columns.ports) {
      const port = ports[mover] ?? none;
      if (port === none || !this.#users.isTight(port)) continue;
      isOne &&= tight === none || tight === port;
      tight = port;
    }
    const part = isOne && tight !== none ? this.#parts.at(tight) : none;
    if (tight === none) this.#setFree(mover, cycle);
    else if (part !== none) {
      this.#partService.settle(part);
      this.#parts.insert(part, mover);
      this.#groupService.forget(part);
      this.#standing[mover] = standing.served;
    } else {
      for (const ports of this.columns.ports) this.#loosenUsers(ports[mover] ?? none, cycle);
      this.#unplaced[this.#unplacedCount++] = mover;
    }
  }

  /** Looses the users of a tight port. */
  #loosenUsers(port: number, cycle: number): void {
    if (port === none || !this.#users.isTight(port)) return;
    for (let place = this.#users.firstOf(port); place !== none; place = this.#users.after(place)) {
      const user = this.#users.userAt(place);
      if (this.#standing[user] === standing.served) this.#dissolvePart(this.#parts.of(user));
      else if (this.#standing[user] === standing.free) {
        const { remaining, rateAlone } = this.columns;
        const moved = (rateAlone[user] ?? 0) * (cycle - (this.#freeSince[user] ?? 0));
        remaining[user] = (remaining[user] ?? 0) - moved;
        this.#events.cancel(user);
        this.#standing[user] = standing.loose;
        this.#unplaced[this.#unplacedCount++] = user;
      }
    }
  }

  /** Puts the loose transfers into parts; those without a tight port are free. */
  #formParts(cycle: number): void {
    sortAscending(this.#unplaced, this.#unplacedCount);
    let count = 0;
    for (let index = 0; index < this.#unplacedCount; index++) {
      const mover = this.#unplaced[index] ?? 0;
      if (this.#hasTightPort(mover)) this.#unplaced[count++] = mover;
      else this.#setFree(mover, cycle);
    }
    this.#unplacedCount = 0;
    this.#parts.form(this.#unplaced, count);
    for (let index = 0; index < count; index++) {
      const mover = this.#unplaced[index] ?? 0;
      this.#standing[mover] = standing.served;
      this.#groupService.forget(this.#parts.of(mover));
    }
  }

  #hasTightPort(mover: number): boolean {
    for (const ports of this.columns.ports) {
      const port = ports[mover] ?? none;
      if (port !== none && this.#users.isTight(port)) return true;
    }
    return false;
  }

  /** Begins the rotation of a changed group, and of those into which it falls. */
  #begin(group: number, cycle: number): void {
    if (this.#mayFallApart[group] === 1) {
      const count = this.#groups.split(group, cycle, this.#found);
      for (let index = 0; index < count; index++) this.#markChanged(this.#found[index] ?? 0);
    }
    this.#changed[group] = 0;
    this.#mayFallApart[group] = 0;
    const completion = this.#groupService.begin(group, cycle);
    const entity = this.#firstGroupEntity + group;
    if (completion < Number.POSITIVE_INFINITY) this.#events.schedule(entity, completion);
    else {
      this.#events.cancel(entity);
      this.#groups.dissolve(group);
    }
  }
}
