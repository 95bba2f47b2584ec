/** Takes a unit out of a list, where it is in it; returns the new count. */
export function removeFrom(list: Int32Array, count: number, unit: number): number {
  const place = list.subarray(0, count).indexOf(unit);
  if (place < 0) return count;
  list.copyWithin(place, place + 1, count);
  return count - 1;
}

/** Insertion sort by sequence number: the lists of one cycle are short and mostly in order. */
export function sortBySequence(units: Int32Array, count: number, sequence: Float64Array): void {
  for (let index = 1; index < count; index++) {
    const unit = units[index] ?? 0;
    const key = sequence[unit] ?? 0;
    let place = index;
    while (place > 0 && (sequence[units[place - 1] ?? 0] ?? 0) > key) {
      units[place] = units[place - 1] ?? 0;
      place--;
    }
    units[place] = unit;
  }
}

/** Above this, an insertion sort of a list in no order costs more than what the runtime has. */
const longList = 32;

/** Insertion sort while the list is short. */
export function sortAscending(list: Int32Array, count: number): void {
  if (count > longList) {
    list.subarray(0, count).sort();
    return;
  }
  for (let index = 1; index < count; index++) {
    const value = list[index] ?? 0;
    let place = index;
    while (place > 0 && (list[place - 1] ?? 0) > value) {
      list[place] = list[place - 1] ?? 0;
      place--;
    }
    list[place] = value;
  }
}
