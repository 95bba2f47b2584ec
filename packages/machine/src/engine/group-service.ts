import { type Column, restoreColumns, type SavedColumns, saveColumns } from "./columns.ts";
import type { PartService } from "./part-service.ts";
import type { PortGroups } from "./port-groups.ts";
import type { StateVector } from "./state-vector.ts";

const none = -1;

/**
 * When the next member of a group completes, and what happens to its parts until then. A change of one part begins the rotation of
 * all others anew, but most of them are far from a completion: each knows a cycle before which it has none in any rotation, and is
 * looked at only when that comes before the first completion that is known.
 */
export class GroupService {
  readonly #groups: PortGroups;
  readonly #service: PartService;
  /** By group: cycle of its next completion. */
  readonly #completion: Float64Array;
  // By part.
  /** Cycle before which it has no completion, however its group changes. */
  readonly #notBefore: Float64Array;
  /** Cycle of its first completion in the present rotation; Infinity if that is not the group's next one. */
  readonly #due: Float64Array;

  constructor(moverCount: number, groups: PortGroups, service: PartService) {
    this.#groups = groups;
    this.#service = service;
    this.#completion = new Float64Array(moverCount);
    this.#notBefore = new Float64Array(moverCount);
    this.#due = new Float64Array(moverCount);
  }

  /** A part has members of which nothing is known. */
  forget(part: number): void {
    this.#notBefore[part] = Number.NEGATIVE_INFINITY;
  }

  /** Begins a group's rotation; returns the cycle of its next completion, Infinity for a group without parts. */
  begin(group: number, cycle: number): number {
    const groups = this.#groups;
    groups.begin(group, cycle);
    // First the part that may complete first, because then there are few others to look at.
    let likely = none;
    let least = Number.POSITIVE_INFINITY;
    for (let part = groups.firstPartOf(group); part !== none; part = groups.partAfter(part)) {
      const notBefore = this.#notBefore[part] ?? 0;
      if (notBefore >= least) continue;
      likely = part;
      least = notBefore;
    }
    if (likely === none) return Number.POSITIVE_INFINITY;
    let soonest = this.#look(group, likely, Number.POSITIVE_INFINITY);
    for (let part = groups.firstPartOf(group); part !== none; part = groups.partAfter(part)) {
      if (part !== likely) soonest = Math.min(soonest, this.#look(group, part, soonest));
    }
    this.#completion[group] = soonest;
    return soonest;
  }

  /** Serves a group up to a cycle before its next completion, for another rotation to begin there. */
  end(group: number, cycle: number): void {
    const cycles = cycle - this.#groups.startOf(group);
    if (cycles === 0) return;
    const period = this.#groups.periodOf(group);
    for (let part = this.#groups.firstPartOf(group); part !== none; part = this.#groups.partAfter(part)) {
      this.#service.serve(part, cycles, period);
    }
    this.#groups.end(group, cycle);
  }

  /** Serves a group up to its next completion: lists the parts that have one and returns their count. */
  complete(group: number, parts: Int32Array): number {
    const completion = this.#completion[group] ?? 0;
    const cycles = completion - this.#groups.startOf(group);
    const period = this.#groups.periodOf(group);
    let count = 0;
    for (let part = this.#groups.firstPartOf(group); part !== none; part = this.#groups.partAfter(part)) {
      if (this.#due[part] === completion) {
        this.#service.complete(part, cycles, period);
        parts[count++] = part;
      } else this.#service.serve(part, cycles, period);
    }
    this.#groups.end(group, completion);
    return count;
  }

  describe(group: number, state: StateVector): void {
    state.addTime(this.#completion[group] ?? 0);
  }

  /** Puts everything off by so many cycles. */
  delay(cycles: number): void {
    for (const column of [this.#completion, this.#notBefore, this.#due]) {
      for (let row = 0; row < column.length; row++) column[row] = (column[row] ?? 0) + cycles;
    }
  }

  save(): SavedColumns {
    return saveColumns(this.#stateColumns);
  }

  restore(saved: SavedColumns): void {
    restoreColumns(this.#stateColumns, saved);
  }

  get #stateColumns(): readonly Column[] {
    return [this.#completion, this.#notBefore, this.#due];
  }

  /** The first completion of a part if that is not after a cycle, else Infinity. */
  #look(group: number, part: number, latest: number): number {
    this.#due[part] = Number.POSITIVE_INFINITY;
    if ((this.#notBefore[part] ?? 0) > latest) return Number.POSITIVE_INFINITY;
    const start = this.#groups.startOf(group);
    this.#service.take(part);
    // A part alone in its group is looked at in any case.
    const isAlone = this.#groups.firstPartOf(group) === part && this.#groups.partAfter(part) === none;
    const notBefore = isAlone ? Number.NEGATIVE_INFINITY : start + this.#service.leastCycles();
    this.#notBefore[part] = notBefore;
    if (notBefore > latest) return Number.POSITIVE_INFINITY;
    const due = start + this.#service.cyclesToCompletion(this.#groups.periodOf(group), latest - start);
    this.#due[part] = due;
    return due;
  }
}
