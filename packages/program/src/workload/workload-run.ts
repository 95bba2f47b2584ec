import type { RepeatStep, TiledProductStep, Workload, WorkloadStep } from "@kpu-sim/formats";
import { KpuError, type Machine } from "@kpu-sim/machine";
import { TiledMatmul } from "../tiled-matmul/tiled-matmul.ts";
import { type CheckedExpectation, checkExpectation } from "./expectations.ts";
import { issueProduct, issueTransfer, issueVector, type StepSurroundings } from "./issue-step.ts";
import { atLine, type Block, LocatedAreas, type Variables, wholeBlock } from "./located-areas.ts";
import { seededOperands } from "./seeded-numbers.ts";

/** Most pieces of work of a workload, loops written out. */
const mostPieces = 1_000_000;

/** What came out of a workload. */
export type WorkloadResult = {
  /** Cycles from the beginning of the workload to its last completion. */
  readonly cycles: number;
  readonly timeNs: number;
  readonly hazards: number;
  readonly pieces: number;
  readonly expectations: readonly CheckedExpectation[];
};

/**
 * A workload on a machine, from its areas' contents to what is expected at the end. Work is issued in the order of the steps at the
 * cycle at which the machine stands, and then runs by itself: nothing but semaphores orders it, as with any other work. Errors: KPU_BUSY for
 * a machine with work; those of the work, with the line of the file; KPU_DEADLOCK.
 */
export class WorkloadRun {
  readonly workload: Workload;
  readonly #machine: Machine;
  readonly #areas: LocatedAreas;
  readonly #surroundings: StepSurroundings;
  readonly #pending: Iterator<PlannedStep>;
  readonly #pieces: number;
  readonly #startCycle: number;
  readonly #hazardsBefore: number;
  #next: PlannedStep | undefined;
  #issued = 0;
  #product: TiledMatmul | undefined;
  /** The result of the latest tiled product; an earlier one may be written over. */
  #productBlock: Block | undefined;
  #isStalled = false;

  constructor(machine: Machine, workload: Workload) {
    if (machine.hasWork)
      throw new KpuError("KPU_BUSY", "a workload needs a machine without work: run it until it is idle first");
    this.workload = workload;
    this.#machine = machine;
    this.#pieces = piecesOf(workload.steps);
    this.#areas = new LocatedAreas(machine, workload.areas);
    if (!machine.config.timingOnly) this.#areas.fill();
    const semaphores = new Map(
      workload.semaphores.map(({ name, credits, grants }) => [name, machine.semaphore(name, credits, grants)] as const),
    );
    this.#surroundings = { machine, areas: this.#areas, semaphores };
    this.#startCycle = machine.cycle;
    this.#hazardsBefore = machine.hazards.length;
    this.#pending = planned(workload.steps, new Map());
    this.#next = this.#take();
  }

  /** Pieces of work that there are, and how many have been issued. */
  get progress(): { readonly pieces: number; readonly issued: number } {
    return { pieces: this.#pieces, issued: this.#issued };
  }

  /** Goes on for at most so many events; returns whether the workload is done. */
  advance(events: number): boolean {
    for (;;) {
      if (!this.#machine.runSlice({ rounds: events })) return false;
      if (!this.issueMore()) return true;
    }
  }

  /**
   * For whoever runs the machine himself, until it is idle: issues the next steps then, up to one that has to wait for them. Returns
   * whether there were any. After an error the steps before stay issued.
   */
  issueMore(): boolean {
    this.#noteProduct();
    this.#product?.release();
    this.#product = undefined;
    if (this.#next === undefined) return false;
    do {
      this.#issue(this.#next);
      this.#next = this.#take();
    } while (this.#next !== undefined && !waitsForAll.has(this.#next.step.kind));
    return true;
  }

  /** Runs to the end, if need be, and looks at what was expected. */
  finish(): WorkloadResult {
    this.advance(Number.POSITIVE_INFINITY);
    const machine = this.#machine;
    const cycles = machine.cycle - this.#startCycle;
    const hazards = machine.hazards.length - this.#hazardsBefore;
    const { expectations } = this.workload;
    return {
      cycles,
      timeNs: cycles / machine.config.clockGhz,
      hazards,
      pieces: this.#pieces,
      expectations: expectations.map((each) => checkExpectation(machine, this.#areas, hazards, cycles, each)),
    };
  }

  /** Where everything lies that has a name: the areas, and `C`, the result of the latest tiled product. */
  get blocks(): ReadonlyMap<string, Block> {
    const { whole } = this.#areas;
    return this.#productBlock === undefined ? whole : new Map([...whole, [tiledResultName, this.#productBlock]]);
  }

  /** Whether a tiled product came to rest before its end, which only a fault can bring about. */
  get isStalled(): boolean {
    return this.#isStalled;
  }

  #noteProduct(): void {
    const product = this.#product;
    if (product === undefined) return;
    const { m, n, resultFormat } = product.problem;
    this.#productBlock = wholeBlock(tiledResultName, this.#machine.host(0), {
      offset: product.places.c,
      rows: m,
      cols: n,
      format: resultFormat,
    });
    if (product.progress.done < product.progress.steps) this.#isStalled = true;
  }

  #take(): PlannedStep | undefined {
    const { value, done } = this.#pending.next();
    return done === true ? undefined : value;
  }

  #issue({ step, variables }: PlannedStep): void {
    atLine(step.line, () => {
      switch (step.kind) {
        case "transfer":
          issueTransfer(this.#surroundings, step, variables);
          break;
        case "product":
          issueProduct(this.#surroundings, step, variables);
          break;
        case "vector":
          issueVector(this.#surroundings, step, variables);
          break;
        case "tiledProduct":
          this.#product = this.#startProduct(step);
          break;
        case "drain":
          return;
      }
      this.#issued++;
    });
  }

  #startProduct({ m, n, k, tileM, tileN, tileK, dataflow, doubleBuffer, format }: TiledProductStep): TiledMatmul {
    const operands = this.#machine.config.timingOnly ? {} : seededOperands({ m, n, k, format });
    const wishes = { tileM, tileN, tileK, dataflow, doubleBuffer };
    return new TiledMatmul(this.#machine, { m, n, k, format, ...wishes, ...operands });
  }
}

/** What the result of a tiled product is called among the blocks of a workload. */
export const tiledResultName = "C (tiled product)";

/** A workload from beginning to end; see `WorkloadRun`. */
export function runWorkload(machine: Machine, workload: Workload): WorkloadResult {
  return new WorkloadRun(machine, workload).finish();
}

/** Steps before which everything is done. */
const waitsForAll: ReadonlySet<WorkloadStep["kind"]> = new Set(["drain", "tiledProduct"]);

type PlannedStep = { readonly step: Exclude<WorkloadStep, RepeatStep>; readonly variables: Variables };

/** Steps in the order in which they are issued. */
function* planned(steps: readonly WorkloadStep[], variables: Variables): Generator<PlannedStep, undefined> {
  for (const step of steps) {
    if (step.kind !== "repeat") {
      yield { step, variables };
      continue;
    }
    for (let round = 0; round < step.times; round++) {
      const inner = step.variable === undefined ? variables : new Map([...variables, [step.variable, round] as const]);
      yield* planned(step.steps, inner);
    }
  }
  return undefined;
}

/** Pieces of work with loops written out. Errors: KPU_SIZE for too many. */
function piecesOf(steps: readonly WorkloadStep[]): number {
  let sum = 0;
  for (const step of steps) {
    if (step.kind === "repeat") sum += step.times * piecesOf(step.steps);
    else if (step.kind !== "drain") sum++;
  }
  if (sum <= mostPieces) return sum;
  throw new KpuError(
    "KPU_SIZE",
    `the workload has ${sum} pieces of work with its loops written out; at most ${mostPieces} are run`,
  );
}
