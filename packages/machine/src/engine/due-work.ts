import type { UnitFaults } from "../faults/unit-faults.ts";
import type { DramWork } from "./dram-work.ts";
import type { EventQueue } from "./event-queue.ts";
import type { PortSharing } from "./port-sharing.ts";
import type { StateVector } from "./state-vector.ts";
import type { TransferWork } from "./transfer-work.ts";
import { removeFrom, sortBySequence } from "./unit-lists.ts";
import { type UnitTable, unitPhase } from "./unit-table.ts";

export type SavedDueWork = { readonly joining: Int32Array; readonly done: Int32Array };

/** What becomes due goes on to here. */
export type DueSurroundings = {
  readonly events: EventQueue;
  readonly sharing: PortSharing;
  readonly transfers: TransferWork;
  readonly dram: DramWork | undefined;
  readonly faults: UnitFaults;
};

/** The work whose turn has come in the present cycle: transfers that enter their beat phase, and what completes. */
export class DueWork {
  readonly #units: UnitTable;
  readonly #events: EventQueue;
  readonly #sharing: PortSharing;
  readonly #transfers: TransferWork;
  readonly #dram: DramWork | undefined;
  readonly #faults: UnitFaults;
  readonly #joining: Int32Array;
  #joiningCount = 0;
  readonly #done: Int32Array;
  #doneCount = 0;

  constructor(units: UnitTable, { events, sharing, transfers, dram, faults }: DueSurroundings) {
    this.#units = units;
    this.#events = events;
    this.#sharing = sharing;
    this.#transfers = transfers;
    this.#dram = dram;
    this.#faults = faults;
    this.#joining = new Int32Array(units.moverCount);
    this.#done = new Int32Array(units.unitCount);
  }

  /** Whether completions of the present round are waiting to be carried out. */
  get hasDone(): boolean {
    return this.#doneCount > 0;
  }

  get doneCount(): number {
    return this.#doneCount;
  }

  doneAt(index: number): number {
    return this.#done[index] ?? 0;
  }

  /** A mover's transfer enters its beat phase in this cycle. */
  join(mover: number): void {
    this.#joining[this.#joiningCount++] = mover;
  }

  /** A unit's work completes in this cycle. */
  complete(unit: number): void {
    this.#done[this.#doneCount++] = unit;
  }

  /** The transfers whose beat phase begins join the sharing of ports; groups that changed are formed anew. */
  grantPorts(cycle: number): void {
    for (let index = 0; index < this.#joiningCount; index++) {
      const mover = this.#joining[index] ?? 0;
      if (!this.#faults.isClean && this.#isRefused(mover, cycle)) continue;
      this.#units.phase[mover] = unitPhase.beats;
      this.#transfers.joinPorts(mover, cycle);
    }
    this.#joiningCount = 0;
    this.#sharing.regroup(cycle);
  }

  /** Takes the events of a cycle: notes whose work completes and who enters the beat phase. */
  take(cycle: number): void {
    const { unitCount, phase } = this.#units;
    while (this.#events.earliest === cycle) {
      const entity = this.#events.pop();
      if (entity >= unitCount) this.#takeGroup(entity, cycle);
      else if (phase[entity] === unitPhase.latency && this.#transfers.hasBytes(entity)) this.join(entity);
      else {
        const passes = phase[entity] === unitPhase.beats;
        if (passes) this.#sharing.completeFree(entity);
        if (passes && this.#dram?.takesOver(entity, cycle) === true) continue;
        if (!this.#isLate(entity, cycle)) this.complete(entity);
      }
    }
  }

  /** What completes in this cycle is carried out in order of issue. */
  sortDone(): void {
    sortBySequence(this.#done, this.#doneCount, this.#units.sequence);
  }

  forgetDone(): void {
    this.#doneCount = 0;
  }

  /** Movers whose transfer waits for a port that grants nothing any more. */
  refused(cycle: number): readonly number[] {
    if (this.#faults.isClean) return [];
    const { phase, moverCount } = this.#units;
    return Array.from({ length: moverCount }, (_, mover) => mover).filter((mover) => {
      if (phase[mover] !== unitPhase.latency) return false;
      return this.#transfers.refusedUntil(mover, cycle) === Number.POSITIVE_INFINITY;
    });
  }

  /** A unit's work is dropped. */
  drop(unit: number): void {
    this.#faults.forget(unit);
    this.#joiningCount = removeFrom(this.#joining, this.#joiningCount, unit);
  }

  /** The transfers that join, as far as they take time. */
  describe(state: StateVector): void {
    state.add(this.#joiningCount);
    for (let index = 0; index < this.#joiningCount; index++) state.add(this.#joining[index] ?? 0);
  }

  clear(): void {
    this.#joiningCount = 0;
    this.#doneCount = 0;
  }

  save(): SavedDueWork {
    return {
      joining: this.#joining.slice(0, this.#joiningCount),
      done: this.#done.slice(0, this.#doneCount),
    };
  }

  restore({ joining, done }: SavedDueWork): void {
    this.#joining.set(joining);
    this.#joiningCount = joining.length;
    this.#done.set(done);
    this.#doneCount = done.length;
  }

  /** The movers of a group of ports that have had their beats. */
  #takeGroup(entity: number, cycle: number): void {
    const before = this.#doneCount;
    const count = this.#sharing.complete(entity, this.#done, before);
    this.#doneCount = before;
    for (let index = before; index < count; index++) {
      const mover = this.#done[index] ?? 0;
      if (this.#dram?.takesOver(mover, cycle) !== true && !this.#isLate(mover, cycle)) this.complete(mover);
    }
  }

  /** Whether a port of a transfer whose beats are to begin grants nothing; it asks again when the port does. */
  #isRefused(mover: number, cycle: number): boolean {
    const until = this.#transfers.refusedUntil(mover, cycle);
    if (until <= cycle) return false;
    if (until !== Number.POSITIVE_INFINITY) this.#events.schedule(mover, until);
    return true;
  }

  /** Whether the completion that is due comes later, as a fault has it. */
  #isLate(unit: number, cycle: number): boolean {
    const cycles = this.#faults.isClean ? 0 : this.#faults.takeDelay(unit);
    if (cycles === 0) return false;
    if (unit < this.#units.moverCount) this.#units.phase[unit] = unitPhase.memory;
    this.#events.schedule(unit, cycle + cycles);
    return true;
  }
}
