import { type Dataflow, type Machine, matrixBytes, type NumberFormat, type ResolvedConfig } from "@kpu-sim/machine";
import { type Ending, parameterBytes, parameterRows } from "./ending.ts";

/** What planning needs to know of a machine. */
export type Hardware = Pick<Machine, "config" | "memoryRange">;

/** C (m x n) = A (m x k) B (k x n). */
export type MatmulProblem = {
  readonly m: number;
  readonly n: number;
  readonly k: number;
  /** The number format of A and B; default float32. */
  readonly format?: NumberFormat | undefined;
  /** The number format of C; default that of the sums: float32, or int32 for whole numbers. */
  readonly resultFormat?: NumberFormat | undefined;
};

/** A problem with all that was left out, and how the vector units end it, if they do. */
export type PlannedProblem = Required<{ readonly [Key in keyof MatmulProblem]: NonNullable<MatmulProblem[Key]> }> & {
  readonly ending: Ending | undefined;
};

/** Bytes of the parameters of so many columns: they lie behind the last tile of B of these columns. */
export function tailBytes({ ending }: PlannedProblem, cols: number): number {
  return parameterBytes * parameterRows(ending) * cols;
}

/** Bytes of a sum, float32 or int32. */
const sumBytes = 4;

/** Bytes of the largest tiles: operands (B with its parameters), sums, and result. */
export function tileBytes(
  problem: PlannedProblem,
  { tileM, tileN, tileK }: Pick<Tiling, "tileM" | "tileN" | "tileK">,
): { readonly a: number; readonly b: number; readonly sums: number; readonly c: number } {
  const { format, resultFormat } = problem;
  return {
    a: matrixBytes(format, tileM, tileK),
    b: matrixBytes(format, tileK, tileN) + tailBytes(problem, tileN),
    sums: sumBytes * tileM * tileN,
    c: matrixBytes(resultFormat, tileM, tileN),
  };
}

/** How a product is cut up: sides of the tiles in elements, and the grid of compute tiles that works on one block of C. */
export type Tiling = {
  readonly tileM: number;
  readonly tileN: number;
  readonly tileK: number;
  readonly gridRows: number;
  readonly gridCols: number;
  /** Buffers of every operand at every level: 2 lets the next tiles arrive while the present ones are worked on. */
  readonly buffers: 1 | 2;
  /** Tiles of sums that a scratchpad holds for each compute tile: with 1 the next block of C begins when the last one's sums have left. */
  readonly sumBuffers: 1 | 2;
  /** Tiles along k that come from the host in one transfer. */
  readonly stagedTiles: number;
  /** DMA engines that move between host and external memory alone; 0 where every engine also loads. */
  readonly hostDmaEngines: number;
  readonly dataflow: Dataflow;
};

/** How many units of each kind work on the product. */
export type UnitsUsed = {
  readonly tiles: number;
  readonly dmaEngines: number;
  readonly blockMovers: number;
  readonly streamers: number;
};

/** Tiles along each side of a product. */
export type TileCounts = { readonly rowTiles: number; readonly colTiles: number; readonly depthTiles: number };

export function tileCounts(
  { m, n, k }: MatmulProblem,
  { tileM, tileN, tileK }: Pick<Tiling, "tileM" | "tileN" | "tileK">,
): TileCounts {
  return { rowTiles: Math.ceil(m / tileM), colTiles: Math.ceil(n / tileN), depthTiles: Math.ceil(k / tileK) };
}

/** Size of tile number `index` along a side: the last one may be smaller. */
export function tileSize(total: number, side: number, index: number): number {
  return Math.min(side, total - index * side);
}

/** A compute tile's array. */
export type TileArray = { readonly rows: number; readonly cols: number; readonly systolic: boolean };

/** The arrays of the first `count` compute tiles, alike ones once. */
export function arraysUsed({ computeTiles }: ResolvedConfig, count: number): readonly TileArray[] {
  const { rows, cols, systolic, instances } = computeTiles;
  if (instances === undefined) return [{ rows, cols, systolic }];
  return [...new Set(instances.slice(0, count))].map((each) => ({ ...each, systolic }));
}
