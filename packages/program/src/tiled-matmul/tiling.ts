import { type Dataflow, KpuError, type NumberFormat, numberFormats, type ResolvedConfig } from "@kpu-sim/machine";
import { fits, fitsTile } from "./placement.ts";
import { PredictedCycles } from "./predicted-cycles.ts";
import { arraysUsed, type Hardware, type PlannedProblem, type Tiling, type UnitsUsed } from "./problem.ts";

/** What a caller may fix; the rest is chosen. */
export type TilingWishes = {
  /** Sides of the tiles, elements; default: those with the least predicted cycles that fit. */
  readonly tileM?: number | undefined;
  readonly tileN?: number | undefined;
  readonly tileK?: number | undefined;
  /** Rows of the grid in which the compute tiles work on C; must divide their number. */
  readonly gridRows?: number | undefined;
  readonly dataflow?: Dataflow | undefined;
  /** Two buffers at every level, so that transfers and products overlap (default), or one. */
  readonly doubleBuffer?: boolean | undefined;
};

/** Predictions that differ by less than this say nothing about which tiling is faster. */
const likeness = 1.08;
/** Largest tile side that is tried; larger ones bring no more reuse than the on-chip memories can hold. */
const mostCandidates = 24;

/**
 * Chooses tile sizes and the grid of compute tiles for a product: of all that fit into the memories the fastest by `PredictedCycles`, and of those
 * that are about as fast the one with the fewest steps, since larger tiles move fewer bytes. What the caller fixes stays. Errors: KPU_DIMENSION
 * when nothing fits, with the reason.
 */
export function chooseTiling(
  hardware: Hardware,
  problem: PlannedProblem,
  units: UnitsUsed,
  wishes: TilingWishes,
): Tiling {
  const { config } = hardware;
  const dataflow = wishes.dataflow ?? config.computeTiles.dataflow;
  const arrays = arraysUsed(config, units.tiles);
  // Where arrays differ, the others wait for the slowest one, which is mostly the smallest.
  const [rowStep, colStep] = config.computeTiles.systolic
    ? [leastOf(arrays.map(({ rows }) => rows)), leastOf(arrays.map(({ cols }) => cols))]
    : [8, 8];
  const { m, n, k, format, resultFormat } = problem;
  const sides = {
    m: wishes.tileM === undefined ? candidates(m, rowStep) : [Math.min(wishes.tileM, m)],
    n: sidesInRows(n, wishes.tileN, "tileN", colStep, [format, resultFormat]),
    k: sidesInRows(k, wishes.tileK, "tileK", rowStep, [format]),
  };
  const buffers = wishes.doubleBuffer === false ? 1 : 2;
  const sumBuffers = wishes.doubleBuffer === false ? ([1] as const) : ([2, 1] as const);
  // Most sizes that are tried are too large for a scratchpad, in whatever grid.
  const tiles = sides.m.flatMap((tileM) =>
    sides.n.flatMap((tileN) =>
      sides.k
        .flatMap((tileK) => sumBuffers.map((sums) => ({ tileM, tileN, tileK, buffers, sumBuffers: sums }) as const))
        .filter((tile) => fitsTile(hardware, problem, tile)),
    ),
  );
  const predicted = new PredictedCycles(config, problem, units);
  const found: Found[] = [];
  let least = Number.POSITIVE_INFINITY;
  for (const grid of grids(units.tiles, wishes.gridRows)) {
    for (const tile of tiles) {
      const sketch = { ...tile, ...grid, stagedTiles: predicted.stagedTiles(tile), dataflow };
      const { cycles, steps, hostDmaEngines } = predicted.of(sketch);
      if (cycles > likeness * least) continue;
      const tiling: Tiling = { ...sketch, hostDmaEngines };
      if (found.some((other) => other.cycles <= cycles && other.steps <= steps)) continue;
      if (!fits(hardware, problem, tiling)) continue;
      found.push({ tiling, cycles, steps });
      least = Math.min(least, cycles);
    }
  }
  const [best] = found
    .filter(({ cycles }) => cycles <= likeness * least)
    .toSorted((one, other) => one.steps - other.steps || one.cycles - other.cycles);
  if (best !== undefined) return best.tiling;
  throw new KpuError(
    "KPU_DIMENSION",
    `no tiling of ${problem.m} x ${problem.n} x ${problem.k} fits into this machine's memories with ${describe(wishes)}: ` +
      `each scratchpad (${capacityText(config)}) must hold ${buffers} tiles of A and of B and one of C for each compute tile that uses it; ` +
      "choose smaller tiles, doubleBuffer: false, or larger memories",
  );
}

type Found = { readonly tiling: Tiling; readonly cycles: number; readonly steps: number };

/** Multiples of the array's side up to the problem's, and the problem's own size where it is smaller. */
function candidates(size: number, step: number): readonly number[] {
  const multiples = Array.from({ length: mostCandidates }, (_, index) => (index + 1) * step);
  const within = multiples.filter((side) => side < size);
  return within.length < multiples.length ? [...within, size] : within;
}

/**
 * Sides of tiles along the rows of matrices of these formats: such a tile begins at a whole byte of its row, so that of int4 every tile
 * but the last has an even side.
 */
function sidesInRows(
  size: number,
  wished: number | undefined,
  name: string,
  step: number,
  formats: readonly NumberFormat[],
): readonly number[] {
  const packed = formats.find((format) => numberFormats[format].bits < 8);
  const isWhole = (side: number): boolean => packed === undefined || side % 2 === 0 || side >= size;
  if (wished === undefined) return candidates(size, step).filter(isWhole);
  if (isWhole(wished)) return [Math.min(wished, size)];
  throw new KpuError(
    "KPU_DIMENSION",
    `${name} ${wished}: tiles of ${packed} begin at whole bytes, two numbers each; choose an even side, or at least ${size}`,
    { side: wished, size },
  );
}

/** Of a list that may be too long for the arguments of a call. */
function leastOf(values: readonly number[]): number {
  return values.reduce((low, value) => Math.min(low, value), Number.POSITIVE_INFINITY);
}

function grids(tiles: number, wished: number | undefined): readonly { gridRows: number; gridCols: number }[] {
  const rows = Array.from({ length: tiles }, (_, index) => index + 1).filter((each) => tiles % each === 0);
  const chosen = wished === undefined ? rows : rows.filter((each) => each === wished);
  if (chosen.length === 0) {
    throw new KpuError("KPU_DIMENSION", `gridRows must divide the number of compute tiles, ${tiles}; got ${wished}`);
  }
  return chosen.map((gridRows) => ({ gridRows, gridCols: tiles / gridRows }));
}

function capacityText({ scratchpads: { capacityKb, instances } }: ResolvedConfig): string {
  if (instances === undefined) return `${capacityKb} KB`;
  const sizes = instances.map((each) => each.capacityKb);
  return `${leastOf(sizes)} to ${-leastOf(sizes.map((size) => -size))} KB`;
}

function describe({ tileM, tileN, tileK, gridRows, doubleBuffer }: TilingWishes): string {
  const wishes = { tileM, tileN, tileK, gridRows, doubleBuffer };
  const named = Object.entries(wishes).filter(([, value]) => value !== undefined);
  return named.length === 0 ? "any tile sizes" : named.map(([name, value]) => `${name} ${value}`).join(", ");
}
