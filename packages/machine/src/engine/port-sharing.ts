import type { LinkLists, LinkRange } from "../interconnect/link-lists.ts";
import { BeatColumns } from "./beat-columns.ts";
import { BeatStandings, standing } from "./beat-standings.ts";
import { type Column, restoreColumns, type SavedColumns, saveColumns } from "./columns.ts";
import { ConnectedPorts } from "./connected-ports.ts";
import type { EventQueue } from "./event-queue.ts";
import { GroupChanges } from "./group-changes.ts";
import { GroupService } from "./group-service.ts";
import { PartChanges } from "./part-changes.ts";
import { PartService } from "./part-service.ts";
import { PortGroups, type SavedPortGroups } from "./port-groups.ts";
import { PortParts, type SavedPortParts } from "./port-parts.ts";
import { PortUsers } from "./port-users.ts";
import type { StateVector } from "./state-vector.ts";
import { removeFrom } from "./unit-lists.ts";

const none = -1;

export type SavedPortSharing = {
  readonly tables: readonly SavedColumns[];
  readonly groups: SavedPortGroups;
  readonly parts: SavedPortParts;
  readonly joining: SavedColumns;
  readonly joiningCount: number;
};

/** Ports by number: those of memories and those of links. */
export type SharedPorts = {
  /** Units that each moves per cycle. */
  readonly widths: Float64Array;
  readonly links: LinkLists;
  /** Most links on the way of a transfer. */
  readonly mostLinks: number;
};

/**
 * Which transfers share ports with which (timing rules 10 and 11). Transfers in their beat phase that share a port,
 * directly or through others, form a group. Where every port of a group has enough for all its users at full speed, each
 * goes on as if alone, whatever the rotation: no group is kept then. In a group with a tight port this holds for the members that
 * use none; they are free, each with an event of its own. The others are served part by part (PortParts), and their group has one
 * event, the next completion in any of its parts. The rotation begins anew when a transfer joins or leaves; parts are formed anew
 * only around the ports of such transfers.
 *
 * Changes of a cycle (`join`, `complete`, `drop`) are gathered and take effect in `regroup`, before the cycle's grants.
 */
export class PortSharing {
  readonly columns: BeatColumns;
  readonly #users: PortUsers;
  readonly #standings: BeatStandings;
  readonly #parts: PortParts;
  readonly #groups: PortGroups;
  readonly #partService: PartService;
  readonly #groupService: GroupService;
  readonly #partChanges: PartChanges;
  readonly #groupChanges: GroupChanges;
  readonly #events: EventQueue;
  readonly #firstGroupEntity: number;
  /** Transfers that join in this cycle. */
  readonly #joining: Int32Array;
  #joiningCount = 0;
  /** Scratch: parts in which somebody is done. */
  readonly #doneParts: Int32Array;

  /** Groups are entities of the event queue, numbered from `firstGroupEntity` on; transfers have their engine number. */
  constructor(ports: SharedPorts, moverCount: number, events: EventQueue, firstGroupEntity: number) {
    const columns = new BeatColumns(moverCount, ports.widths, ports.links);
    const users = new PortUsers(moverCount, columns, ports.mostLinks);
    const standings = new BeatStandings(moverCount, columns, events);
    const parts = new PortParts(moverCount, columns, users);
    const groups = new PortGroups(moverCount, parts, new ConnectedPorts(columns, users));
    const partService = new PartService(moverCount, columns, users, parts, groups.turns);
    const groupService = new GroupService(moverCount, groups, partService);
    const services = { groups: groupService, parts: partService };
    this.columns = columns;
    this.#users = users;
    this.#standings = standings;
    this.#parts = parts;
    this.#groups = groups;
    this.#partService = partService;
    this.#groupService = groupService;
    this.#partChanges = new PartChanges(moverCount, columns, users, standings, groups, parts, services);
    this.#groupChanges = new GroupChanges(
      moverCount,
      columns,
      users,
      standings,
      groups,
      groupService,
      events,
      firstGroupEntity,
    );
    this.#events = events;
    this.#firstGroupEntity = firstGroupEntity;
    this.#joining = new Int32Array(moverCount);
    this.#doneParts = new Int32Array(moverCount);
  }

  /** A transfer of `units` enters its beat phase, in which it uses two ports and those of the links on its way. */
  join(mover: number, source: number, destination: number, links: LinkRange, width: number, units: number): void {
    const { columns } = this;
    columns.setPorts(mover, source, destination, links);
    columns.width[mover] = width;
    columns.rateAlone[mover] = columns.aloneRate(source, destination, width);
    columns.remaining[mover] = units;
    this.#users.add(mover);
    this.#standings.set(mover, standing.loose);
    this.#joining[this.#joiningCount++] = mover;
  }

  /** A free transfer's completion has come. */
  completeFree(mover: number): void {
    this.#leave(mover);
  }

  /** A group's completion has come: appends the engines that are done to `done` and returns the new count. */
  complete(groupEntity: number, done: Int32Array, count: number): number {
    const partCount = this.#groupService.complete(groupEntity - this.#firstGroupEntity, this.#doneParts);
    let doneCount = count;
    for (let index = 0; index < partCount; index++) {
      for (let mover = this.#parts.firstOf(this.#doneParts[index] ?? 0); mover !== none; ) {
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
    if (this.#standings.is(mover, standing.free)) this.#events.cancel(mover);
    else if (this.#standings.is(mover, standing.loose)) {
      this.#joiningCount = removeFrom(this.#joining, this.#joiningCount, mover);
    } else {
      this.#groupService.end(this.#groups.of(mover), cycle);
      this.#partService.settle(this.#parts.of(mover));
    }
    this.#leave(mover);
  }

  /** Brings groups and parts up to date where transfers joined or left in this cycle, and begins the rotation of such groups anew. */
  regroup(cycle: number): void {
    if (this.#joiningCount === 0 && this.#groupChanges.isEmpty) return;
    this.#groupChanges.endAll(cycle);
    for (let index = 0; index < this.#joiningCount; index++) {
      this.#groupChanges.join(this.#joining[index] ?? 0, cycle);
    }
    if (this.#groupChanges.isEmpty) {
      this.#joiningCount = 0;
      return;
    }
    this.#partChanges.reviewAll();
    for (let index = 0; index < this.#joiningCount; index++) {
      this.#partChanges.join(this.#joining[index] ?? 0, cycle);
    }
    this.#joiningCount = 0;
    this.#partChanges.form(cycle);
    this.#groupChanges.beginAll(cycle);
  }

  /** A cycle before which the transfer cannot be complete, whoever joins its group. */
  earliestCompletion(mover: number): number {
    if (!this.#standings.is(mover, standing.served)) return this.#standings.completionOf(mover);
    this.#partService.settle(this.#parts.of(mover));
    const { remaining, rateAlone } = this.columns;
    const start = this.#groups.startOf(this.#groups.of(mover));
    return start + Math.ceil((remaining[mover] ?? 0) / (rateAlone[mover] ?? 1));
  }

  /** What a transfer in its beat phase has left, since when, and with whom it is served. */
  describe(mover: number, state: StateVector): void {
    this.#standings.describe(mover, state);
    if (this.#standings.is(mover, standing.absent)) return;
    if (this.#standings.is(mover, standing.served)) this.#partService.settle(this.#parts.of(mover));
    state.add(this.columns.remaining[mover] ?? 0);
    const group = this.#groups.of(mover);
    const isChanged = group !== none && this.#groupChanges.isChanged(group);
    state.add(group === none ? none : Number(isChanged));
    if (group === none) return;
    this.#groups.describe(group, state);
    if (!isChanged) this.#groupService.describe(group, state);
  }

  /** Puts everything off by so many cycles. */
  delay(cycles: number): void {
    this.#standings.delay(cycles);
    this.#groups.delay(cycles);
    this.#groupService.delay(cycles);
  }

  clear(): void {
    this.#users.clear();
    this.#standings.clear();
    this.#parts.clear();
    this.#groups.clear();
    this.#partService.clear();
    this.#partChanges.clear();
    this.#groupChanges.clear();
    this.#joiningCount = 0;
  }

  save(): SavedPortSharing {
    return {
      tables: this.#tables.map((table) => table.save()),
      groups: this.#groups.save(),
      parts: this.#parts.save(),
      joining: saveColumns(this.#stateColumns),
      joiningCount: this.#joiningCount,
    };
  }

  restore({ tables, groups, parts, joining, joiningCount }: SavedPortSharing): void {
    for (const [index, table] of this.#tables.entries()) table.restore(tables[index] ?? []);
    this.#groups.restore(groups);
    this.#parts.restore(parts);
    restoreColumns(this.#stateColumns, joining);
    this.#joiningCount = joiningCount;
  }

  get #tables(): readonly { save(): SavedColumns; restore(saved: SavedColumns): void }[] {
    const services = [this.#partService, this.#groupService];
    return [this.columns, this.#users, this.#standings, ...services, this.#partChanges, this.#groupChanges];
  }

  get #stateColumns(): readonly Column[] {
    return [this.#joining];
  }

  /** Takes a transfer out of everything; its part, if it is in one, is settled. */
  #leave(mover: number): void {
    this.#users.remove(mover);
    if (this.#standings.is(mover, standing.served)) this.#partChanges.leave(mover);
    this.#standings.set(mover, standing.absent);
    if (this.#groups.of(mover) !== none) this.#groupChanges.leave(mover);
  }
}
