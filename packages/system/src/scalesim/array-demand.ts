import type { ScaleSimLayer } from "@kpu-sim/formats";
import { type ArrayShape, arrayCycles, type Dataflow } from "@kpu-sim/machine";

/** Nothing is asked for. */
export const noAddress = -1;

/** Addresses of the words that pass the edges of an array in a cycle, with `noAddress` for edges at which none does. */
export type DemandLine = { readonly ifmap: Int32Array; readonly filter: Int32Array; readonly ofmap: Int32Array };

/** Places of the elements of a layer's matrices in their memories, from 0; inputs beyond the edge have none. */
export type OperandAddresses = {
  readonly ifmap: (row: number, column: number) => number;
  readonly filter: (row: number, column: number) => number;
  readonly ofmap: (row: number, column: number) => number;
  /** Words of each. */
  readonly ifmapWords: number;
  readonly filterWords: number;
};

/** Inputs lie row by row, channels innermost; filters one behind the other; results row by row. */
export function addressesOf({ m, n, k, convolution }: ScaleSimLayer): OperandAddresses {
  const filter = (row: number, column: number): number => column * k + row;
  const ofmap = (row: number, column: number): number => row * n + column;
  if (convolution === undefined) {
    return { ifmap: (row, column) => row * k + column, filter, ofmap, ifmapWords: m * k, filterWords: k * n };
  }
  const { inputHeight, inputWidth, filterWidth, channels, stride, outputWidth } = convolution;
  const rowWords = inputWidth * channels;
  return {
    ifmap: (row, column) => {
      const top = Math.floor(row / outputWidth) * stride;
      const left = (row % outputWidth) * stride;
      const down = Math.floor(column / (filterWidth * channels));
      const within = column % (filterWidth * channels);
      const across = Math.floor(within / channels);
      if (top + down >= inputHeight || left + across >= inputWidth) return noAddress;
      return (top + down) * rowWords + (left + across) * channels + (within % channels);
    },
    filter,
    ofmap,
    ifmapWords: inputHeight * rowWords,
    filterWords: k * n,
  };
}

/** A fold: which part of the matrices is in the array. */
export type Fold = { readonly down: number; readonly across: number; readonly rows: number; readonly cols: number };

/** The folds of a product in SCALE-Sim's order: down the array's rows first. */
export function foldsOf({ rows, cols, dataflow }: ArrayShape, { m, n, k }: ScaleSimLayer): readonly Fold[] {
  const [height, width] =
    dataflow === "output_stationary" ? [m, n] : dataflow === "weight_stationary" ? [k, n] : [k, m];
  const folds: Fold[] = [];
  for (let across = 0; across < width; across += cols) {
    for (let down = 0; down < height; down += rows) {
      folds.push({ down, across, rows: Math.min(rows, height - down), cols: Math.min(cols, width - across) });
    }
  }
  return folds;
}

/** Cycles of one fold: those of a product that fits into the array. */
export function foldCycles(shape: ArrayShape, { m, n, k }: ScaleSimLayer): number {
  const { rows, cols, dataflow } = shape;
  if (dataflow === "output_stationary") return arrayCycles(shape, rows, cols, k);
  return dataflow === "weight_stationary" ? arrayCycles(shape, m, cols, rows) : arrayCycles(shape, cols, n, rows);
}

/** Fills a line with what a fold asks for in a cycle of it. */
export type FillDemand = (fold: Fold, cycle: number, line: DemandLine) => void;

export function emptyLine({ rows, cols, dataflow }: ArrayShape): DemandLine {
  const isInput = dataflow === "input_stationary";
  return {
    ifmap: new Int32Array(isInput ? cols : rows),
    filter: new Int32Array(isInput ? rows : cols),
    ofmap: new Int32Array(cols),
  };
}

/** Who asks for what when: operands enter skewed by a cycle a row or column, and results leave at the bottom. */
export function demandOf(shape: ArrayShape, layer: ScaleSimLayer): FillDemand {
  const { ifmap, filter, ofmap } = addressesOf(layer);
  const { m, n, k } = layer;
  const fills: Readonly<Record<Dataflow, FillDemand>> = {
    output_stationary: ({ down, across, rows, cols }, cycle, line) => {
      fill(
        line.ifmap,
        rows,
        (row) => inside(cycle - row, k) ?? noAddress,
        (row, at) => ifmap(down + row, at),
      );
      fill(
        line.filter,
        cols,
        (col) => inside(cycle - col, k) ?? noAddress,
        (col, at) => filter(at, across + col),
      );
      // Rows leave at the bottom edge, the lowest first.
      fill(
        line.ofmap,
        cols,
        (col) => inside(shape.rows - 1 - (cycle - col - (k - 1)), rows, cycle - col - (k - 1)) ?? noAddress,
        (col, at) => ofmap(down + at, across + col),
      );
    },
    weight_stationary: ({ down, across, rows, cols }, cycle, line) => {
      const { rows: height } = shape;
      fill(
        line.ifmap,
        rows,
        (row) => inside(cycle - row - height, m) ?? noAddress,
        (row, at) => ifmap(at, down + row),
      );
      fill(
        line.filter,
        cols,
        () => inside(height - 1 - cycle, rows) ?? noAddress,
        (col, at) => filter(down + at, across + col),
      );
      fill(
        line.ofmap,
        cols,
        (col) => inside(cycle - col - (2 * height - 1), m) ?? noAddress,
        (col, at) => ofmap(at, across + col),
      );
    },
    input_stationary: ({ down, across, rows, cols }, cycle, line) => {
      const { rows: height } = shape;
      fill(
        line.ifmap,
        cols,
        () => inside(height - 1 - cycle, rows) ?? noAddress,
        (col, at) => ifmap(across + col, down + at),
      );
      fill(
        line.filter,
        rows,
        (row) => inside(cycle - row - height, n) ?? noAddress,
        (row, at) => filter(down + row, at),
      );
      fill(
        line.ofmap,
        cols,
        (col) => inside(cycle - col - (2 * height - 1), n) ?? noAddress,
        (col, at) => ofmap(across + col, at),
      );
    },
  };
  return fills[shape.dataflow];
}

/** A place from 0 up to, not including, `end`, or undefined; `other` must not be below 0 either. */
function inside(place: number, end: number, other = 0): number | undefined {
  return place >= 0 && place < end && other >= 0 ? place : undefined;
}

function fill(
  line: Int32Array,
  used: number,
  placeOf: (lane: number) => number,
  addressOf: (lane: number, place: number) => number,
): void {
  line.fill(noAddress);
  for (let lane = 0; lane < used; lane++) {
    const place = placeOf(lane);
    if (place >= 0) line[lane] = addressOf(lane, place);
  }
}
