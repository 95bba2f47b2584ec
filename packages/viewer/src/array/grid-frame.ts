/** Where the elements of an array lie on a canvas, in CSS pixels. */
export type GridFrame = {
  readonly rows: number;
  readonly cols: number;
  readonly cellWidth: number;
  readonly cellHeight: number;
  /** Whether three lines of numbers fit into a cell. */
  readonly hasText: boolean;
};

const textCell = { width: 36, height: 34 } as const;
const mostTextCell = { width: 96, height: 48 } as const;
const mostPlainCell = 24;

/** The largest cells that fit into a room: with numbers where these fit, else squares. */
export function gridFrame(rows: number, cols: number, width: number, height: number): GridFrame {
  const [across, down] = [width / cols, height / rows];
  if (across >= textCell.width && down >= textCell.height) {
    const cellWidth = Math.floor(Math.min(across, mostTextCell.width));
    return { rows, cols, cellWidth, cellHeight: Math.floor(Math.min(down, mostTextCell.height)), hasText: true };
  }
  const side = Math.min(across, down, mostPlainCell);
  // Whole pixels keep the lines sharp, as long as there is at least one for each cell.
  const cell = side >= 1 ? Math.floor(side) : side;
  return { rows, cols, cellWidth: cell, cellHeight: cell, hasText: false };
}

/** Row and column of the element at a point; undefined beside the array. */
export function elementAt(
  { rows, cols, cellWidth, cellHeight }: GridFrame,
  x: number,
  y: number,
): { readonly row: number; readonly col: number } | undefined {
  const [row, col] = [Math.floor(y / cellHeight), Math.floor(x / cellWidth)];
  return row >= 0 && row < rows && col >= 0 && col < cols ? { row, col } : undefined;
}
