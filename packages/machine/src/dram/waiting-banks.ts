import { type Column, restoreColumns, type SavedColumns, saveColumns } from "../engine/columns.ts";
import type { Direction } from "./request-queue.ts";

/**
 * Banks at which requests wait, apart for reads and writes and one behind the other in no order, with what is known of the next command for the requests of
 * each: the controller goes through these columns at every command, and through nothing else.
 */
export class WaitingBanks {
  readonly #banks: number;
  // By place; those of writes come after those of reads.
  readonly bank: Int32Array;
  /** A tick before which the command cannot be given. */
  readonly tick: Float64Array;
  readonly command: Uint8Array;
  /** The request for which it is. */
  readonly slot: Int32Array;
  /** What comes first of commands that can be given in the same tick. */
  readonly turn: Float64Array;
  /** Where the ticks of its group and of its rank stand for this command. */
  readonly groupTick: Int32Array;
  readonly rankTick: Int32Array;
  /** By direction and bank. */
  readonly #place: Int32Array;
  /** How many banks wait in each direction. */
  readonly #counts: Int32Array;

  constructor(banks: number) {
    this.#banks = banks;
    this.bank = new Int32Array(2 * banks);
    this.tick = new Float64Array(2 * banks);
    this.command = new Uint8Array(2 * banks);
    this.slot = new Int32Array(2 * banks);
    this.turn = new Float64Array(2 * banks);
    this.groupTick = new Int32Array(2 * banks);
    this.rankTick = new Int32Array(2 * banks);
    this.#place = new Int32Array(2 * banks);
    this.#counts = new Int32Array(2);
  }

  /** The first place of a direction. */
  start(way: Direction): number {
    return way * this.#banks;
  }

  /** The place after the last one of a direction. */
  end(way: Direction): number {
    return way * this.#banks + (this.#counts[way] ?? 0);
  }

  /** Where a bank stands that waits. */
  placeOf(way: Direction, bank: number): number {
    return this.#place[way * this.#banks + bank] ?? 0;
  }

  /** A bank has its first request; nothing is known of its command yet. */
  add(way: Direction, bank: number): void {
    const place = this.end(way);
    this.bank[place] = bank;
    this.#place[way * this.#banks + bank] = place;
    this.#counts[way] = (this.#counts[way] ?? 0) + 1;
  }

  /** A bank has no request any more: the last one takes its place. */
  remove(way: Direction, bank: number): void {
    const place = this.placeOf(way, bank);
    const last = this.end(way) - 1;
    const moved = this.bank[last] ?? 0;
    this.#place[way * this.#banks + moved] = place;
    this.bank[place] = moved;
    this.tick[place] = this.tick[last] ?? 0;
    this.command[place] = this.command[last] ?? 0;
    this.slot[place] = this.slot[last] ?? 0;
    this.turn[place] = this.turn[last] ?? 0;
    this.groupTick[place] = this.groupTick[last] ?? 0;
    this.rankTick[place] = this.rankTick[last] ?? 0;
    this.#counts[way] = (this.#counts[way] ?? 0) - 1;
  }

  clear(): void {
    this.#counts.fill(0);
  }

  /** Who waits, and where; what is known of commands is found out anew. */
  save(): SavedColumns {
    return saveColumns(this.#columns);
  }

  restore(saved: SavedColumns): void {
    restoreColumns(this.#columns, saved);
  }

  get #columns(): readonly Column[] {
    return [this.bank, this.#place, this.#counts];
  }
}
