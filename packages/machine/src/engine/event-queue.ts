import { restoreColumns, type SavedColumns, saveColumns } from "./columns.ts";
import type { StateVector } from "./state-vector.ts";

export type SavedEventQueue = { readonly columns: SavedColumns; readonly size: number };

/**
 * Times of the next event of each entity (a unit or a group of transfers), the earliest first. Every entity has at
 * most one event, so an indexed binary heap holds them without garbage and without stale entries. Entities with the
 * same time come in no particular order: the engine orders the work of a cycle by sequence number.
 */
export class EventQueue {
  readonly #times: Float64Array;
  readonly #heap: Int32Array;
  /** Place of each entity in the heap, or -1. */
  readonly #places: Int32Array;
  #size = 0;

  constructor(entityCount: number) {
    this.#times = new Float64Array(entityCount);
    this.#heap = new Int32Array(entityCount);
    this.#places = new Int32Array(entityCount).fill(-1);
  }

  /** Time of the earliest event; Infinity when there is none. */
  get earliest(): number {
    return this.#size === 0 ? Number.POSITIVE_INFINITY : this.#timeAt(0);
  }

  /** Sets or moves the event of an entity. */
  schedule(entity: number, time: number): void {
    this.#times[entity] = time;
    let place = this.#places[entity] ?? -1;
    if (place < 0) {
      place = this.#size++;
      this.#put(place, entity);
    }
    this.#siftUp(place);
    this.#siftDown(this.#places[entity] ?? 0);
  }

  cancel(entity: number): void {
    const place = this.#places[entity] ?? -1;
    if (place < 0) return;
    this.#places[entity] = -1;
    const last = this.#heap[--this.#size] ?? 0;
    if (place === this.#size) return;
    this.#put(place, last);
    this.#siftUp(place);
    this.#siftDown(this.#places[last] ?? 0);
  }

  /** Takes out the entity with the earliest event. The queue must not be empty. */
  pop(): number {
    const entity = this.#heap[0] ?? 0;
    this.cancel(entity);
    return entity;
  }

  /** The time of an entity's event, if it has one. */
  describe(entity: number, state: StateVector): void {
    if ((this.#places[entity] ?? -1) < 0) state.add(Number.POSITIVE_INFINITY);
    else state.addTime(this.#times[entity] ?? 0);
  }

  /** Puts all events off by so many cycles. */
  delay(cycles: number): void {
    for (let entity = 0; entity < this.#times.length; entity++)
      this.#times[entity] = (this.#times[entity] ?? 0) + cycles;
  }

  clear(): void {
    this.#size = 0;
    this.#places.fill(-1);
  }

  save(): SavedEventQueue {
    return { columns: saveColumns([this.#times, this.#heap, this.#places]), size: this.#size };
  }

  restore({ columns, size }: SavedEventQueue): void {
    restoreColumns([this.#times, this.#heap, this.#places], columns);
    this.#size = size;
  }

  #timeAt(place: number): number {
    return this.#times[this.#heap[place] ?? 0] ?? 0;
  }

  #put(place: number, entity: number): void {
    this.#heap[place] = entity;
    this.#places[entity] = place;
  }

  #siftUp(start: number): void {
    const entity = this.#heap[start] ?? 0;
    const time = this.#times[entity] ?? 0;
    let place = start;
    while (place > 0) {
      const parent = (place - 1) >> 1;
      if (this.#timeAt(parent) <= time) break;
      this.#put(place, this.#heap[parent] ?? 0);
      place = parent;
    }
    this.#put(place, entity);
  }

  #siftDown(start: number): void {
    const entity = this.#heap[start] ?? 0;
    const time = this.#times[entity] ?? 0;
    let place = start;
    for (;;) {
      let child = 2 * place + 1;
      if (child >= this.#size) break;
      if (child + 1 < this.#size && this.#timeAt(child + 1) < this.#timeAt(child)) child++;
      if (this.#timeAt(child) >= time) break;
      this.#put(place, this.#heap[child] ?? 0);
      place = child;
    }
    this.#put(place, entity);
  }
}
