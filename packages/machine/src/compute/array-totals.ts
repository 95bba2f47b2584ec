import type { Dataflow } from "../config/machine-config.ts";
import { repeatGrowth, restoreColumns, type SavedColumns, saveColumns } from "../engine/columns.ts";
import { type NumberFormat, numberFormatNames, numberFormats } from "../number-format/number-format.ts";
import { type ArrayAccesses, addPeMultiplyAccumulates, arrayAccesses, type ProductShape } from "./array-accesses.ts";
import type { ArrayShape } from "./array-cycles.ts";

/** Products of one shape that a tile has completed. */
type ShapeCount = { readonly product: ProductShape; readonly dataflow: Dataflow; count: number };

/** The shapes of one tile; `last` is the one that was added to last. */
type TileShapes = { readonly byName: Map<string, ShapeCount>; last: ShapeCount; merged: Float64Array | undefined };

export type SavedArrayTotals = { readonly columns: SavedColumns; readonly shapes: readonly (TileShapes | undefined)[] };

/** Shapes that a tile keeps apart; beyond that they are expanded into the counts of the processing elements. */
const mostShapes = 1024;

/**
 * What the arrays of all tiles have done in completed products, in columns by tile. The activity of processing elements
 * is kept as a number of products for each shape and expanded on request, so that a product costs the same however many
 * elements the array has.
 */
export class ArrayTotals {
  readonly operandAReads: Float64Array;
  readonly operandBReads: Float64Array;
  readonly partialSumReads: Float64Array;
  readonly resultWrites: Float64Array;
  /** Pairs of operand words that have been multiplied. */
  readonly wordProducts: Float64Array;
  /** Multiply-accumulates of elements, for each tile by the format's code. */
  readonly byFormat: Float64Array;
  readonly #shapes: (TileShapes | undefined)[] = [];

  constructor(tileCount: number) {
    this.operandAReads = new Float64Array(tileCount);
    this.operandBReads = new Float64Array(tileCount);
    this.partialSumReads = new Float64Array(tileCount);
    this.resultWrites = new Float64Array(tileCount);
    this.wordProducts = new Float64Array(tileCount);
    this.byFormat = new Float64Array(tileCount * numberFormatNames.length);
  }

  /** Counts the multiply-accumulates of a completed product's elements. */
  addElements(tile: number, format: NumberFormat, count: number): void {
    const place = tile * numberFormatNames.length + numberFormats[format].code;
    this.byFormat[place] = (this.byFormat[place] ?? 0) + count;
  }

  /** Counts a completed product. */
  add(tile: number, array: ArrayShape, product: ProductShape): void {
    this.#addAccesses(tile, arrayAccesses(array, product));
    this.wordProducts[tile] = (this.wordProducts[tile] ?? 0) + product.m * product.n * product.k;
    const shapes = this.#shapes[tile];
    if (shapes !== undefined && isSame(shapes.last, array.dataflow, product)) shapes.last.count++;
    else this.#addShape(tile, array, product);
  }

  /** Pairs of words that each processing element of a tile has multiplied, row-major; one figure for a scalar unit. */
  activity(tile: number, array: ArrayShape): Float64Array {
    const counts = new Float64Array(array.systolic ? array.rows * array.cols : 1);
    const shapes = this.#shapes[tile];
    if (shapes === undefined) return counts;
    if (shapes.merged !== undefined) counts.set(shapes.merged);
    expandInto(counts, array, shapes);
    return counts;
  }

  clear(): void {
    for (const column of this.#columns) column.fill(0);
    this.#shapes.length = 0;
  }

  save(): SavedArrayTotals {
    return { columns: saveColumns(this.#columns), shapes: this.#shapes.map(copyOf) };
  }

  restore({ columns, shapes }: SavedArrayTotals): void {
    restoreColumns(this.#columns, columns);
    this.#shapes.length = 0;
    for (const [tile, each] of shapes.entries()) this.#shapes[tile] = copyOf(each);
  }

  /** Counts what has been done since `then` so many times more; false, with nothing counted, where that is no longer known. */
  repeat(then: SavedArrayTotals, times: number): boolean {
    if (this.#shapes.some((shapes, tile) => shapes?.merged !== then.shapes[tile]?.merged)) return false;
    repeatGrowth(this.#columns, then.columns, times);
    for (const [tile, shapes] of this.#shapes.entries()) {
      for (const [name, shape] of shapes?.byName ?? []) {
        shape.count += times * (shape.count - (then.shapes[tile]?.byName.get(name)?.count ?? 0));
      }
    }
    return true;
  }

  get #columns(): readonly Float64Array[] {
    const { operandAReads, operandBReads, partialSumReads, resultWrites, wordProducts, byFormat } = this;
    return [operandAReads, operandBReads, partialSumReads, resultWrites, wordProducts, byFormat];
  }

  #addAccesses(tile: number, accesses: ArrayAccesses): void {
    this.operandAReads[tile] = (this.operandAReads[tile] ?? 0) + accesses.operandAReads;
    this.operandBReads[tile] = (this.operandBReads[tile] ?? 0) + accesses.operandBReads;
    this.partialSumReads[tile] = (this.partialSumReads[tile] ?? 0) + accesses.partialSumReads;
    this.resultWrites[tile] = (this.resultWrites[tile] ?? 0) + accesses.resultWrites;
  }

  #addShape(tile: number, array: ArrayShape, { m, n, k }: ProductShape): void {
    const { dataflow } = array;
    const name = nameOf(dataflow, { m, n, k });
    const shapes = this.#shapes[tile];
    const known = shapes?.byName.get(name);
    const last = known ?? { product: { m, n, k }, dataflow, count: 0 };
    last.count++;
    if (shapes === undefined) {
      this.#shapes[tile] = { byName: new Map([[name, last]]), last, merged: undefined };
      return;
    }
    shapes.last = last;
    if (known !== undefined) return;
    if (shapes.byName.size === mostShapes) this.#merge(tile, array, shapes);
    shapes.byName.set(name, last);
  }

  #merge(tile: number, array: ArrayShape, shapes: TileShapes): void {
    shapes.merged = this.activity(tile, array);
    shapes.byName.clear();
  }
}

/** Counts go on in the copy without changing the original. */
function copyOf(shapes: TileShapes | undefined): TileShapes | undefined {
  if (shapes === undefined) return undefined;
  const { byName, last, merged } = shapes;
  const copies = new Map([...byName].map(([name, shape]) => [name, { ...shape }]));
  return { byName: copies, last: copies.get(nameOf(last.dataflow, last.product)) ?? last, merged };
}

function nameOf(dataflow: Dataflow, { m, n, k }: ProductShape): string {
  return `${dataflow} ${m} ${n} ${k}`;
}

function isSame(shape: ShapeCount, dataflow: Dataflow, { m, n, k }: ProductShape): boolean {
  const { product } = shape;
  return product.m === m && product.n === n && product.k === k && shape.dataflow === dataflow;
}

function expandInto(counts: Float64Array, array: ArrayShape, { byName }: TileShapes): void {
  for (const { product, dataflow, count } of byName.values()) {
    addPeMultiplyAccumulates(counts, { ...array, dataflow }, product, count);
  }
}
