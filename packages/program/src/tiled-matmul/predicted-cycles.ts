import { arrayCycles, matrixBytes, operandWords, type ResolvedConfig } from "@kpu-sim/machine";
import { type Hops, hopsOf } from "./hop-costs.ts";
import { arraysUsed, type PlannedProblem, type TileArray, type Tiling, tileCounts, type UnitsUsed } from "./problem.ts";

/** A tiling of which it is still to be said how many engines serve the host. */
export type TilingSketch = Omit<Tiling, "hostDmaEngines">;

export type Prediction = {
  readonly cycles: number;
  readonly steps: number;
  /**
   * How many DMA engines the transfers from and to the host want for themselves, by their share of the work, so that loads do not stand behind them
   * in a queue; 0 where there are too few engines to divide, or too few blocks of C for both kinds of work to go on at the same time.
   */
  readonly hostDmaEngines: number;
};

const leastEnginesToDivide = 4;
const leastBlocksToDivide = 3;
const mostStagedTiles = 16;

/** Work for one tile, or for a step of one compute tile: bytes, and cycles. */
type TileWork = {
  readonly a: number;
  readonly b: number;
  readonly c: number;
  readonly product: number;
  /** In the vector units. */
  readonly ending: number;
};

/**
 * How long tilings of a product take on a machine if its busiest part never waits. What depends on the machine and the product alone is looked up
 * once for all tilings that are tried.
 */
export class PredictedCycles {
  readonly #problem: PlannedProblem;
  readonly #units: UnitsUsed;
  readonly #operandBits: number;
  readonly #arrays: readonly TileArray[];
  readonly #vectorUnits: ResolvedConfig["vectorUnits"];
  readonly #hops: Hops;

  constructor(config: ResolvedConfig, problem: PlannedProblem, units: UnitsUsed) {
    this.#problem = problem;
    this.#units = units;
    this.#operandBits = config.computeTiles.operandBits;
    this.#arrays = arraysUsed(config, units.tiles);
    this.#vectorUnits = config.vectorUnits;
    this.#hops = hopsOf(config);
  }

  /** So many tiles together that the latency of host memory is a small part of a transfer. */
  stagedTiles({ tileM, tileN, tileK }: Pick<Tiling, "tileM" | "tileN" | "tileK">): number {
    const { format, k } = this.#problem;
    const { hostLatencyCycles, hostBytesPerCycle } = this.#hops;
    const beats = matrixBytes(format, Math.min(tileM, tileN), tileK) / hostBytesPerCycle;
    return Math.max(1, Math.min(Math.ceil((4 * hostLatencyCycles) / beats), Math.floor(k / tileK), mostStagedTiles));
  }

  /**
   * What the busiest of engines, ports and arrays has to do, cycles, with last, smaller tiles counted as full ones, and the way of the first and of
   * the last tile. Transfers count with their latency, because an engine serves one after another (timing rule 8).
   */
  of(tiling: TilingSketch): Prediction {
    const { load, host, move, stream, hostBytesPerCycle, externalBytesPerCycle } = this.#hops;
    const { gridRows, gridCols, stagedTiles, sumBuffers } = tiling;
    const { rowTiles, colTiles, depthTiles } = tileCounts(this.#problem, tiling);
    const { a, b, c, product, ending } = this.#tileWork(tiling);
    const { dmaEngines, blockMovers, streamers } = this.#units;
    const blocks = Math.ceil(rowTiles / gridRows) * Math.ceil(colTiles / gridCols);
    const steps = blocks * depthTiles;
    const outputs = rowTiles * colTiles;
    const tiles = gridRows * gridCols;
    const stagings = Math.ceil(depthTiles / stagedTiles);
    const hostDma =
      stagings * (rowTiles * host(a * stagedTiles) + colTiles * host(b * stagedTiles)) + outputs * host(c);
    const chipDma = steps * (gridRows * load(a) + gridCols * load(b)) + outputs * load(c);
    const hostBytes = depthTiles * (rowTiles * a + colTiles * b) + outputs * c;
    const chipBytes = steps * (gridRows * a + gridCols * b) + outputs * c;
    // A block has to wait for the sums of the one before it to leave, if there is no room for both.
    const leaving = sumBuffers === 1 ? ending + stream(c) : 0;
    const busiest = Math.max(
      steps * product + blocks * leaving,
      blocks * ending,
      (hostDma + chipDma) / dmaEngines,
      (steps * (gridRows * move(a) + gridCols * move(b)) + outputs * move(c)) / blockMovers,
      (tiles * (steps * (stream(a) + stream(b)) + blocks * stream(c))) / Math.min(streamers, 3 * tiles),
      hostBytes / hostBytesPerCycle,
      (hostBytes + chipBytes) / externalBytesPerCycle,
    );
    // Before the first product and after the last one the arrays wait for the way in and the way out.
    const hops = (bytes: number): number => load(bytes) + move(bytes) + stream(bytes);
    const ends = host(Math.max(a, b) * stagedTiles) + hops(b) + product + ending + hops(c) + host(c);
    const isDivided = dmaEngines >= leastEnginesToDivide && blocks >= leastBlocksToDivide;
    const share = Math.round((dmaEngines * hostDma) / (hostDma + chipDma));
    return {
      cycles: busiest + ends,
      steps,
      hostDmaEngines: isDivided ? Math.max(1, Math.min(share, dmaEngines - 1)) : 0,
    };
  }

  #tileWork({ tileM, tileN, tileK, dataflow }: TilingSketch): TileWork {
    const { format, resultFormat, ending } = this.#problem;
    const words = operandWords(format, this.#operandBits, tileK);
    const product = this.#arrays.reduce(
      (most, array) => Math.max(most, arrayCycles({ ...array, dataflow }, tileM, tileN, words)),
      0,
    );
    const { width, pipelineDepth } = this.#vectorUnits;
    return {
      a: matrixBytes(format, tileM, tileK),
      b: matrixBytes(format, tileK, tileN),
      c: matrixBytes(resultFormat, tileM, tileN),
      product,
      ending: ending === undefined ? 0 : tileM * Math.ceil(tileN / width) + pipelineDepth,
    };
  }
}
