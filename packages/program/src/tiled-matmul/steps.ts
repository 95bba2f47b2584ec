import { parameterRows } from "./ending.ts";
import { type PlannedProblem, type TileCounts, type Tiling, tileCounts, tileSize } from "./problem.ts";

/** A step: one tile of k for one block of C, which is as large as the grid of compute tiles. */
export type Step = { readonly blockRow: number; readonly blockCol: number; readonly depth: number };

/** The steps of a tiled product: for each block of C, row by row, all tiles of k. */
export class Steps {
  readonly count: number;
  readonly tiles: TileCounts;
  readonly blockRows: number;
  readonly blockCols: number;
  /** Steps between the staging of operands and their loading. */
  readonly staged: number;
  /** Steps that have to be issued ahead of those that run, so that no engine waits for the program. */
  readonly window: number;
  /** Steps by which staging may run ahead of loading when both are carried out. */
  readonly stagingAhead: number;
  readonly #tiling: Tiling;
  /** Tiles along k that are not smaller than the others. */
  readonly #fullDepthTiles: number;
  readonly #hasParameters: boolean;

  constructor(problem: PlannedProblem, tiling: Tiling) {
    this.#tiling = tiling;
    this.#hasParameters = parameterRows(problem.ending) > 0;
    this.tiles = tileCounts(problem, tiling);
    this.blockRows = Math.ceil(this.tiles.rowTiles / tiling.gridRows);
    this.blockCols = Math.ceil(this.tiles.colTiles / tiling.gridCols);
    this.count = this.blockRows * this.blockCols * this.tiles.depthTiles;
    this.staged = tiling.stagedTiles + 1;
    this.stagingAhead = this.staged + 2;
    // Staging may be so far ahead of loading, loading as far of the products as there are buffers on the way.
    this.window = this.staged + 16;
    this.#fullDepthTiles = Math.floor(problem.k / tiling.tileK);
  }

  at(number: number): Step {
    const block = Math.floor(number / this.tiles.depthTiles);
    return {
      blockRow: Math.floor(block / this.blockCols),
      blockCol: block % this.blockCols,
      depth: number % this.tiles.depthTiles,
    };
  }

  isLastOfBlock({ depth }: Step): boolean {
    return depth === this.tiles.depthTiles - 1;
  }

  /** Rows of the grid that have a part of the block; the last block may be smaller. */
  activeRows({ blockRow }: Pick<Step, "blockRow">): number {
    return tileSize(this.tiles.rowTiles, this.#tiling.gridRows, blockRow);
  }

  activeCols({ blockCol }: Pick<Step, "blockCol">): number {
    return tileSize(this.tiles.colTiles, this.#tiling.gridCols, blockCol);
  }

  /** Whether operands of a step's block come from the host: those of the grid's rows, or those of its columns. */
  isStaging(number: number): boolean {
    const block = Math.floor(number / this.tiles.depthTiles);
    return block < this.blockCols || block % this.blockCols === 0;
  }

  /** Whether a row of the grid brings tiles of A from the host: in the first block of each row of blocks. */
  stagesRows(number: number): boolean {
    return this.at(number).blockCol === 0 && this.#bringsChunk(number);
  }

  /** Whether a column of the grid brings tiles of B, or parameters, from the host: in the first row of blocks. */
  stagesColumn(number: number, column: number): boolean {
    const step = this.at(number);
    if (number >= this.count || step.blockRow > 0 || column >= this.activeCols(step)) return false;
    return this.#bringsChunk(number) || (this.#hasParameters && this.isLastOfBlock(step));
  }

  /**
   * How many tiles along k come from the host together, beginning with tile `depth`; 0 for one that comes with an earlier one. The
   * last tile comes by itself if it is smaller than the others.
   */
  stagedTogether(depth: number): number {
    const { stagedTiles } = this.#tiling;
    if (depth >= this.#fullDepthTiles) return 1;
    return depth % stagedTiles === 0 ? Math.min(stagedTiles, this.#fullDepthTiles - depth) : 0;
  }

  #bringsChunk(number: number): boolean {
    return number < this.count && this.stagedTogether(number % this.tiles.depthTiles) > 0;
  }
}
