import { arrayCycles, type Dataflow, KpuError, operandWords, type ResolvedConfig } from "@kpu-sim/machine";
import { fits } from "./placement.ts";
import {
  elementBytes,
  type Hardware,
  type MatmulProblem,
  operandBytes,
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
  problem: MatmulProblem,
  units: UnitsUsed,
  wishes: TilingWishes,
): Tiling {
  const { config } = hardware;
  const { rows, cols, systolic, dataflow: configured } = config.computeTiles;
  const dataflow = wishes.dataflow ?? configured;
  const [rowStep, colStep] = systolic ? [rows, cols] : [8, 8];
  const sides = {
    m: wishes.tileM === undefined ? candidates(problem.m, rowStep) : [Math.min(wishes.tileM, problem.m)],
    n: wishes.tileN === undefined ? candidates(problem.n, colStep) : [Math.min(wishes.tileN, problem.n)],
    k: wishes.tileK === undefined ? candidates(problem.k, rowStep) : [Math.min(wishes.tileK, problem.k)],
  };
  const buffers = wishes.doubleBuffer === false ? 1 : 2;
  let best: Tiling | undefined;
  let bestCycles = Number.POSITIVE_INFINITY;
  for (const grid of grids(units.tiles, wishes.gridRows)) {
    for (const tileM of sides.m) {
      for (const tileN of sides.n) {
        for (const tileK of sides.k) {
          const stagedTiles = stagedTilesFor(config, problem, tileM, tileN, tileK);
          const tiling: Tiling = { tileM, tileN, tileK, ...grid, buffers, stagedTiles, dataflow };
          const cycles = predictedCycles(config, problem, units, tiling);
          if (cycles >= bestCycles || !fits(hardware, problem, tiling)) continue;
          best = tiling;
          bestCycles = cycles;
        }
      }
    }
  }
  if (best !== undefined) return best;
  throw new KpuError(
    "KPU_DIMENSION",
    `no tiling of ${problem.m} x ${problem.n} x ${problem.k} fits into this machine's memories with ${describe(wishes)}: ` +
      `each scratchpad (${config.scratchpads.capacityKb} KB) must hold ${buffers} tiles of A, B and C for each compute tile that uses it; ` +
      "choose smaller tiles, doubleBuffer: false, or larger memories",
  );
}

/**
 * What the busiest of the engines and arrays has to do, cycles, with last, smaller tiles counted as full ones, and the way of the
 * first and of the last tile. Transfers count with their latency, because an engine serves one after another (timing rule 8).
 */
function predictedCycles(config: ResolvedConfig, problem: MatmulProblem, units: UnitsUsed, tiling: Tiling): number {
  const { tileM, tileN, tileK, gridRows, gridCols, stagedTiles, dataflow } = tiling;
  const { rowTiles, colTiles, depthTiles } = tileCounts(problem, tiling);
  const rounds = Math.ceil(rowTiles / gridRows) * Math.ceil(colTiles / gridCols);
  const steps = rounds * depthTiles;
  const outputs = rowTiles * colTiles;
  const tiles = gridRows * gridCols;
  const a = tileM * tileK * operandBytes(problem);
  const b = tileK * tileN * operandBytes(problem);
  const c = tileM * tileN * elementBytes;
  const { load, host, move, stream } = hopCosts(config);
  const hops = (bytes: number): number => load(bytes) + move(bytes) + stream(bytes);
  const words = operandWords(problem.format ?? "float32", config.computeTiles.operandBits, tileK);
  const product = arrayCycles({ ...config.computeTiles, dataflow }, tileM, tileN, words);
  // Before the first product and after the last one the arrays wait for the way in and the way out.
  const ends = host(Math.max(a, b) * stagedTiles) + hops(b) + product + hops(c) + host(c);
  const stagings = Math.ceil(depthTiles / stagedTiles);
  const firstUses = stagings * (rowTiles * host(a * stagedTiles) + colTiles * host(b * stagedTiles));
  const dma = steps * (gridRows * load(a) + gridCols * load(b)) + firstUses + outputs * (load(c) + host(c));
  const moves = steps * (gridRows * move(a) + gridCols * move(b)) + outputs * move(c);
  const streams = tiles * (steps * (stream(a) + stream(b)) + rounds * stream(c));
  const busiest = Math.max(
    steps * product,
    dma / units.dmaEngines,
    moves / units.blockMovers,
    streams / Math.min(units.streamers, 3 * tiles),
  );
  return busiest + ends;
}

/** So many tiles together that the latency of host memory is a small part of a transfer. */
function stagedTilesFor(
  { hostMemory, externalMemory, clockGhz }: ResolvedConfig,
  problem: MatmulProblem,
  tileM: number,
  tileN: number,
  tileK: number,
): number {
  const latency = hostMemory.latencyCycles + externalMemory.latencyCycles;
  const beats = (Math.min(tileM, tileN) * tileK * operandBytes(problem) * clockGhz) / hostMemory.bandwidthGbps;
  return Math.max(1, Math.min(Math.ceil((4 * latency) / beats), Math.floor(problem.k / tileK), mostStagedTiles));
}

type HopCost = (bytes: number) => number;

/** Cycles that each hop of a tile takes its engine, alone. */
function hopCosts(config: ResolvedConfig): Readonly<Record<"load" | "host" | "move" | "stream", HopCost>> {
  const { hostMemory, externalMemory, l3Tiles, l2Banks, scratchpads, dmaEngines, blockMovers, clockGhz } = config;
  const hop = (
    from: { readonly latencyCycles: number },
    to: { readonly latencyCycles: number },
    width: number,
  ): HopCost => {
    return (bytes) => from.latencyCycles + to.latencyCycles + bytes / width - 1;
  };
  const dma = Math.min(dmaEngines.bandwidthGbps, externalMemory.bandwidthGbps) / clockGhz;
  const { cols, systolic, operandBits } = config.computeTiles;
  return {
    load: hop(externalMemory, l3Tiles, dma),
    host: hop(hostMemory, externalMemory, Math.min(dma, hostMemory.bandwidthGbps / clockGhz)),
    move: hop(l3Tiles, l2Banks, blockMovers.bandwidthGbps / clockGhz),
    stream: hop(l2Banks, scratchpads, ((systolic ? cols : 1) * operandBits) / 8),
  };
}

/** Multiples of the array's side up to the problem's, and the problem's own size where it is smaller. */
function candidates(size: number, step: number): readonly number[] {
  const multiples = Array.from({ length: mostCandidates }, (_, index) => (index + 1) * step);
  const within = multiples.filter((side) => side < size);
  return within.length < multiples.length ? [...within, size] : within;
}

function grids(tiles: number, wished: number | undefined): readonly { gridRows: number; gridCols: number }[] {
  const rows = Array.from({ length: tiles }, (_, index) => index + 1).filter((each) => tiles % each === 0);
  const chosen = wished === undefined ? rows : rows.filter((each) => each === wished);
  if (chosen.length === 0) {
    throw new KpuError("KPU_DIMENSION", `gridRows must divide the number of compute tiles, ${tiles}; got ${wished}`);
  }
  return chosen.map((gridRows) => ({ gridRows, gridCols: tiles / gridRows }));
}

function describe({ tileM, tileN, tileK, gridRows, doubleBuffer }: TilingWishes): string {
  const wishes = { tileM, tileN, tileK, gridRows, doubleBuffer };
  const named = Object.entries(wishes).filter(([, value]) => value !== undefined);
  return named.length === 0 ? "any tile sizes" : named.map(([name, value]) => `${name} ${value}`).join(", ");
}
