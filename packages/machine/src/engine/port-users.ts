import type { BeatColumns } from "./beat-columns.ts";
import { type Column, restoreColumns, type SavedColumns, saveColumns } from "./columns.ts";

const none = -1;
/**
 * Which transfers in their beat phase use which port, and what they would take of it in a cycle if each moved as fast as it can
 * alone. A port that has enough for all of them slows nobody down.
 */
export class PortUsers {
  readonly #columns: BeatColumns;
  /** Units per cycle that the users of a port take at most. */
  readonly #load: Float64Array;
  /** By port: how many places its list has. */
  readonly #count: Int32Array;
  /** A transfer has two to the power of this places in the lists, one for each port that it may use. */
  readonly #placeBits: number;
  /** By port: its first user, as a place in the lists: those of the engine, and which of its ports it is. */
  readonly #first: Int32Array;
  readonly #next: Int32Array;
  readonly #previous: Int32Array;

  /** `mostLinks`: most links on the way of a transfer. */
  constructor(moverCount: number, columns: BeatColumns, mostLinks: number) {
    const portCount = columns.portWidths.length;
    this.#columns = columns;
    this.#load = new Float64Array(portCount);
    this.#count = new Int32Array(portCount);
    this.#first = new Int32Array(portCount).fill(none);
    this.#placeBits = Math.ceil(Math.log2(2 + mostLinks));
    this.#next = new Int32Array(moverCount << this.#placeBits);
    this.#previous = new Int32Array(moverCount << this.#placeBits);
  }

  add(mover: number): void {
    const rate = this.#columns.rateAlone[mover] ?? 0;
    const first = mover << this.#placeBits;
    const count = this.#columns.portCountOf(mover);
    for (let index = 0; index < count; index++) this.#link(first + index, this.#columns.portOf(mover, index), rate);
  }

  remove(mover: number): void {
    const rate = this.#columns.rateAlone[mover] ?? 0;
    const first = mover << this.#placeBits;
    const count = this.#columns.portCountOf(mover);
    for (let index = 0; index < count; index++) this.#unlink(first + index, this.#columns.portOf(mover, index), rate);
  }

  /** Whether a port cannot serve all its users at once. */
  isTight(port: number): boolean {
    return (this.#load[port] ?? 0) > (this.#columns.portWidths[port] ?? 0);
  }

  /** How many users a port has; a copy within one counts twice. */
  countOf(port: number): number {
    return this.#count[port] ?? 0;
  }

  /** First place in a port's list of users; -1 for none. */
  firstOf(port: number): number {
    return this.#first[port] ?? none;
  }

  /** The engine number of a place's user. */
  userAt(place: number): number {
    return place >> this.#placeBits;
  }

  /** The place after this one. */
  after(place: number): number {
    return this.#next[place] ?? none;
  }

  clear(): void {
    this.#load.fill(0);
    this.#count.fill(0);
    this.#first.fill(none);
  }

  save(): SavedColumns {
    return saveColumns(this.#allColumns);
  }

  restore(saved: SavedColumns): void {
    restoreColumns(this.#allColumns, saved);
  }

  get #allColumns(): readonly Column[] {
    return [this.#load, this.#count, this.#first, this.#next, this.#previous];
  }

  /** A copy within one port loads it twice. */
  #link(place: number, port: number, rate: number): void {
    this.#load[port] = (this.#load[port] ?? 0) + rate;
    this.#count[port] = (this.#count[port] ?? 0) + 1;
    const first = this.#first[port] ?? none;
    this.#next[place] = first;
    this.#previous[place] = none;
    if (first !== none) this.#previous[first] = place;
    this.#first[port] = place;
  }

  #unlink(place: number, port: number, rate: number): void {
    this.#load[port] = (this.#load[port] ?? 0) - rate;
    this.#count[port] = (this.#count[port] ?? 0) - 1;
    const next = this.#next[place] ?? none;
    const previous = this.#previous[place] ?? none;
    if (next !== none) this.#previous[next] = previous;
    if (previous !== none) this.#next[previous] = next;
    else this.#first[port] = next;
  }
}
