/**
 * Scratchpads (L1 buffers) that an array of the given size has: each of the 2 x (rows + cols) places along its edges has one
 * buffer for what goes in and one for what comes out, so 4 x (rows + cols) a tile.
 */
export function edgeBuffers(rows: number, cols: number): number {
  return 4 * (rows + cols);
}
