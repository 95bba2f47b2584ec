import type { ExternalDram, SavedExternalDram } from "../dram/external-dram.ts";
import type { EventQueue } from "./event-queue.ts";
import type { TransferWork } from "./transfer-work.ts";
import { type UnitTable, unitPhase } from "./unit-table.ts";

/**
 * What DRAM has to do with the life of transfers: their ports wait for the first data that are read, and they are complete when the ports and
 * DRAM are done with them.
 */
export class DramWork {
  readonly #dram: ExternalDram;
  readonly #units: UnitTable;
  readonly #transfers: TransferWork;
  readonly #events: EventQueue;

  constructor(dram: ExternalDram, units: UnitTable, transfers: TransferWork, events: EventQueue) {
    this.#dram = dram;
    this.#units = units;
    this.#transfers = transfers;
    this.#events = events;
  }

  /** Lets DRAM go on up to the next event, or to the cycle at which the run is to stop; events may come out of it. */
  serve(limit: number, cycle: number): void {
    const dram = this.#dram;
    let end = dram.tickAt(Math.min(limit, this.#events.earliest));
    while (dram.nextTick < end) {
      const mover = dram.step();
      if (mover < 0) continue;
      if (this.#units.phase[mover] === unitPhase.memory) this.#awaitEnd(mover, cycle);
      else if (this.#units.phase[mover] === unitPhase.latency) this.awaitData(mover);
      end = dram.tickAt(Math.min(limit, this.#events.earliest));
    }
  }

  /** The first data of a transfer that reads DRAM reach its ports when they have gone the rest of the path; as soon as that is known. */
  awaitData(mover: number): void {
    const first = this.#dram.firstData(mover);
    if (first === Number.POSITIVE_INFINITY) return;
    this.#events.schedule(mover, first + this.#transfers.latency(mover) - 1);
  }

  /** A transfer has passed its ports: whether DRAM has still to do with it, and completes it later. */
  takesOver(mover: number, cycle: number): boolean {
    if (!this.#dram.isUsedBy(mover)) return false;
    this.#units.phase[mover] = unitPhase.memory;
    return this.#awaitEnd(mover, cycle);
  }

  /** A transfer is complete, or dropped. */
  finish(mover: number, cycle: number): void {
    this.#dram.finish(mover, cycle);
  }

  clear(): void {
    this.#dram.clear();
  }

  save(): SavedExternalDram {
    return this.#dram.save();
  }

  restore(saved: SavedExternalDram): void {
    this.#dram.restore(saved);
  }

  /** Its completion, as soon as it is known; false if it has come already. */
  #awaitEnd(mover: number, cycle: number): boolean {
    const latency = this.#transfers.latency(mover);
    this.#dram.passed(mover, cycle, latency);
    const end = this.#dram.end(mover, latency);
    if (end <= cycle) return false;
    if (end !== Number.POSITIVE_INFINITY) this.#events.schedule(mover, end);
    return true;
  }
}
