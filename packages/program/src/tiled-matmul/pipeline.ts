import {
  type DataMover,
  geometry,
  type Machine,
  type MemoryRegion,
  type MoverKind,
  type TransferLayout,
} from "@kpu-sim/machine";
import { Hop, type Spot } from "./hop.ts";
import { OperandLane, type OperandTile } from "./operand-lane.ts";
import type { LanePlaces, Place, Placement } from "./placement.ts";
import {
  elementBytes,
  type MatmulProblem,
  type TileCounts,
  type Tiling,
  tileCounts,
  tileSize,
  type UnitsUsed,
} from "./problem.ts";
import type { SemaphorePool } from "./semaphore-pool.ts";
import { type ResultLevel, type ResultTile, TileLane } from "./tile-lane.ts";

/** A step: one tile of k for one block of C, which is as large as the grid of compute tiles. */
type Step = { readonly blockRow: number; readonly blockCol: number; readonly depth: number };

/** A tile in external memory. */
type PackedTile = Omit<OperandTile, "isStaged">;

type PendingResult = { readonly dueStep: number; readonly lane: TileLane; readonly result: ResultTile };

/**
 * The program of a tiled product: issues the transfers and products of each step. Issued in this order, every piece of work
 * could run to its end before the next begins, each semaphore is waited for by one engine, and engines serve their queues in
 * order: so the program cannot lock up, whatever the engines' speeds.
 */
export class Pipeline {
  readonly stepCount: number;
  readonly #problem: MatmulProblem;
  readonly #tiling: Tiling;
  readonly #placement: Placement;
  readonly #counts: TileCounts;
  readonly #machine: Machine;
  readonly #rows: readonly OperandLane[];
  readonly #cols: readonly OperandLane[];
  readonly #tiles: readonly TileLane[];
  readonly #blockCols: number;
  /** Results on their way out, by level. */
  readonly #pending: readonly [PendingResult[], PendingResult[], PendingResult[], PendingResult[]] = [[], [], [], []];
  readonly #host: MemoryRegion;
  readonly #banks: MemoryRegion[] = [];
  /** Steps between the staging of operands and their loading. */
  readonly #stagedSteps: number;
  #nextStep = 0;

  constructor(
    machine: Machine,
    problem: MatmulProblem,
    tiling: Tiling,
    placement: Placement,
    units: UnitsUsed,
    pool: SemaphorePool,
  ) {
    this.#machine = machine;
    this.#host = machine.host(0);
    this.#problem = problem;
    this.#tiling = tiling;
    this.#placement = placement;
    this.#counts = tileCounts(problem, tiling);
    const { gridRows, gridCols } = tiling;
    const { rowTiles, colTiles, depthTiles } = this.#counts;
    this.#stagedSteps = tiling.stagedTiles + 1;
    this.#blockCols = Math.ceil(colTiles / gridCols);
    this.stepCount = Math.ceil(rowTiles / gridRows) * this.#blockCols * depthTiles;
    const hops = new HopFactory(machine, units);
    this.#tiles = placement.tiles.map((places, tile) => {
      const { scratchpad } = places;
      const inL1 = (offsets: readonly number[]): readonly Spot[] =>
        offsets.map((offset) => ({ memory: machine.scratchpad(scratchpad), offset }));
      const buffers = {
        scratchpad,
        a: inL1(places.a),
        b: inL1(places.b),
        c: inL1(places.c),
        l2C: places.l2C.map((place) => this.#spot("l2", place)),
        l3C: places.l3C.map((place) => this.#spot("l3", place)),
      };
      return new TileLane(pool, machine.tile(tile), tiling.dataflow, hops.forTile(tile), buffers);
    });
    const lane = (places: LanePlaces, number: number, operand: "a" | "b", tiles: readonly TileLane[]): OperandLane =>
      new OperandLane(
        pool,
        hops.forLane(number),
        {
          l3: places.l3.map((place) => this.#spot("l3", place)),
          l2: places.l2.map((place) => this.#spot("l2", place)),
        },
        tiles.map((tile) => tile[operand]),
        this.#stagedSteps + 2,
      );
    this.#rows = placement.rowLanes.map((places, row) =>
      lane(places, row, "a", this.#tiles.slice(row * gridCols, (row + 1) * gridCols)),
    );
    this.#cols = placement.colLanes.map((places, col) =>
      lane(
        places,
        gridRows + col,
        "b",
        this.#tiles.filter((_, tile) => tile % gridCols === col),
      ),
    );
  }

  /** Steps that have to be issued ahead of those that run, so that no engine waits for the host. */
  get leastWindow(): number {
    // Staging may be so far ahead of loading, loading as far of the products as there are buffers on the way.
    return this.#stagedSteps + 16;
  }

  /** Whether all steps have been issued. */
  get isIssued(): boolean {
    return this.#nextStep === this.stepCount;
  }

  /** Issues the next step; `onComplete` is called when its first product is complete. */
  issueStep(onComplete: () => void): void {
    const number = this.#nextStep++;
    if (number === 0) for (let ahead = 0; ahead < this.#stagedSteps; ahead++) this.#stage(ahead);
    this.#stage(number + this.#stagedSteps);
    const step = this.#stepAt(number);
    this.#forEachOperand(step, (lane, tile, readers) => {
      lane.load(tile);
      lane.move(tile, readers);
    });
    this.#forEachTile(step, (tile, row, col) => {
      const [a, b] = [this.#tileOfA(step, row), this.#tileOfB(step, col)];
      tile.feed("a", a.bytes, a.size, this.#lane(this.#rows, row).newest);
      tile.feed("b", b.bytes, b.size, this.#lane(this.#cols, col).newest);
    });
    this.#moveResults(number);
    const { m, n, k } = this.#problem;
    const { tileM, tileN, tileK, gridRows, gridCols, buffers } = this.#tiling;
    const isLast = step.depth === this.#counts.depthTiles - 1;
    this.#forEachTile(step, (tile, row, col) => {
      const sizes = {
        m: tileSize(m, tileM, step.blockRow * gridRows + row),
        n: tileSize(n, tileN, step.blockCol * gridCols + col),
        k: tileSize(k, tileK, step.depth),
      };
      const size = (sizes.m < tileM ? 4 : 0) + (sizes.n < tileN ? 2 : 0) + (sizes.k < tileK ? 1 : 0);
      tile.multiply({ ...sizes, size, isFirst: step.depth === 0, isLast }, row + col === 0 ? onComplete : undefined);
      if (!isLast) return;
      this.#pending[0].push({ dueStep: number + buffers, lane: tile, result: this.#resultOf(step, row, col) });
    });
    if (this.isIssued) this.#moveAllResults(number);
  }

  #stepAt(number: number): Step {
    const block = Math.floor(number / this.#counts.depthTiles);
    return {
      blockRow: Math.floor(block / this.#blockCols),
      blockCol: block % this.#blockCols,
      depth: number % this.#counts.depthTiles,
    };
  }

  /** Brings the operand tiles of a step from the host that no step before has brought, with those that come together with them. */
  #stage(number: number): void {
    if (number >= this.stepCount) return;
    const { a, b } = this.#placement.host;
    const { n, k } = this.#problem;
    const { tileM, tileN, tileK, gridRows, gridCols, stagedTiles } = this.#tiling;
    const step = this.#stepAt(number);
    const tiles = stagedTogether(k, tileK, stagedTiles, step.depth);
    const along = tileSize(k, tileK, step.depth);
    this.#forEachOperand(step, (lane, tile, _, operand, index) => {
      const across = tile.bytes / elementBytes / along;
      const isA = operand === "a";
      const row = isA ? (step.blockRow * gridRows + index) * tileM : step.depth * tileK;
      const col = isA ? step.depth * tileK : (step.blockCol * gridCols + index) * tileN;
      const width = isA ? k : n;
      const offset = (isA ? a : b) + (row * width + col) * elementBytes;
      lane.stage(tile, tiles, { memory: this.#host, offset }, () =>
        geometry.blocks({
          count: tiles,
          rows: isA ? across : along,
          cols: isA ? along : across,
          sourceRowStride: width * elementBytes,
          sourceBlockStride: (isA ? along : along * width) * elementBytes,
        }),
      );
    });
  }

  #forEachOperand(
    step: Step,
    visit: (lane: OperandLane, tile: OperandTile, readers: number, operand: "a" | "b", index: number) => void,
  ): void {
    const [rows, cols] = [this.#activeRows(step), this.#activeCols(step)];
    for (let row = 0; row < rows; row++) {
      visit(this.#lane(this.#rows, row), this.#tileOfA(step, row), cols, "a", row);
    }
    for (let col = 0; col < cols; col++) {
      visit(this.#lane(this.#cols, col), this.#tileOfB(step, col), rows, "b", col);
    }
  }

  #forEachTile(step: Step, visit: (tile: TileLane, row: number, col: number) => void): void {
    const [rows, cols] = [this.#activeRows(step), this.#activeCols(step)];
    for (let row = 0; row < rows; row++) {
      for (let col = 0; col < cols; col++) {
        const tile = this.#tiles[row * this.#tiling.gridCols + col];
        if (tile !== undefined) visit(tile, row, col);
      }
    }
  }

  /** Rows of the grid that have a part of the block; the last block may be smaller. */
  #activeRows({ blockRow }: Step): number {
    return tileSize(this.#counts.rowTiles, this.#tiling.gridRows, blockRow);
  }

  #activeCols({ blockCol }: Step): number {
    return tileSize(this.#counts.colTiles, this.#tiling.gridCols, blockCol);
  }

  #tileOfA({ blockRow, blockCol, depth }: Step, row: number): OperandTile {
    const { m, k } = this.#problem;
    const { tileM, tileK, gridRows, stagedTiles } = this.#tiling;
    const tile = this.#packedTile(this.#placement.externalA, blockRow * gridRows + row, m, tileM, k, tileK, depth);
    return { ...tile, isStaged: blockCol === 0 && stagedTogether(k, tileK, stagedTiles, depth) > 0 };
  }

  #tileOfB({ blockRow, blockCol, depth }: Step, col: number): OperandTile {
    const { n, k } = this.#problem;
    const { tileN, tileK, gridCols, stagedTiles } = this.#tiling;
    const tile = this.#packedTile(this.#placement.externalB, blockCol * gridCols + col, n, tileN, k, tileK, depth);
    return { ...tile, isStaged: blockRow === 0 && stagedTogether(k, tileK, stagedTiles, depth) > 0 };
  }

  /** Tile number `index` of a panel: tiles of one panel lie one behind the other. */
  #packedTile(
    panels: readonly Place[],
    panel: number,
    total: number,
    side: number,
    length: number,
    step: number,
    index: number,
  ): PackedTile {
    const [across, along] = [tileSize(total, side, panel), tileSize(length, step, index)];
    const { id, offset } = panels[panel] ?? { id: 0, offset: 0 };
    return {
      bytes: across * along * elementBytes,
      size: (across < side ? 2 : 0) + (along < step ? 1 : 0),
      external: { memory: this.#externalBank(id), offset: offset + across * index * step * elementBytes },
    };
  }

  #resultOf({ blockRow, blockCol }: Step, row: number, col: number): ResultTile {
    const { m, n } = this.#problem;
    const { tileM, tileN, gridRows, gridCols } = this.#tiling;
    const [rowTile, colTile] = [blockRow * gridRows + row, blockCol * gridCols + col];
    const tile = this.#packedTile(this.#placement.externalC, rowTile, m, tileM, n, tileN, colTile);
    const [rows, cols] = [tileSize(m, tileM, rowTile), tileSize(n, tileN, colTile)];
    const offset = this.#placement.host.c + (rowTile * tileM * n + colTile * tileN) * elementBytes;
    const layout = (): TransferLayout => geometry.tile({ rows, cols, destinationRowStride: n * elementBytes });
    return { ...tile, host: { memory: this.#host, offset }, layout };
  }

  /** Results take a hop each step, so that they do not stand in the way of the operands that the next steps need. */
  #moveResults(number: number): void {
    for (const level of [3, 2, 1, 0] as const) {
      const queue = this.#pending[level];
      while ((queue[0]?.dueStep ?? Number.POSITIVE_INFINITY) <= number) {
        const pending = queue.shift();
        if (pending === undefined) break;
        pending.lane.moveResult(level, pending.result);
        if (level < 3) this.#pending[(level + 1) as ResultLevel].push({ ...pending, dueStep: number + 1 });
      }
    }
  }

  #moveAllResults(number: number): void {
    for (let step = number + 1; this.#pending.some((queue) => queue.length > 0); step++) this.#moveResults(step);
  }

  #lane(lanes: readonly OperandLane[], index: number): OperandLane {
    const lane = lanes[index];
    if (lane === undefined) throw new RangeError(`no lane ${index}`);
    return lane;
  }

  #externalBank(id: number): MemoryRegion {
    const known = this.#banks[id];
    if (known !== undefined) return known;
    const made = this.#machine.external(id);
    this.#banks[id] = made;
    return made;
  }

  #spot(kind: "l3" | "l2", { id, offset }: Place): Spot {
    return { memory: this.#machine.memory(kind, id), offset };
  }
}

/** Deals the machine's engines out to the parts of the pipeline, in turn. */
class HopFactory {
  readonly #machine: Machine;
  readonly #units: UnitsUsed;

  constructor(machine: Machine, units: UnitsUsed) {
    this.#machine = machine;
    this.#units = units;
  }

  /** Loads and moves of a row or column; what comes from the host goes through another DMA engine where there is one. */
  forLane(number: number): { readonly stage: Hop; readonly load: Hop; readonly move: Hop } {
    return {
      stage: new Hop(this.#mover("dma", number + 1, this.#units.dmaEngines)),
      load: new Hop(this.#mover("dma", number, this.#units.dmaEngines)),
      move: new Hop(this.#mover("blockMover", number, this.#units.blockMovers)),
    };
  }

  forTile(tile: number): {
    readonly streamA: Hop;
    readonly streamB: Hop;
    readonly results: readonly [Hop, Hop, Hop, Hop];
  } {
    const { dmaEngines, blockMovers, streamers } = this.#units;
    return {
      streamA: new Hop(this.#mover("streamer", 3 * tile, streamers), "rows"),
      streamB: new Hop(this.#mover("streamer", 3 * tile + 1, streamers), "columns"),
      results: [
        new Hop(this.#mover("streamer", 3 * tile + 2, streamers), "rows"),
        new Hop(this.#mover("blockMover", tile, blockMovers)),
        new Hop(this.#mover("dma", tile, dmaEngines)),
        new Hop(this.#mover("dma", tile + 1, dmaEngines)),
      ],
    };
  }

  #mover(kind: MoverKind, number: number, count: number): DataMover {
    return this.#machine.mover(kind, number % count);
  }
}

/**
 * How many tiles along k come from the host together, beginning with tile `depth`; 0 for one that comes with an earlier one. The last
 * tile comes by itself if it is smaller than the others.
 */
function stagedTogether(k: number, tileK: number, stagedTiles: number, depth: number): number {
  const full = Math.floor(k / tileK);
  if (depth >= full) return 1;
  return depth % stagedTiles === 0 ? Math.min(stagedTiles, full - depth) : 0;
}
