import { type KpuError, Machine, type MachineConfig, type Semaphore } from "@kpu-sim/machine";
import type { TiledMatmul } from "@kpu-sim/program";
import type { Status } from "./frame-writer.ts";
import { KeptObservations } from "./kept-observations.ts";
import { LayoutStore } from "./layout-store.ts";

/** Rounds of the engine between two looks at the clock. */
const roundsPerLook = 512;

/** One simulator of the other side: a machine, the host time spent on it, and what a posted call left to be said. */
export class SimulatorSession {
  readonly machine: Machine;
  /** The machine's semaphores by id. */
  readonly semaphores: Semaphore[] = [];
  /** The tiled product that is under way, or has run and not been ended. */
  tiledProduct: TiledMatmul | undefined;
  /** What transfers may name by number; a reset leaves them. */
  readonly layouts: LayoutStore = new LayoutStore();
  /** Checkpoints and traces by number. */
  readonly kept: KeptObservations;
  /** Error of a posted call; the next answered call reports it. */
  latched: KpuError | Error | undefined;
  #hostMs = 0;

  constructor(config: MachineConfig) {
    this.machine = new Machine(config);
    this.kept = new KeptObservations(this.machine);
  }

  get status(): Status {
    const { cycle, horizon, isIdle } = this.machine;
    return { cycle, horizon, hostMs: this.#hostMs, isIdle };
  }

  get hostMs(): number {
    return this.#hostMs;
  }

  reset(): void {
    this.machine.reset();
    this.dropTiledProduct();
    this.#hostMs = 0;
  }

  /** Forgets a tiled product whose work is done or dropped. */
  dropTiledProduct(): void {
    this.tiledProduct?.release();
    this.tiledProduct = undefined;
  }

  /** Runs until idle (`until` undefined) or to a cycle, for about `budgetMs` at the most; true when it got there. */
  run(until: number | undefined, budgetMs: number): boolean {
    const start = performance.now();
    try {
      for (;;) {
        const slice = until === undefined ? { rounds: roundsPerLook } : { until, rounds: roundsPerLook };
        if (this.machine.runSlice(slice)) return true;
        if (performance.now() - start > budgetMs) return false;
      }
    } finally {
      this.#hostMs += performance.now() - start;
    }
  }
}
