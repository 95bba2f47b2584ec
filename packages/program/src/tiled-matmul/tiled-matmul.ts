import {
  decodeMatrix,
  encodeMatrix,
  KpuError,
  type Machine,
  matrixBytes,
  type NumberFormat,
  numberFormats,
  type PeriodicProgram,
  requireFitting,
  type SteadyState,
} from "@kpu-sim/machine";
import { type Ending, type EndingRequest, endingOf, givenParameters, parameterBytes } from "./ending.ts";
import { Pipeline } from "./pipeline.ts";
import { memoriesUsed, type Placement, place } from "./placement.ts";
import type { MatmulProblem, PlannedProblem, Tiling, UnitsUsed } from "./problem.ts";
import { type FiguresUsed, figuresUsed, type MatmulReport, type PartsUsed, reportOf } from "./report.ts";
import { SemaphorePool } from "./semaphore-pool.ts";
import { chooseTiling, type TilingWishes } from "./tiling.ts";

/** How many units work on a product; default: all that the machine has. */
type UnitWishes = { readonly [Kind in keyof UnitsUsed]?: number | undefined };

/** Elements of A or B: float32 for floating-point formats, for whole numbers any of these. */
type MatmulOperand = Float32Array | Int32Array | Int16Array | Int8Array | Uint8Array;

/** A product and how it is to be done; what is left out is chosen. */
export type TiledMatmulRequest = MatmulProblem &
  TilingWishes &
  UnitWishes &
  EndingRequest & {
    /**
     * Row-major: A has m x k elements, B has k x n; they are rounded to `format`. Left out on a machine that simulates times only, and where they lie in
     * host memory already or will be written there before the first run (at `places`).
     */
    readonly a?: MatmulOperand | undefined;
    readonly b?: MatmulOperand | undefined;
    /** Byte offset in host region 0 from which on the matrices lie; default 0. Products of machines that share it need room of their own. */
    readonly hostBase?: number | undefined;
  };

/**
 * C, row-major m x n, read from the simulated host memory (empty on a machine that simulates times only), and what it took: float32, or
 * int32 where its format is one of whole numbers.
 */
export type TiledMatmulResult = { readonly c: Float32Array | Int32Array; readonly report: MatmulReport };

/**
 * A matrix product of any size on the whole machine: operands go from host memory through external memory, L3, L2 and L1 to the
 * arrays and results the same way back, tile by tile, on all compute tiles, every engine waiting for the others by semaphores
 * only. The result is bit-equal to the plain triple loop, and to the vector unit's functions of it where the product ends in them.
 *
 * It needs an idle machine and uses its memories from their first byte on (host region 0); nothing is put back. Errors:
 * KPU_DIMENSION for sizes below 1, operands of other lengths and tilings that fit nowhere; KPU_COMPONENT_ID for a
 * machine without a level of memory, or without units of a kind; KPU_ARGUMENT for a format that is wider than the machine's
 * operands, a NaN among whole numbers, whole numbers that end in the vector units without a scale, and scales that are not positive and finite;
 * KPU_BUSY for a machine with work. Nothing is started then.
 */
export class TiledMatmul {
  readonly problem: PlannedProblem;
  readonly tiling: Tiling;
  readonly units: UnitsUsed;
  readonly #machine: Machine;
  readonly #placement: Placement;
  readonly #pipeline: Pipeline;
  readonly #pool: SemaphorePool;
  readonly #used: PartsUsed;
  readonly #before: FiguresUsed;
  readonly #steadyState: SteadyState;
  #stepsDone = 0;
  readonly #onStepDone = (): void => {
    this.#stepsDone++;
    if (this.#pipeline.isLookDue) this.#steadyState.jump();
    this.#issueStep();
  };

  /** `window`: steps issued before they can run; more than the default change nothing. */
  constructor(machine: Machine, request: TiledMatmulRequest, window: number = 0) {
    const { m, n, k, a, b, format = "float32", resultFormat, hostBase = 0 } = request;
    requireHostBase(hostBase);
    requireSide(m, "m");
    requireSide(n, "n");
    requireSide(k, "k");
    requireFitting(format, machine.config.computeTiles.operandBits);
    const ending = endingOf(request, format, resultFormat);
    const hasValues = !machine.config.timingOnly;
    const parameters = givenParameters(request, n, hasValues);
    requireOperand(a, "A", m, k, hasValues);
    requireOperand(b, "B", k, n, hasValues);
    for (const side of ["tileM", "tileN", "tileK"] as const) {
      const size = request[side];
      if (size !== undefined) requireSide(size, side);
    }
    if (machine.hasWork) {
      throw new KpuError(
        "KPU_BUSY",
        "a tiled product needs the whole machine, which has work: run it until it is idle first",
      );
    }
    this.#machine = machine;
    this.problem = { m, n, k, format, resultFormat: resultFormat ?? resultOf(format, ending), ending };
    this.units = unitsOf(machine, request);
    this.tiling = chooseTiling(machine, this.problem, this.units, request);
    const placement = place(machine, this.problem, this.tiling, hostBase);
    if ("kind" in placement) {
      throw new KpuError(
        "KPU_DIMENSION",
        `the product ${m} x ${n} x ${k} does not fit into this machine's ${placement.kind} memory: no room for another ` +
          `${placement.bytes} bytes in any one of them`,
      );
    }
    const aBytes = a === undefined ? undefined : encodeMatrix(format, a, m, k);
    const bBytes = b === undefined ? undefined : encodeMatrix(format, b, k, n);
    this.#placement = placement;
    this.#pool = new SemaphorePool(machine);
    this.#pipeline = new Pipeline(machine, this.problem, this.tiling, placement, this.units, this.#pool);
    if (aBytes !== undefined) machine.host(0).write(placement.host.a, aBytes);
    if (bBytes !== undefined) machine.host(0).write(placement.host.b, bBytes);
    for (const { row, values } of parameters) {
      machine.host(0).writeFloat32(placement.host.parameters + row * parameterBytes * n, values);
    }
    this.#steadyState = machine.steadyState(this.#program, this.#onStepDone);
    this.#used = { memories: memoriesUsed(placement), units: this.units };
    this.#before = figuresUsed(machine, this.#used);
    const ahead = Math.max(window, this.#pipeline.leastWindow);
    for (let step = 0; step < ahead && !this.#pipeline.isIssued; step++) this.#issueStep();
  }

  /**
   * Where A, B, C and the parameters lie in host region 0, byte offsets; each row of an int4 matrix begins at a whole byte. Parameters are rows of
   * float32, one behind the other: scales, if there is one for each column, then the bias, if there is one.
   */
  get places(): Placement["host"] {
    return this.#placement.host;
  }

  /** Steps of the program, and how many of them are done. */
  get progress(): { readonly steps: number; readonly done: number } {
    return { steps: this.#pipeline.stepCount, done: this.#stepsDone };
  }

  /** Runs for at most so many events; returns whether the product is complete. */
  advance(events: number): boolean {
    return this.#machine.runSlice({ rounds: events });
  }

  /** Runs to the end, if need be, and reads the result. */
  finish(): TiledMatmulResult {
    const report = this.report();
    if (this.#machine.config.timingOnly) return { c: new Float32Array(0), report };
    const { m, n, resultFormat } = this.problem;
    const bytes = this.#machine.host(0).read(this.#placement.host.c, matrixBytes(resultFormat, m, n));
    return { c: decodeMatrix(resultFormat, bytes, m, n), report };
  }

  /** Runs to the end, if need be, and says what it took. */
  report(): MatmulReport {
    this.#machine.runUntilIdle();
    this.release();
    const { config } = this.#machine;
    return reportOf({
      config,
      problem: this.problem,
      tiling: this.tiling,
      used: this.#used,
      before: this.#before,
      after: figuresUsed(this.#machine, this.#used),
    });
  }

  /**
   * Gives its semaphores back for the next product. Only for a product that nobody asks for its report any more: one whose
   * work was dropped by a reset, or has run to its end.
   */
  release(): void {
    this.#pool.release();
  }

  /** The pipeline and the steps that are done, for jumps over repetitions. */
  get #program(): PeriodicProgram {
    const pipeline = this.#pipeline;
    const stepsDone = (): number => this.#stepsDone;
    return {
      get counters(): readonly number[] {
        return [...pipeline.counters, stepsDone()];
      },
      describe: (state) => pipeline.describe(state),
      repetitions: (since) => pipeline.repetitions(since),
      skip: (counts) => {
        pipeline.skip(counts);
        this.#stepsDone += counts.at(-1) ?? 0;
      },
    };
  }

  /** Issues a step, and another one whenever one is done. */
  #issueStep(): void {
    if (this.#pipeline.isIssued) return;
    this.#pipeline.issueStep(this.#onStepDone);
  }
}

/** A matrix product through all levels of the machine; see `TiledMatmul`. */
export function tiledMatmul(machine: Machine, request: TiledMatmulRequest): TiledMatmulResult {
  return new TiledMatmul(machine, request).finish();
}

function requireHostBase(offset: number): void {
  if (Number.isInteger(offset) && offset >= 0) return;
  throw new KpuError("KPU_ADDRESS_RANGE", `hostBase must be a byte offset from 0, got ${offset}`);
}

/** The vector units give float32. */
function resultOf(format: NumberFormat, ending: Ending | undefined): NumberFormat {
  return ending === undefined ? numberFormats[format].accumulator : "float32";
}

const operandKinds = [Float32Array, Int32Array, Int16Array, Int8Array, Uint8Array] as const;

function requireSide(size: number, name: string): void {
  if (Number.isInteger(size) && size >= 1) return;
  throw new KpuError("KPU_DIMENSION", `${name} must be a whole number from 1, got ${size}`);
}

function requireOperand(
  values: MatmulOperand | undefined,
  name: string,
  rows: number,
  cols: number,
  hasValues: boolean,
): void {
  if (values === undefined) return;
  if (!hasValues) {
    throw new KpuError("KPU_TIMING_ONLY", `${name} must be left out: this machine simulates times only (timing_only)`);
  }
  if (!operandKinds.some((kind) => values instanceof kind)) {
    throw new KpuError("KPU_TYPE", `${name} must be a Float32Array or, for whole numbers, an array of integers`);
  }
  if (values.length === rows * cols) return;
  throw new KpuError(
    "KPU_DIMENSION",
    `${name} must have ${rows} x ${cols} = ${rows * cols} elements (row-major), got ${values.length}`,
  );
}

/** The units that work, as many as are wished, or all. */
function unitsOf(machine: Machine, request: TiledMatmulRequest): UnitsUsed {
  const { config } = machine;
  const use = (name: keyof UnitsUsed, title: string, available: number): number => {
    if (available === 0) {
      throw new KpuError("KPU_COMPONENT_ID", `a tiled product needs at least one ${title}; this machine has none`);
    }
    const wished = request[name] ?? available;
    if (Number.isInteger(wished) && wished >= 1 && wished <= available) return wished;
    throw new KpuError(
      "KPU_COMPONENT_ID",
      `${name} must be 1 to ${available}, the ${title}s of this machine; got ${wished}`,
    );
  };
  for (const kind of ["host", "external", "l3", "l2", "scratchpad"] as const) {
    if (machine.memoryRange(kind).count > 0) continue;
    throw new KpuError(
      "KPU_COMPONENT_ID",
      `a tiled product passes through every level of the hierarchy; this machine has no ${kind} memory`,
    );
  }
  return {
    tiles: use("tiles", "compute tile", config.computeTiles.count),
    dmaEngines: use("dmaEngines", "DMA engine", config.dmaEngines.count),
    blockMovers: use("blockMovers", "block mover", config.blockMovers.count),
    streamers: use("streamers", "streamer", config.streamers.count),
  };
}
