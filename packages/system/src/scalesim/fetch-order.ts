import type { ArrayShape } from "@kpu-sim/machine";
import { noAddress, type Operands } from "./operands.ts";

/** The order in which read buffers are filled, with `noAddress` where the array is wider than the matrix. */
export type FetchOrder = { readonly ifmap: Int32Array; readonly filter: Int32Array };

/**
 * Every operand is cut into strips as wide as the array, and the strips lie below one another. What moves through the array is taken along
 * diagonals, from the lower left to the upper right, as it enters skewed; what stays in it, row by row.
 */
export function fetchOrderOf(
  { rows, cols, dataflow }: ArrayShape,
  { m, n, inputColumns, filterRows, ifmap, filter }: Operands,
): FetchOrder {
  switch (dataflow) {
    case "output_stationary":
      return {
        ifmap: alongDiagonals(
          strips(inputColumns, m, rows, (row, column) => ifmap(column, row)),
          rows,
        ),
        filter: alongDiagonals(strips(filterRows, n, cols, filter), cols),
      };
    case "weight_stationary":
      return {
        ifmap: alongDiagonals(strips(m, inputColumns, rows, ifmap), rows),
        filter: strips(filterRows, n, cols, filter),
      };
    case "input_stationary":
      return {
        ifmap: strips(inputColumns, m, cols, (row, column) => ifmap(column, row)),
        filter: alongDiagonals(
          strips(n, filterRows, rows, (row, column) => filter(column, row)),
          rows,
        ),
      };
  }
}

/** A matrix of `height` rows as strips of `stripWidth` columns, row by row. */
function strips(
  height: number,
  width: number,
  stripWidth: number,
  addressOf: (row: number, column: number) => number,
): Int32Array {
  const count = Math.ceil(width / stripWidth);
  const words = new Int32Array(count * height * stripWidth).fill(noAddress);
  for (let column = 0; column < width; column++) {
    const strip = Math.floor(column / stripWidth);
    for (let row = 0; row < height; row++) {
      words[(strip * height + row) * stripWidth + (column % stripWidth)] = addressOf(row, column);
    }
  }
  return words;
}

function alongDiagonals(words: Int32Array, width: number): Int32Array {
  const height = words.length / width;
  const ordered = new Int32Array(words.length);
  let place = 0;
  for (let diagonal = 0; diagonal < height + width - 1; diagonal++) {
    const lowest = Math.min(diagonal, height - 1);
    const highest = Math.max(0, diagonal - width + 1);
    for (let row = lowest; row >= highest; row--) ordered[place++] = words[row * width + diagonal - row] ?? noAddress;
  }
  return ordered;
}
