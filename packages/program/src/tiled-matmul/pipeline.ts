import type { Machine } from "@kpu-sim/machine";
import { EngineDealer } from "./engine-dealer.ts";
import { Ring, type Spot } from "./hop.ts";
import { OperandLane } from "./operand-lane.ts";
import { OperandPanels } from "./operand-panels.ts";
import type { Place, Placement } from "./placement.ts";
import { type MatmulProblem, type TileCounts, type Tiling, tileCounts, tileSize, type UnitsUsed } from "./problem.ts";
import type { SemaphorePool } from "./semaphore-pool.ts";
import { type ResultTile, TileLane } from "./tile-lane.ts";

/** A step: one tile of k for one block of C, which is as large as the grid of compute tiles. */
type Step = { readonly blockRow: number; readonly blockCol: number; readonly depth: number };

type PendingResult = { readonly dueStep: number; readonly lane: TileLane; readonly result: ResultTile };

/**
 * The program of a tiled product: issues the transfers and products of each step. Issued in this order, every piece of work
 * could run to its end before the next begins, each semaphore is waited for by one engine, and engines serve their queues in
 * order: so the program cannot lock up, whatever the engines' speeds.
 */
export class Pipeline {
  readonly stepCount: number;
  readonly #tiling: Tiling;
  readonly #counts: TileCounts;
  readonly #blockCols: number;
  readonly #k: number;
  readonly #a: OperandPanels;
  readonly #b: OperandPanels;
  readonly #c: OperandPanels;
  readonly #rows: readonly OperandLane[];
  readonly #cols: readonly OperandLane[];
  readonly #tiles: readonly TileLane[];
  /** Steps between the staging of operands and their loading. */
  readonly #stagedSteps: number;
  /** Results on their way out, by level. */
  readonly #pending: readonly [PendingResult[], PendingResult[], PendingResult[], PendingResult[]] = [[], [], [], []];
  #nextStep = 0;

  constructor(
    machine: Machine,
    problem: MatmulProblem,
    tiling: Tiling,
    placement: Placement,
    units: UnitsUsed,
    pool: SemaphorePool,
  ) {
    const { gridRows, gridCols, tileM, tileN, tileK, stagedTiles } = tiling;
    const { m, n, k } = problem;
    this.#tiling = tiling;
    this.#k = k;
    this.#counts = tileCounts(problem, tiling);
    const { rowTiles, colTiles, depthTiles } = this.#counts;
    this.#blockCols = Math.ceil(colTiles / gridCols);
    this.stepCount = Math.ceil(rowTiles / gridRows) * this.#blockCols * depthTiles;
    this.#stagedSteps = stagedTiles + 1;
    const spots = (kind: "external" | "l3" | "l2", places: readonly Place[]): readonly Spot[] =>
      places.map(({ id, offset }) => ({ memory: machine.memory(kind, id), offset }));
    const memory = machine.host(0);
    const [across, down, along] = [
      { elements: n, tile: tileN },
      { elements: m, tile: tileM },
      { elements: k, tile: tileK },
    ];
    const { host, externalA, externalB, externalC } = placement;
    const hostMatrix = (offset: number, cols: number) => ({ memory, offset, cols });
    this.#a = new OperandPanels(hostMatrix(host.a, k), "rows", down, along, spots("external", externalA));
    this.#b = new OperandPanels(hostMatrix(host.b, n), "columns", across, along, spots("external", externalB));
    this.#c = new OperandPanels(hostMatrix(host.c, n), "rows", down, across, spots("external", externalC));
    const dealer = new EngineDealer(machine, units);
    const inL1 = (scratchpad: number, offsets: readonly number[]): Ring =>
      new Ring(offsets.map((offset) => ({ memory: machine.scratchpad(scratchpad), offset })));
    this.#tiles = placement.tiles.map(({ scratchpad, a, b, c, l2C, l3C }, tile) => {
      const buffers = {
        scratchpad,
        a: inL1(scratchpad, a),
        b: inL1(scratchpad, b),
        c: inL1(scratchpad, c),
        l2C: new Ring(spots("l2", l2C)),
        l3C: new Ring(spots("l3", l3C)),
      };
      return new TileLane(pool, machine.tile(tile), tiling.dataflow, dealer.forTile(tile), buffers);
    });
    this.#rows = placement.rowLanes.map(({ l3, l2 }, row) => {
      const readers = this.#tiles.slice(row * gridCols, (row + 1) * gridCols).map(({ a }) => a);
      const rings = { l3: new Ring(spots("l3", l3)), l2: new Ring(spots("l2", l2)) };
      return new OperandLane(pool, dealer.forLane(row), rings, readers, this.#stagedSteps + 2);
    });
    this.#cols = placement.colLanes.map(({ l3, l2 }, col) => {
      const readers = this.#tiles.filter((_, tile) => tile % gridCols === col).map(({ b }) => b);
      const rings = { l3: new Ring(spots("l3", l3)), l2: new Ring(spots("l2", l2)) };
      return new OperandLane(pool, dealer.forLane(gridRows + col), rings, readers, this.#stagedSteps + 2);
    });
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
    this.#bring(step);
    this.#feed(step);
    this.#moveResults(number);
    this.#multiply(step, number, onComplete);
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
    const step = this.#stepAt(number);
    const tiles = this.#stagedTogether(step.depth);
    this.#stageLanes(
      this.#rows,
      this.#a,
      this.#activeRows(step),
      step.blockRow,
      step.depth,
      step.blockCol === 0 ? tiles : 0,
    );
    this.#stageLanes(
      this.#cols,
      this.#b,
      this.#activeCols(step),
      step.blockCol,
      step.depth,
      step.blockRow === 0 ? tiles : 0,
    );
  }

  #stageLanes(
    lanes: readonly OperandLane[],
    panels: OperandPanels,
    active: number,
    block: number,
    depth: number,
    tiles: number,
  ): void {
    for (let index = 0; index < active; index++) {
      const panel = block * lanes.length + index;
      if (tiles === 0) lanes[index]?.skipStage();
      else {
        lanes[index]?.stage(
          panels.sizeOf(panel, depth),
          tiles,
          panels.host(panel, depth),
          panels.external(panel, depth),
          () => panels.packing(panel, depth, tiles),
        );
      }
    }
  }

  /** External memory to L3 and on to L2: the operands of a step. */
  #bring(step: Step): void {
    const { blockRow, blockCol, depth } = step;
    const isChunk = this.#stagedTogether(depth) > 0;
    const [rows, cols] = [this.#activeRows(step), this.#activeCols(step)];
    this.#bringLanes(this.#rows, this.#a, rows, blockRow, depth, isChunk && blockCol === 0, cols);
    this.#bringLanes(this.#cols, this.#b, cols, blockCol, depth, isChunk && blockRow === 0, rows);
  }

  #bringLanes(
    lanes: readonly OperandLane[],
    panels: OperandPanels,
    active: number,
    block: number,
    depth: number,
    isStaged: boolean,
    readers: number,
  ): void {
    for (let index = 0; index < active; index++) {
      const panel = block * lanes.length + index;
      const [size, bytes] = [panels.sizeOf(panel, depth), panels.bytesOf(panel, depth)];
      lanes[index]?.load(size, bytes, panels.external(panel, depth), isStaged);
      lanes[index]?.move(size, bytes, readers);
    }
  }

  /** L2 to L1: every compute tile takes its operands. */
  #feed(step: Step): void {
    const { blockRow, blockCol, depth } = step;
    const { gridRows, gridCols } = this.#tiling;
    const [rows, cols] = [this.#activeRows(step), this.#activeCols(step)];
    for (let row = 0; row < rows; row++) {
      for (let col = 0; col < cols; col++) {
        const tile = this.#tiles[row * gridCols + col];
        const [a, b] = [blockRow * gridRows + row, blockCol * gridCols + col];
        const [from, to] = [this.#rows[row]?.newest, this.#cols[col]?.newest];
        if (tile === undefined || from === undefined || to === undefined) continue;
        tile.feed("a", this.#a.sizeOf(a, depth), this.#a.bytesOf(a, depth), from);
        tile.feed("b", this.#b.sizeOf(b, depth), this.#b.bytesOf(b, depth), to);
      }
    }
  }

  #multiply(step: Step, number: number, onComplete: () => void): void {
    const { blockRow, blockCol, depth } = step;
    const { gridRows, gridCols, tileM, tileN, tileK, buffers } = this.#tiling;
    const [rows, cols] = [this.#activeRows(step), this.#activeCols(step)];
    const k = tileSize(this.#k, tileK, depth);
    const isLast = depth === this.#counts.depthTiles - 1;
    for (let row = 0; row < rows; row++) {
      for (let col = 0; col < cols; col++) {
        const lane = this.#tiles[row * gridCols + col];
        const [panel, tile] = [blockRow * gridRows + row, blockCol * gridCols + col];
        const [m, n] = [this.#c.width(panel), this.#c.length(tile)];
        const size = (m < tileM ? 4 : 0) + (n < tileN ? 2 : 0) + (k < tileK ? 1 : 0);
        lane?.multiply({ m, n, k, size, isFirst: depth === 0, isLast }, row + col === 0 ? onComplete : undefined);
        if (!isLast || lane === undefined) continue;
        this.#pending[0].push({ dueStep: number + buffers, lane, result: this.#resultAt(panel, tile) });
      }
    }
  }

  #resultAt(panel: number, tile: number): ResultTile {
    return {
      bytes: this.#c.bytesOf(panel, tile),
      size: this.#c.sizeOf(panel, tile),
      external: this.#c.external(panel, tile),
      host: this.#c.host(panel, tile),
      layout: () => this.#c.unpacking(panel, tile),
    };
  }

  /** Results take a hop each step, so that they do not stand in the way of the operands that the next steps need. */
  #moveResults(number: number): void {
    for (const level of [3, 2, 1, 0] as const) {
      const queue = this.#pending[level];
      while ((queue[0]?.dueStep ?? Number.POSITIVE_INFINITY) <= number) {
        const pending = queue.shift();
        if (pending === undefined) break;
        pending.lane.moveResult(level, pending.result);
        this.#pending[level + 1]?.push({ ...pending, dueStep: number + 1 });
      }
    }
  }

  #moveAllResults(number: number): void {
    for (let step = number + 1; this.#pending.some((queue) => queue.length > 0); step++) this.#moveResults(step);
  }

  /** Rows of the grid that have a part of the block; the last block may be smaller. */
  #activeRows({ blockRow }: Step): number {
    return tileSize(this.#counts.rowTiles, this.#tiling.gridRows, blockRow);
  }

  #activeCols({ blockCol }: Step): number {
    return tileSize(this.#counts.colTiles, this.#tiling.gridCols, blockCol);
  }

  /**
   * How many tiles along k come from the host together, beginning with tile `depth`; 0 for one that comes with an earlier one. The
   * last tile comes by itself if it is smaller than the others.
   */
  #stagedTogether(depth: number): number {
    const { tileK, stagedTiles } = this.#tiling;
    const full = Math.floor(this.#k / tileK);
    if (depth >= full) return 1;
    return depth % stagedTiles === 0 ? Math.min(stagedTiles, full - depth) : 0;
  }
}
