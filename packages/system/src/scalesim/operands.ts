import type { ScaleSimLayer, ScaleSimSparsity } from "@kpu-sim/formats";
import { type FilterPattern, filterPatternOf } from "./filter-pattern.ts";

/** Hears of the words that pass in a cycle, `noAddress` where none does. They stay as they are only until it returns. */
export type WordListener = (cycle: number, words: Int32Array) => void;

/** Nothing is asked for. */
export const noAddress = -1;

/** A layer as the array takes it: m x `inputColumns` inputs and `filterRows` x n filters. */
export type Operands = {
  readonly m: number;
  readonly n: number;
  readonly inputColumns: number;
  /** Rows of the filters that take a place in the array: fewer than there are in a sparse layer. */
  readonly filterRows: number;
  /** Rows of the filters that share a block of inputs, twice as many as are left of them; undefined where every row has inputs of its own. */
  readonly blockRows: number | undefined;
  /** Places of elements in their memories, from 0; `noAddress` for inputs beyond the edge, and for weights that are not kept. */
  readonly ifmap: (row: number, column: number) => number;
  readonly filter: (row: number, column: number) => number;
  readonly ofmap: (row: number, column: number) => number;
  /** Which weights there are; undefined where all are. */
  readonly pattern: FilterPattern | undefined;
  /** Words of each memory. */
  readonly ifmapWords: number;
  readonly filterWords: number;
};

/** Inputs lie row by row, channels innermost; filters one behind the other, with all their weights; results row by row. */
export function operandsOf(layer: ScaleSimLayer, sparsity: ScaleSimSparsity | undefined): Operands {
  const { m, n, k } = layer;
  const dense: Operands = {
    ...{ m, n, inputColumns: k, filterRows: k, blockRows: undefined, pattern: undefined },
    ...inputsOf(layer),
    filter: (row, column) => column * k + row,
    ofmap: (row, column) => row * n + column,
    filterWords: k * n,
  };
  if (sparsity === undefined) return dense;
  const pattern = filterPatternOf(layer, sparsity);
  const { keptRow, storedRows } = pattern;
  const filter = (row: number, column: number): number => {
    const kept = keptRow(row, column);
    return kept === undefined ? noAddress : dense.filter(kept, column);
  };
  const { optimizedMapping } = sparsity;
  if (optimizedMapping !== undefined) {
    return { ...dense, pattern, filter, filterRows: storedRows, blockRows: optimizedMapping.blockSize };
  }
  const ifmap = (row: number, column: number): number => dense.ifmap(row, keptRow(column, 0) ?? 0);
  return { ...dense, pattern, ifmap, filter, inputColumns: storedRows, filterRows: storedRows };
}

function inputsOf({ m, k, convolution }: ScaleSimLayer): Pick<Operands, "ifmap" | "ifmapWords"> {
  if (convolution === undefined) return { ifmap: (row, column) => row * k + column, ifmapWords: m * k };
  const { inputHeight, inputWidth, filterWidth, channels, stride, outputWidth } = convolution;
  const rowWords = inputWidth * channels;
  const ifmap = (row: number, column: number): number => {
    const top = Math.floor(row / outputWidth) * stride;
    const left = (row % outputWidth) * stride;
    const down = Math.floor(column / (filterWidth * channels));
    const within = column % (filterWidth * channels);
    const across = Math.floor(within / channels);
    if (top + down >= inputHeight || left + across >= inputWidth) return noAddress;
    return (top + down) * rowWords + (left + across) * channels + (within % channels);
  };
  return { ifmap, ifmapWords: inputHeight * rowWords };
}
