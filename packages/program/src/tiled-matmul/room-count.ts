/** Memories of one kind that have the same number of bytes free. */
type Alike = { readonly free: number; count: number };

/**
 * How much room the memories of a kind have, by number of memories only. What is put goes where the most room is, one after another, as a
 * `Shelf` does it: whether all of it finds a place does not depend on which of several memories with as much room is taken.
 */
export class RoomCount {
  /** In order of room, the most first. */
  readonly #alike: Alike[];

  /** Capacities with the number of memories that have each, the largest first. */
  constructor(capacities: readonly (readonly [capacityBytes: number, count: number])[]) {
    this.#alike = capacities.map(([free, count]) => ({ free, count }));
  }

  /** Puts something `times` times, which needs so many bytes and takes so many up; false, as soon as there is no room for it. */
  put(needed: number, taken: number, times: number): boolean {
    let left = times;
    while (left > 0) {
      const roomiest = this.#alike[0];
      if (roomiest === undefined || needed > roomiest.free) return false;
      const count = Math.min(left, roomiest.count);
      left -= count;
      roomiest.count -= count;
      if (roomiest.count === 0) this.#alike.shift();
      this.#add(roomiest.free - taken, count);
    }
    return true;
  }

  #add(free: number, count: number): void {
    let place = this.#alike.length;
    while (place > 0 && (this.#alike[place - 1]?.free ?? 0) < free) place--;
    const equal = this.#alike[place - 1];
    if (equal?.free === free) equal.count += count;
    else this.#alike.splice(place, 0, { free, count });
  }
}
