import { type Column, restoreColumns, type SavedColumns, saveColumns } from "../engine/columns.ts";
import { WaitingBanks } from "./waiting-banks.ts";

const none = -1;

/** Reads and writes wait apart from each other. */
export const dramDirection = { read: 0, write: 1 } as const;
export type Direction = (typeof dramDirection)[keyof typeof dramDirection];

export type SavedRequestQueue = { readonly columns: SavedColumns; readonly waiting: SavedColumns };

/**
 * Requests that wait at a channel, each for one burst: as many reads and as many writes as the queue is deep. By bank they stand in
 * order of arrival, with the oldest that finds its row open noted, so that the controller looks at banks and not at requests.
 */
export class RequestQueue {
  readonly depth: number;
  readonly banks: number;
  // By slot; reads have the first `depth` slots.
  readonly #bank: Int32Array;
  readonly #row: Int32Array;
  readonly #tag: Int32Array;
  readonly #arrival: Float64Array;
  readonly sequence: Float64Array;
  readonly #after: Int32Array;
  readonly #before: Int32Array;
  readonly #younger: Int32Array;
  readonly #older: Int32Array;
  // By direction and bank.
  readonly first: Int32Array;
  readonly #last: Int32Array;
  readonly hit: Int32Array;
  /** Banks with requests. */
  readonly waiting: WaitingBanks;
  /** By direction: requests, oldest and youngest slot, first free slot; and the next sequence number at last. */
  readonly #heads: Float64Array;

  constructor(depth: number, banks: number) {
    this.depth = depth;
    this.banks = banks;
    const slots = 2 * depth;
    this.#bank = new Int32Array(slots);
    this.#row = new Int32Array(slots);
    this.#tag = new Int32Array(slots);
    this.#arrival = new Float64Array(slots);
    this.sequence = new Float64Array(slots);
    this.#after = new Int32Array(slots);
    this.#before = new Int32Array(slots);
    this.#younger = new Int32Array(slots);
    this.#older = new Int32Array(slots);
    this.first = new Int32Array(2 * banks);
    this.#last = new Int32Array(2 * banks);
    this.hit = new Int32Array(2 * banks);
    this.waiting = new WaitingBanks(banks);
    this.#heads = new Float64Array(9);
    this.clear();
  }

  count(way: Direction): number {
    return this.#heads[way] ?? 0;
  }

  hasSpace(way: Direction): boolean {
    return this.count(way) < this.depth;
  }

  /** The oldest request of a bank for its open row, or -1. */
  hitOf(way: Direction, bank: number): number {
    return this.hit[way * this.banks + bank] ?? none;
  }

  /** Arrival of the oldest request of a direction; Infinity where there is none. */
  oldestArrival(way: Direction): number {
    const slot = this.#heads[2 + way] ?? none;
    return slot < 0 ? Number.POSITIVE_INFINITY : (this.#arrival[slot] ?? 0);
  }

  arrivalOf(slot: number): number {
    return this.#arrival[slot] ?? 0;
  }

  rowOf(slot: number): number {
    return this.#row[slot] ?? 0;
  }

  tagOf(slot: number): number {
    return this.#tag[slot] ?? 0;
  }

  /** There must be space. */
  add(way: Direction, bank: number, row: number, isOpenRow: boolean, tag: number, tick: number): void {
    const heads = this.#heads;
    const slot = heads[6 + way] ?? 0;
    heads[6 + way] = this.#after[slot] ?? none;
    this.#bank[slot] = bank;
    this.#row[slot] = row;
    this.#tag[slot] = tag;
    this.#arrival[slot] = tick;
    this.sequence[slot] = heads[8] ?? 0;
    heads[8] = (heads[8] ?? 0) + 1;
    const list = way * this.banks + bank;
    const last = this.#last[list] ?? none;
    this.#after[slot] = none;
    this.#before[slot] = last;
    this.#last[list] = slot;
    if (last >= 0) this.#after[last] = slot;
    else {
      this.first[list] = slot;
      this.waiting.add(way, bank);
    }
    if (isOpenRow && (this.hit[list] ?? none) < 0) this.hit[list] = slot;
    const youngest = heads[4 + way] ?? none;
    this.#older[slot] = youngest;
    this.#younger[slot] = none;
    if (youngest < 0) heads[2 + way] = slot;
    else this.#younger[youngest] = slot;
    heads[4 + way] = slot;
    heads[way] = this.count(way) + 1;
  }

  remove(slot: number): void {
    const way = slot < this.depth ? dramDirection.read : dramDirection.write;
    const heads = this.#heads;
    const bank = this.#bank[slot] ?? 0;
    const list = way * this.banks + bank;
    const [before, after] = [this.#before[slot] ?? none, this.#after[slot] ?? none];
    if ((this.hit[list] ?? none) === slot) this.hit[list] = this.#nextOfRow(after, this.#row[slot] ?? 0);
    if (before >= 0) this.#after[before] = after;
    else this.first[list] = after;
    if (after >= 0) this.#before[after] = before;
    else this.#last[list] = before;
    if (before < 0 && after < 0) this.waiting.remove(way, bank);
    const [older, younger] = [this.#older[slot] ?? none, this.#younger[slot] ?? none];
    if (older >= 0) this.#younger[older] = younger;
    else heads[2 + way] = younger;
    if (younger >= 0) this.#older[younger] = older;
    else heads[4 + way] = older;
    heads[way] = this.count(way) - 1;
    this.#after[slot] = heads[6 + way] ?? none;
    heads[6 + way] = slot;
  }

  /** A bank's row has been opened (or all are closed: -1). */
  rowOpened(bank: number, row: number): void {
    for (let way = 0; way < 2; way++) {
      const list = way * this.banks + bank;
      this.hit[list] = row < 0 ? none : this.#nextOfRow(this.first[list] ?? none, row);
    }
  }

  /** Takes out what has a tag, telling the bank of each. */
  removeTagged(tag: number, onRemove: (bank: number) => void): void {
    for (let way = 0; way < 2; way++) {
      for (let slot = this.#heads[2 + way] ?? none; slot >= 0; ) {
        const next = this.#younger[slot] ?? none;
        if (this.#tag[slot] === tag) {
          onRemove(this.#bank[slot] ?? 0);
          this.remove(slot);
        }
        slot = next;
      }
    }
  }

  clear(): void {
    for (const column of [this.first, this.#last, this.hit]) column.fill(none);
    this.#heads.fill(0);
    this.#heads.fill(none, 2, 6);
    this.#heads[7] = this.depth;
    this.waiting.clear();
    for (let slot = 0; slot < 2 * this.depth; slot++) {
      this.#after[slot] = slot === this.depth - 1 || slot === 2 * this.depth - 1 ? none : slot + 1;
    }
  }

  save(): SavedRequestQueue {
    return { columns: saveColumns(this.#columns), waiting: this.waiting.save() };
  }

  restore({ columns, waiting }: SavedRequestQueue): void {
    restoreColumns(this.#columns, columns);
    this.waiting.restore(waiting);
  }

  get #columns(): readonly Column[] {
    return [
      ...[this.#bank, this.#row, this.#tag, this.#arrival, this.sequence],
      ...[this.#after, this.#before, this.#younger, this.#older],
      ...[this.first, this.#last, this.hit, this.#heads],
    ];
  }

  /** The first request from a slot on in its bank's list that is for a row. */
  #nextOfRow(from: number, row: number): number {
    let slot = from;
    while (slot >= 0 && this.#row[slot] !== row) slot = this.#after[slot] ?? none;
    return slot;
  }
}
