import { type ArrayShape, arrayCycles, type Dataflow } from "@kpu-sim/machine";
import { noAddress, type Operands } from "./operands.ts";

/** Addresses of the words that pass the edges of an array in a cycle, with `noAddress` for edges at which none does. */
export type DemandLine = { readonly ifmap: Int32Array; readonly filter: Int32Array; readonly ofmap: Int32Array };

/** A fold: which part of the matrices is in the array. */
export type Fold = { readonly down: number; readonly across: number; readonly rows: number; readonly cols: number };

/** The folds of a product in SCALE-Sim's order: down the array's rows first. */
export function foldsOf({ rows, cols, dataflow }: ArrayShape, { m, n, filterRows }: Operands): readonly Fold[] {
  const [height, width] =
    dataflow === "output_stationary" ? [m, n] : dataflow === "weight_stationary" ? [filterRows, n] : [filterRows, m];
  const folds: Fold[] = [];
  for (let across = 0; across < width; across += cols) {
    for (let down = 0; down < height; down += rows) {
      folds.push({ down, across, rows: Math.min(rows, height - down), cols: Math.min(cols, width - across) });
    }
  }
  return folds;
}

/** Cycles of one fold: those of a product that fits into the array. */
export function foldCycles(shape: ArrayShape, { m, n, filterRows }: Operands): number {
  const { rows, cols, dataflow } = shape;
  if (dataflow === "output_stationary") return arrayCycles(shape, rows, cols, filterRows);
  return dataflow === "weight_stationary" ? arrayCycles(shape, m, cols, rows) : arrayCycles(shape, cols, n, rows);
}

/** Fills a line with what a fold asks for in a cycle of it. */
export type FillDemand = (fold: Fold, cycle: number, line: DemandLine) => void;

export function emptyLine({ rows, cols, dataflow }: ArrayShape, { blockRows = 1 }: Operands): DemandLine {
  const isInput = dataflow === "input_stationary";
  return {
    ifmap: new Int32Array(isInput ? cols : rows * blockRows),
    filter: new Int32Array(isInput ? rows : cols),
    ofmap: new Int32Array(cols),
  };
}

/** Who asks for what when: operands enter skewed by a cycle a row or column, and results leave at the bottom. */
export function demandOf(shape: ArrayShape, operands: Operands): FillDemand {
  const { ifmap, filter, ofmap, m, n, filterRows: k, blockRows } = operands;
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
      if (blockRows !== undefined) fillBlocks(line.ifmap, operands, blockRows, height, down, cycle - height);
      else {
        fill(
          line.ifmap,
          rows,
          (row) => inside(cycle - row - height, m) ?? noAddress,
          (row, at) => ifmap(at, down + row),
        );
      }
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

/** Every row of the array asks for all inputs of the block that its weights come from; half a block of rows has the same one. */
function fillBlocks(
  line: Int32Array,
  { ifmap, inputColumns, m }: Operands,
  blockRows: number,
  height: number,
  down: number,
  cycle: number,
): void {
  line.fill(noAddress);
  for (let row = 0; row < height; row++) {
    const at = cycle - row;
    if (at < 0 || at >= m) continue;
    const first = 2 * down + Math.floor(row / (blockRows / 2)) * blockRows;
    for (let place = 0; place < blockRows && first + place < inputColumns; place++) {
      line[row * blockRows + place] = ifmap(at, first + place);
    }
  }
}
