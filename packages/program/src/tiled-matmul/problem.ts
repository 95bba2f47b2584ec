import { bytesFor, type Dataflow, type Machine, type NumberFormat, type ResolvedConfig } from "@kpu-sim/machine";

/** What planning needs to know of a machine. */
export type Hardware = Pick<Machine, "config" | "memoryRange">;

/** Bytes of an element of C: a sum, float32 or int32. */
export const elementBytes = 4;

/** C (m x n) = A (m x k) B (k x n). */
export type MatmulProblem = {
  readonly m: number;
  readonly n: number;
  readonly k: number;
  /** The number format of A and B; default float32. */
  readonly format?: NumberFormat | undefined;
};

/** Bytes of an element of A and of B. */
export function operandBytes({ format = "float32" }: MatmulProblem): number {
  return bytesFor(format, 1);
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
  /** Tiles along k that come from the host in one transfer. */
  readonly stagedTiles: number;
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

export function tileCounts({ m, n, k }: MatmulProblem, { tileM, tileN, tileK }: Tiling): TileCounts {
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
