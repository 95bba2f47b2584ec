import type { KpuError, Machine, MachineGroup, Semaphore } from "@kpu-sim/machine";
import type { FaultCampaign, TiledMatmul, WorkloadRun } from "@kpu-sim/program";
import type { Status } from "./frame-writer.ts";
import { KeptObservations } from "./kept-observations.ts";
import { LayoutStore } from "./layout-store.ts";

/** Rounds of the engine between two looks at the clock. */
const roundsPerLook = 512;

type HostTime = { ms: number };

/** What simulators that share an engine have together. */
export type SharedByGroup = {
  readonly group?: MachineGroup;
  readonly semaphores: Map<number, Semaphore>;
  readonly hostTime: HostTime;
};

/** One simulator of the other side: a machine, the host time spent on it, and what a posted call left to be said. */
export class SimulatorSession {
  readonly machine: Machine;
  /** The machines that it shares an engine with, itself included; undefined for one by itself. */
  readonly group: MachineGroup | undefined;
  /** The engine's semaphores by id. */
  readonly semaphores: Map<number, Semaphore>;
  /** The tiled product that is under way, or has run and not been ended. */
  tiledProduct: TiledMatmul | undefined;
  /** The workload that is under way, or has run and not been ended. */
  workload: WorkloadRun | undefined;
  /** The campaign of faults that is under way, or has run and not been ended; it has machines of its own. */
  campaign: FaultCampaign | undefined;
  /** What transfers may name by number; a reset leaves them. */
  readonly layouts: LayoutStore = new LayoutStore();
  /** Checkpoints and traces by number. */
  readonly kept: KeptObservations;
  /** Error of a posted call; the next answered call reports it. */
  latched: KpuError | Error | undefined;
  readonly #hostTime: HostTime;

  constructor(machine: Machine, shared: SharedByGroup = { semaphores: new Map(), hostTime: { ms: 0 } }) {
    this.machine = machine;
    this.kept = new KeptObservations(machine);
    this.group = shared.group;
    this.semaphores = shared.semaphores;
    this.#hostTime = shared.hostTime;
  }

  get status(): Status {
    const { cycle, horizon, isIdle } = this.machine;
    return { cycle, horizon, hostMs: this.#hostTime.ms, isIdle };
  }

  get hostMs(): number {
    return this.#hostTime.ms;
  }

  reset(): void {
    this.machine.reset();
    this.dropTiledProduct();
    this.workload = undefined;
    this.campaign = undefined;
    this.#hostTime.ms = 0;
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
      this.#hostTime.ms += performance.now() - start;
    }
  }
}
