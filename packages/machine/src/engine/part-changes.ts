import type { BeatColumns } from "./beat-columns.ts";
import { type BeatStandings, standing } from "./beat-standings.ts";
import { type Column, restoreColumns, type SavedColumns, saveColumns } from "./columns.ts";
import type { GroupService } from "./group-service.ts";
import type { PartService } from "./part-service.ts";
import type { PortGroups } from "./port-groups.ts";
import type { PortParts } from "./port-parts.ts";
import type { PortUsers } from "./port-users.ts";
import { sortAscending } from "./unit-lists.ts";

const none = -1;

/** The services that have to know of a change. */
type Services = { readonly groups: GroupService; readonly parts: PartService };

/** What happens to the parts of groups when transfers join and leave: those around their ports grow, shrink, or are formed anew. */
export class PartChanges {
  readonly #columns: BeatColumns;
  readonly #users: PortUsers;
  readonly #standings: BeatStandings;
  readonly #groups: PortGroups;
  readonly #parts: PortParts;
  readonly #services: Services;
  /** Parts that have lost a member in this cycle. */
  readonly #thinned: Uint8Array;
  readonly #list: Int32Array;
  #count = 0;
  /** Scratch: loose transfers that have been in a part or are to be in one. */
  readonly #unplaced: Int32Array;
  #unplacedCount = 0;

  constructor(
    moverCount: number,
    columns: BeatColumns,
    users: PortUsers,
    standings: BeatStandings,
    groups: PortGroups,
    parts: PortParts,
    services: Services,
  ) {
    this.#columns = columns;
    this.#users = users;
    this.#standings = standings;
    this.#groups = groups;
    this.#parts = parts;
    this.#services = services;
    this.#thinned = new Uint8Array(moverCount);
    this.#list = new Int32Array(moverCount);
    this.#unplaced = new Int32Array(moverCount);
  }

  /** Takes a transfer, which uses its ports no more, out of its part, which is settled. */
  leave(mover: number): void {
    const part = this.#parts.of(mover);
    const group = this.#groups.of(this.#parts.firstOf(part));
    const isKept = this.#parts.leaderOf(part) === none && this.#areTight(mover) && this.#parts.hasLike(mover);
    if (this.#parts.remove(mover)) {
      this.#groups.removePart(group, part);
      this.#thinned[part] = 0;
    } else if (!isKept && this.#thinned[part] === 0) {
      this.#thinned[part] = 1;
      this.#list[this.#count++] = part;
    }
  }

  /** Dissolves the parts that have lost members, unless all others still share a leading port that is tight. */
  reviewAll(): void {
    while (this.#count > 0) {
      const part = this.#list[--this.#count] ?? 0;
      if (this.#thinned[part] === 0) continue;
      this.#thinned[part] = 0;
      const leader = this.#parts.leaderOf(part);
      if (leader === none || !this.#users.isTight(leader)) this.#dissolve(part);
    }
  }

  /** Sets a joining transfer of a group free, puts it into a part, or looses all with whom it is to be in one. */
  join(mover: number, cycle: number): void {
    if (!this.#standings.is(mover, standing.loose)) return;
    const part = this.#parts.partFor(mover);
    if (part !== none) {
      this.#services.parts.settle(part);
      this.#parts.insert(part, mover);
      this.#services.groups.forget(part);
      this.#standings.set(mover, standing.served);
    } else if (this.#hasTightPort(mover)) {
      const count = this.#columns.portCountOf(mover);
      for (let index = 0; index < count; index++) this.#loosenUsers(this.#columns.portOf(mover, index), cycle);
      this.#unplaced[this.#unplacedCount++] = mover;
    } else this.#standings.setFree(mover, cycle);
  }

  /** Puts the loose transfers into parts; those without a tight port are free. */
  form(cycle: number): void {
    if (this.#unplacedCount === 0) return;
    sortAscending(this.#unplaced, this.#unplacedCount);
    let count = 0;
    for (let index = 0; index < this.#unplacedCount; index++) {
      const mover = this.#unplaced[index] ?? 0;
      if (this.#hasTightPort(mover)) this.#unplaced[count++] = mover;
      else this.#standings.setFree(mover, cycle);
    }
    this.#unplacedCount = 0;
    this.#parts.form(this.#unplaced, count);
    for (let index = 0; index < count; index++) {
      const mover = this.#unplaced[index] ?? 0;
      const part = this.#parts.of(mover);
      this.#standings.set(mover, standing.served);
      if (this.#parts.firstOf(part) !== mover) continue;
      this.#groups.addPart(this.#groups.of(mover), part);
      this.#services.groups.forget(part);
    }
  }

  clear(): void {
    this.#thinned.fill(0);
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
    return [this.#thinned, this.#list];
  }

  #dissolve(part: number): void {
    this.#services.parts.settle(part);
    this.#groups.removePart(this.#groups.of(this.#parts.firstOf(part)), part);
    const first = this.#unplacedCount;
    this.#unplacedCount = this.#parts.dissolve(part, this.#unplaced, first);
    this.#thinned[part] = 0;
    for (let index = first; index < this.#unplacedCount; index++) {
      this.#standings.set(this.#unplaced[index] ?? 0, standing.loose);
    }
  }

  /** Looses the users of a tight port. */
  #loosenUsers(port: number, cycle: number): void {
    if (!this.#users.isTight(port)) return;
    for (let place = this.#users.firstOf(port); place !== none; place = this.#users.after(place)) {
      const user = this.#users.userAt(place);
      if (this.#standings.is(user, standing.served)) this.#dissolve(this.#parts.of(user));
      else if (this.#standings.is(user, standing.free)) {
        this.#standings.loosen(user, cycle);
        this.#unplaced[this.#unplacedCount++] = user;
      }
    }
  }

  /** Whether all ports of a transfer that were tight in its part still are. */
  #areTight(mover: number): boolean {
    const count = this.#columns.portCountOf(mover);
    for (let index = 0; index < count; index++) {
      const port = this.#columns.portOf(mover, index);
      if (this.#parts.at(port) !== none && !this.#users.isTight(port)) return false;
    }
    return true;
  }

  #hasTightPort(mover: number): boolean {
    const count = this.#columns.portCountOf(mover);
    for (let index = 0; index < count; index++) {
      if (this.#users.isTight(this.#columns.portOf(mover, index))) return true;
    }
    return false;
  }
}
