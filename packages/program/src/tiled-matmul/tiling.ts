import {
  arrayCycles,
  type Dataflow,
  KpuError,
  matrixBytes,
  type NumberFormat,
  numberFormats,
  operandWords,
  type ResolvedConfig,
} from "@kpu-sim/machine";
import { fits, fitsTile } from "./placement.ts";
import {
  arraysUsed,
  type Hardware,
  type PlannedProblem,
  type TileArray,
  type Tiling,
  tileCounts,
  type UnitsUsed,
} from "./problem.ts";

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

const mostStagedTiles = 16;
/** Largest tile side that is tried; larger ones bring no more reuse than the on-chip memories can hold. */
const mostCandidates = 24;

/**
 * Chooses tile sizes and the grid of compute tiles for a product: of all that fit into the memories, the one whose busiest engine
 * has the least to do (`predictedCycles`). What the caller fixes stays. Errors: KPU_DIMENSION when nothing fits, with the reason.
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
    ? [least(arrays.map(({ rows }) => rows)), least(arrays.map(({ cols }) => cols))]
    : [8, 8];
  const { m, n, k, format, resultFormat } = problem;
  const sides = {
    m: wishes.tileM === undefined ? candidates(m, rowStep) : [Math.min(wishes.tileM, m)],
    n: sidesInRows(n, wishes.tileN, "tileN", colStep, [format, resultFormat]),
    k: sidesInRows(k, wishes.tileK, "tileK", rowStep, [format]),
  };
  const buffers = wishes.doubleBuffer === false ? 1 : 2;
  const costs: Costs = {
    operandBits: config.computeTiles.operandBits,
    hops: hopCosts(config),
    arrays,
    vectorUnits: config.vectorUnits,
    host: hostOf(config),
    external: slowest(config.externalMemory),
  };
  let best: Tiling | undefined;
  let bestCycles = Number.POSITIVE_INFINITY;
  // Most sizes that are tried are too large for a scratchpad, in whatever grid.
  const tiles = sides.m.flatMap((tileM) =>
    sides.n.flatMap((tileN) =>
      sides.k
        .map((tileK) => ({ tileM, tileN, tileK, buffers }) as const)
        .filter((tile) => fitsTile(hardware, problem, tile)),
    ),
  );
  for (const grid of grids(units.tiles, wishes.gridRows)) {
    for (const tile of tiles) {
      const stagedTiles = stagedTilesFor(costs, config.clockGhz, problem, tile.tileM, tile.tileN, tile.tileK);
      const tiling: Tiling = { ...tile, ...grid, stagedTiles, dataflow };
      const cycles = predictedCycles(costs, problem, units, tiling);
      if (cycles >= bestCycles || !fits(hardware, problem, tiling)) continue;
      best = tiling;
      bestCycles = cycles;
    }
  }
  if (best !== undefined) return best;
  throw new KpuError(
    "KPU_DIMENSION",
    `no tiling of ${problem.m} x ${problem.n} x ${problem.k} fits into this machine's memories with ${describe(wishes)}: ` +
      `each scratchpad (${capacityText(config)}) must hold ${buffers} tiles of A, B and C for each compute tile that uses it; ` +
      "choose smaller tiles, doubleBuffer: false, or larger memories",
  );
}

/**
 * What the busiest of the engines and arrays has to do, cycles, with last, smaller tiles counted as full ones, and the way of the
 * first and of the last tile. Transfers count with their latency, because an engine serves one after another (timing rule 8).
 */
function predictedCycles(costs: Costs, problem: PlannedProblem, units: UnitsUsed, tiling: Tiling): number {
  const { tileM, tileN, tileK, gridRows, gridCols, stagedTiles, dataflow } = tiling;
  const { rowTiles, colTiles, depthTiles } = tileCounts(problem, tiling);
  const rounds = Math.ceil(rowTiles / gridRows) * Math.ceil(colTiles / gridCols);
  const steps = rounds * depthTiles;
  const outputs = rowTiles * colTiles;
  const tiles = gridRows * gridCols;
  const { format, resultFormat, ending } = problem;
  const a = matrixBytes(format, tileM, tileK);
  const b = matrixBytes(format, tileK, tileN);
  const c = matrixBytes(resultFormat, tileM, tileN);
  const { load, host, move, stream } = costs.hops;
  const hops = (bytes: number): number => load(bytes) + move(bytes) + stream(bytes);
  const words = operandWords(format, costs.operandBits, tileK);
  const product = costs.arrays.reduce(
    (most, array) => Math.max(most, arrayCycles({ ...array, dataflow }, tileM, tileN, words)),
    0,
  );
  // Before the first product and after the last one the arrays wait for the way in and the way out.
  const { width, pipelineDepth } = costs.vectorUnits;
  const drain = ending === undefined ? 0 : tileM * Math.ceil(tileN / width) + pipelineDepth;
  const ends = host(Math.max(a, b) * stagedTiles) + hops(b) + product + drain + hops(c) + host(c);
  const stagings = Math.ceil(depthTiles / stagedTiles);
  const firstUses = stagings * (rowTiles * host(a * stagedTiles) + colTiles * host(b * stagedTiles));
  const dma = steps * (gridRows * load(a) + gridCols * load(b)) + firstUses + outputs * (load(c) + host(c));
  const moves = steps * (gridRows * move(a) + gridCols * move(b)) + outputs * move(c);
  const streams = tiles * (steps * (stream(a) + stream(b)) + rounds * stream(c));
  const busiest = Math.max(
    steps * product,
    rounds * drain,
    dma / units.dmaEngines,
    moves / units.blockMovers,
    streams / Math.min(units.streamers, 3 * tiles),
  );
  return busiest + ends;
}

/** So many tiles together that the latency of host memory is a small part of a transfer. */
function stagedTilesFor(
  { host, external }: Costs,
  clockGhz: number,
  problem: PlannedProblem,
  tileM: number,
  tileN: number,
  tileK: number,
): number {
  const latency = host.latencyCycles + external.latencyCycles;
  const bytes = (Math.min(tileM, tileN) * tileK * numberFormats[problem.format].bits) / 8;
  const beats = (bytes * clockGhz) / host.bandwidthGbps;
  return Math.max(1, Math.min(Math.ceil((4 * latency) / beats), Math.floor(problem.k / tileK), mostStagedTiles));
}

type HopCost = (bytes: number) => number;

/** What predictions need to know of a machine, looked up once for all tilings that are tried. */
type Costs = {
  readonly hops: Readonly<Record<"load" | "host" | "move" | "stream", HopCost>>;
  readonly arrays: readonly TileArray[];
  readonly operandBits: number;
  readonly vectorUnits: { readonly width: number; readonly pipelineDepth: number };
  readonly host: Timing;
  readonly external: Timing;
};

/** Cycles that each hop of a tile takes its engine, alone. */
function hopCosts(config: ResolvedConfig): Costs["hops"] {
  const { clockGhz, computeTiles } = config;
  const [host, external] = [hostOf(config), slowest(config.externalMemory)];
  const [l3, l2, l1] = [slowest(config.l3Tiles), slowest(config.l2Banks), slowest(config.scratchpads)];
  const hop = (
    from: { readonly latencyCycles: number },
    to: { readonly latencyCycles: number },
    width: number,
  ): HopCost => {
    return (bytes) => from.latencyCycles + to.latencyCycles + bytes / width - 1;
  };
  const dma = Math.min(leastBandwidth(config.dmaEngines), external.bandwidthGbps) / clockGhz;
  return {
    load: hop(external, l3, dma),
    host: hop(host, external, Math.min(dma, host.bandwidthGbps / clockGhz)),
    move: hop(l3, l2, leastBandwidth(config.blockMovers) / clockGhz),
    stream: hop(l2, l1, ((computeTiles.systolic ? computeTiles.cols : 1) * computeTiles.operandBits) / 8),
  };
}

type Timing = { readonly bandwidthGbps: number; readonly latencyCycles: number };

/** The matrices lie in host region 0. */
function hostOf({ hostMemory }: ResolvedConfig): Timing {
  return hostMemory.instances?.[0] ?? hostMemory;
}

/** Of memories that are not alike the greatest latency and the least bandwidth: a prediction for all of them. */
function slowest(section: Timing & { readonly instances: readonly Timing[] | undefined }): Timing {
  const latencyCycles = section.instances?.reduce((most, each) => Math.max(most, each.latencyCycles), 0);
  return { latencyCycles: latencyCycles ?? section.latencyCycles, bandwidthGbps: leastBandwidth(section) };
}

function leastBandwidth({
  bandwidthGbps,
  instances = [],
}: {
  readonly bandwidthGbps: number;
  readonly instances: readonly { readonly bandwidthGbps: number }[] | undefined;
}): number {
  return instances.length === 0 ? bandwidthGbps : least(instances.map((each) => each.bandwidthGbps));
}

/** Of a list that may be too long for the arguments of a call. */
function least(values: readonly number[]): number {
  return values.reduce((low, value) => Math.min(low, value), Number.POSITIVE_INFINITY);
}

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
  return `${least(sizes)} to ${-least(sizes.map((size) => -size))} KB`;
}

function describe({ tileM, tileN, tileK, gridRows, doubleBuffer }: TilingWishes): string {
  const wishes = { tileM, tileN, tileK, gridRows, doubleBuffer };
  const named = Object.entries(wishes).filter(([, value]) => value !== undefined);
  return named.length === 0 ? "any tile sizes" : named.map(([name, value]) => `${name} ${value}`).join(", ");
}
