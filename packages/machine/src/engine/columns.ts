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

/** Gives a list the elements of another. */
export function replaceAll<T>(list: T[], elements: readonly T[]): void {
  list.length = 0;
  for (const element of elements) list.push(element);
}
