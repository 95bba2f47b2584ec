/** A typed column of a table. */
export type Column = Float64Array | Int32Array | Uint8Array;

/** Copies of columns, for a checkpoint. */
export type SavedColumns = readonly Column[];

export function saveColumns(columns: readonly Column[]): SavedColumns {
  return columns.map((column) => column.slice());
}

/** Puts saved values back into the same columns. */
export function restoreColumns(columns: readonly Column[], saved: SavedColumns): void {
  for (const [index, column] of columns.entries()) column.set(saved[index] ?? []);
}

/** Lets counts grow so many times more by what they have grown since they were saved. */
export function repeatGrowth(columns: readonly Column[], then: SavedColumns, times: number): void {
  for (const [index, column] of columns.entries()) {
    const earlier = then[index];
    for (let row = 0; row < column.length; row++) {
      const count = column[row] ?? 0;
      column[row] = count + times * (count - (earlier?.[row] ?? 0));
    }
  }
}

/** Puts off the times that have changed since they were saved. */
export function delayChanged(column: Float64Array, then: Column | undefined, cycles: number): void {
  for (let row = 0; row < column.length; row++) {
    const time = column[row] ?? 0;
    if (time !== then?.[row]) column[row] = time + cycles;
  }
}

/** Gives a list the elements of another. */
export function replaceAll<T>(list: T[], elements: readonly T[]): void {
  list.length = 0;
  for (const element of elements) list.push(element);
}
