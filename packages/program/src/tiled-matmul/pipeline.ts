import type { Machine, StateVector } from "@kpu-sim/machine";
import { parameterRows } from "./ending.ts";
import { EngineDealer } from "./engine-dealer.ts";
import { Ring, type Spot } from "./hop.ts";
import { OperandLane, type Staged } from "./operand-lane.ts";
import { OperandPanels } from "./operand-panels.ts";
import type { Place, Placement } from "./placement.ts";
import { type PlannedProblem, type Tiling, tileSize, type UnitsUsed } from "./problem.ts";
import { Repetitions } from "./repetitions.ts";
import type { SemaphorePool } from "./semaphore-pool.ts";
import { StepKinds } from "./step-kinds.ts";
import { type Step, Steps } from "./steps.ts";
import { type ResultTile, TileLane } from "./tile-lane.ts";

type PendingResult = { dueStep: number; readonly lane: TileLane; readonly result: ResultTile };

/**
 * The program of a tiled product: issues the transfers and products of each step. Issued in this order, every piece of work
 * could run to its end before the next begins, each semaphore is waited for by one engine, and engines serve their queues in
 * order: so the program cannot lock up, whatever the engines' speeds.
 */
export class Pipeline {
  readonly #tiling: Tiling;
  readonly #steps: Steps;
  readonly #k: number;
  readonly #a: OperandPanels;
  readonly #b: OperandPanels;
  readonly #c: OperandPanels;
  readonly #rows: readonly OperandLane[];
  readonly #cols: readonly OperandLane[];
  readonly #tiles: readonly TileLane[];
  readonly #lanes: readonly (OperandLane | TileLane)[];
  readonly #repetitions: Repetitions;
  /** Results on their way out, by level. */
  readonly #pending: readonly [PendingResult[], PendingResult[], PendingResult[], PendingResult[]] = [[], [], [], []];
  #nextStep = 0;

  constructor(
    machine: Machine,
    problem: PlannedProblem,
    tiling: Tiling,
    placement: Placement,
    units: UnitsUsed,
    pool: SemaphorePool,
  ) {
    const { gridRows, gridCols, tileM, tileN, tileK } = tiling;
    const { m, n, k, format, resultFormat, ending } = problem;
    this.#tiling = tiling;
    this.#k = k;
    this.#steps = new Steps(problem, tiling);
    const spots = (kind: "external" | "l3" | "l2", places: readonly Place[]): readonly Spot[] =>
      places.map(({ id, offset }) => ({ memory: machine.memory(kind, id), offset }));
    const memory = machine.host(0);
    const [across, down, along] = [
      { elements: n, tile: tileN },
      { elements: m, tile: tileM },
      { elements: k, tile: tileK },
    ];
    const { host, externalA, externalB, externalC } = placement;
    const hostMatrix = (offset: number, cols: number) => ({ memory, offset, cols, format });
    const parameters = { offset: host.parameters, rows: parameterRows(ending) };
    this.#a = new OperandPanels(hostMatrix(host.a, k), "rows", down, along, spots("external", externalA));
    this.#b = new OperandPanels(
      hostMatrix(host.b, n),
      "columns",
      across,
      along,
      spots("external", externalB),
      parameters,
    );
    const result = { memory, offset: host.c, cols: n, format: resultFormat };
    this.#c = new OperandPanels(result, "rows", down, across, spots("external", externalC));
    const dealer = new EngineDealer(machine, units, tiling.hostDmaEngines);
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
      const products = { dataflow: tiling.dataflow, format, resultFormat, ending };
      return new TileLane(pool, machine.tile(tile), products, dealer.forTile(tile), buffers);
    });
    const steps = this.#steps;
    const ahead = steps.stagingAhead;
    this.#rows = placement.rowLanes.map(({ l3, l2 }, row) => {
      const readers = this.#tiles.slice(row * gridCols, (row + 1) * gridCols).map(({ a }) => a);
      const rings = { l3: new Ring(spots("l3", l3)), l2: new Ring(spots("l2", l2)) };
      const isStep = (step: number): boolean => steps.stagesRows(step);
      return new OperandLane(pool, dealer.forLane(row), rings, readers, { isStep, ahead });
    });
    this.#cols = placement.colLanes.map(({ l3, l2 }, col) => {
      const readers = this.#tiles.filter((_, tile) => tile % gridCols === col).map(({ b }) => b);
      const rings = { l3: new Ring(spots("l3", l3)), l2: new Ring(spots("l2", l2)) };
      // Steps of a lane are steps of the program in the first row of blocks, and only there do columns come from the host.
      const isStep = (step: number): boolean => steps.stagesColumn(step, col);
      return new OperandLane(pool, dealer.forLane(gridRows + col), rings, readers, { isStep, ahead });
    });
    this.#lanes = [...this.#rows, ...this.#cols, ...this.#tiles];
    const kinds = new StepKinds(steps, tiling, this.#a, this.#b, this.#c);
    this.#repetitions = new Repetitions(steps, kinds, tiling);
  }

  get stepCount(): number {
    return this.#steps.count;
  }

  /** Steps that have to be issued ahead of those that run. */
  get leastWindow(): number {
    return this.#steps.window;
  }

  /** Whether all steps have been issued. */
  get isIssued(): boolean {
    return this.#nextStep === this.#steps.count;
  }

  /** Issues the next step; `onComplete` is called when its first product is complete. */
  issueStep(onComplete: () => void): void {
    const number = this.#nextStep++;
    if (number === 0) for (let ahead = 0; ahead < this.#steps.staged; ahead++) this.#stage(ahead);
    this.#stage(number + this.#steps.staged);
    const step = this.#steps.at(number);
    this.#bring(step);
    this.#feed(step);
    this.#moveResults(number);
    this.#multiply(step, number, onComplete);
    if (this.isIssued) this.#moveAllResults(number);
  }

  /** Steps issued, and then how far every lane is. */
  get counters(): readonly number[] {
    return [this.#nextStep, ...this.#lanes.flatMap(({ counters }) => counters)];
  }

  /** Goes on as if it had issued so much more. */
  skip([steps = 0, ...counts]: readonly number[]): void {
    this.#nextStep += steps;
    let first = 0;
    for (const lane of this.#lanes) {
      const { length } = lane.counters;
      lane.skip(counts.slice(first, first + length));
      first += length;
    }
    for (const queue of this.#pending) for (const pending of queue) pending.dueStep += steps;
  }

  /** What decides, besides the kinds of the coming blocks, which work is issued next. */
  describe(state: StateVector): void {
    for (const lane of this.#lanes) lane.describe(state);
    for (const queue of this.#pending) {
      state.add(queue.length);
      for (const { dueStep, lane, result } of queue) {
        state.add(dueStep - this.#nextStep);
        state.addIdentity(lane);
        state.add(result.bytes);
        state.add(result.external.memory.id);
      }
    }
  }

  /** Whether now, before the next step is issued, is a moment to look for a repetition. */
  get isLookDue(): boolean {
    return !this.isIssued && this.#repetitions.isLookDue(this.#nextStep);
  }

  /** How many times the steps since the given ones come again, one time after another. */
  repetitions([stepsThen = 0]: readonly number[]): number {
    return this.#repetitions.times(this.#nextStep, stepsThen);
  }

  /** Brings the operand tiles of a step from the host that no step before has brought, with those that come together with them. */
  #stage(number: number): void {
    if (number >= this.#steps.count) return;
    const step = this.#steps.at(number);
    const { blockRow, blockCol, depth } = step;
    this.#stageLanes(this.#rows, this.#a, this.#steps.activeRows(step), blockRow, depth, blockCol === 0);
    this.#stageLanes(this.#cols, this.#b, this.#steps.activeCols(step), blockCol, depth, blockRow === 0);
  }

  #stageLanes(
    lanes: readonly OperandLane[],
    panels: OperandPanels,
    active: number,
    block: number,
    depth: number,
    isNew: boolean,
  ): void {
    const tiles = isNew ? this.#steps.stagedTogether(depth) : 0;
    for (let index = 0; index < active; index++) {
      const panel = block * lanes.length + index;
      const transfers: Staged[] = [];
      if (tiles > 0) {
        transfers.push({
          name: `${tiles} tiles ${panels.sizeOf(panel, depth)}`,
          host: panels.host(panel, depth),
          external: panels.external(panel, depth),
          layout: () => panels.packing(panel, depth, tiles),
        });
      }
      if (isNew && panels.hasParameters(depth)) {
        transfers.push({ name: `parameters ${panels.width(panel)}`, ...panels.parameters(panel) });
      }
      lanes[index]?.stage(transfers);
    }
  }

  /** External memory to L3 and on to L2: the operands of a step. */
  #bring(step: Step): void {
    const { blockRow, blockCol, depth } = step;
    const [rows, cols] = [this.#steps.activeRows(step), this.#steps.activeCols(step)];
    this.#bringLanes(this.#rows, this.#a, rows, blockRow, depth, blockCol === 0, cols);
    this.#bringLanes(this.#cols, this.#b, cols, blockCol, depth, blockRow === 0, rows);
  }

  #bringLanes(
    lanes: readonly OperandLane[],
    panels: OperandPanels,
    active: number,
    block: number,
    depth: number,
    isNew: boolean,
    readers: number,
  ): void {
    const tiles = isNew && this.#steps.stagedTogether(depth) > 0;
    const parameters = isNew && panels.hasParameters(depth);
    const staged = tiles && parameters ? 2 : tiles || parameters ? 1 : 0;
    for (let index = 0; index < active; index++) {
      const panel = block * lanes.length + index;
      const [size, bytes] = [panels.sizeOf(panel, depth), panels.bytesOf(panel, depth)];
      lanes[index]?.load(size, bytes, panels.external(panel, depth), staged);
      lanes[index]?.move(size, bytes, readers);
    }
  }

  /** L2 to L1: every compute tile takes its operands. */
  #feed(step: Step): void {
    const { blockRow, blockCol, depth } = step;
    const { gridRows, gridCols } = this.#tiling;
    const [rows, cols] = [this.#steps.activeRows(step), this.#steps.activeCols(step)];
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
    const { gridRows, gridCols, tileM, tileN, tileK, sumBuffers } = this.#tiling;
    const [rows, cols] = [this.#steps.activeRows(step), this.#steps.activeCols(step)];
    const k = tileSize(this.#k, tileK, depth);
    const isLast = this.#steps.isLastOfBlock(step);
    for (let row = 0; row < rows; row++) {
      for (let col = 0; col < cols; col++) {
        const lane = this.#tiles[row * gridCols + col];
        const [panel, tile] = [blockRow * gridRows + row, blockCol * gridCols + col];
        const [m, n] = [this.#c.width(panel), this.#c.length(tile)];
        const size = (m < tileM ? 4 : 0) + (n < tileN ? 2 : 0) + (k < tileK ? 1 : 0);
        lane?.multiply({ m, n, k, size, isFirst: depth === 0, isLast }, row + col === 0 ? onComplete : undefined);
        if (!isLast || lane === undefined) continue;
        this.#pending[0].push({ dueStep: number + sumBuffers, lane, result: this.#resultAt(panel, tile) });
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
}
