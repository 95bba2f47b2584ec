import {
  type CheckedExpectation,
  Machine,
  type MatmulReport,
  type MemoryKind,
  type Statistics,
  type TraceColumns,
} from "kpu-sim";
import { ArrayWatch } from "./array-watch.ts";
import type { RunDescription, RunRequest } from "./protocol.ts";
import { type StartedProgram, startProgram } from "./started-program.ts";

/** Events that a run keeps; more are only counted. */
const mostEvents = 4_000_000;
/** Bytes that one look into a memory gives. */
export const mostBytesRead = 1 << 20;

/** What has happened since the last slice. */
export type Slice = {
  readonly isFinished: boolean;
  readonly latestCycle: number;
  readonly columns: TraceColumns;
  readonly done: number;
  readonly steps: number;
  readonly dropped: number;
};

/** What the worker serves: a run that is simulated, or one that was recorded. */
export type RunSession = {
  readonly description: RunDescription;
  readonly isFinished: boolean;
  readonly latestCycle: number;
  readonly hazards: Machine["hazards"];
  /** At most so many events more. Errors: KpuError. */
  readonly advance: (rounds: number) => Slice;
  readonly statisticsAt: (cycle: number) => Statistics;
  readonly bytesAt: (cycle: number, memory: MemoryKind, id: number, offset: number, count: number) => Uint8Array;
  readonly report: () => MatmulReport | undefined;
  readonly expectations: () => readonly CheckedExpectation[];
  /** Undefined for a run that was recorded. */
  readonly arrays: ArrayWatch | undefined;
};

/**
 * One run: a machine with trace and history, and its program. It is simulated forward in slices; meanwhile and afterwards any cycle
 * that has been simulated can be looked at. The program's own place cannot go back, so the past is for looking only.
 */
export class Session implements RunSession {
  readonly description: RunDescription;
  readonly arrays: ArrayWatch;
  readonly #machine: Machine;
  readonly #program: StartedProgram;
  #eventsTold = 0;
  #latestCycle = 0;
  #isFinished = false;

  /** Errors: KpuError for a configuration or a program that does not fit together. */
  constructor(request: RunRequest) {
    const machine = new Machine(request.config);
    this.#machine = machine;
    machine.startTrace({ mostEvents, addresses: true });
    machine.startHistory();
    this.arrays = new ArrayWatch(machine, (cycle) => this.#goTo(Math.min(cycle, this.#latestCycle)));
    this.#program = startProgram(machine, request.program);
    const origin = machine.traceOrigin();
    const [config] = origin.configs;
    if (config === undefined) throw new RangeError("a machine without a configuration");
    this.description = { title: request.title, origin, config };
  }

  get isFinished(): boolean {
    return this.#isFinished;
  }

  /** The last cycle that has been simulated. */
  get latestCycle(): number {
    return this.#latestCycle;
  }

  /** Simulates at most so many events more. Errors: KpuError for a deadlock. */
  advance(rounds: number): Slice {
    const machine = this.#machine;
    this.#goTo(this.#latestCycle);
    if (!this.#isFinished) {
      this.#isFinished = this.#program.advance(rounds);
      this.#latestCycle = machine.cycle;
    }
    const first = this.#eventsTold;
    this.#eventsTold = machine.trace.length;
    const { done, steps } = this.#program.progress();
    return {
      isFinished: this.#isFinished,
      latestCycle: this.#latestCycle,
      columns: machine.trace.columns(first, this.#eventsTold),
      done,
      steps,
      dropped: machine.trace.dropped,
    };
  }

  /** The machine's figures as it rested at a cycle that has been simulated. */
  statisticsAt(cycle: number): Statistics {
    this.#goTo(Math.min(cycle, this.#latestCycle));
    return this.#machine.statistics();
  }

  /** Bytes of a memory at a cycle that has been simulated; fewer where the memory ends. */
  bytesAt(cycle: number, memory: MemoryKind, id: number, offset: number, count: number): Uint8Array {
    this.#goTo(Math.min(cycle, this.#latestCycle));
    const region = this.#machine.memory(memory, id);
    const from = Math.min(Math.max(Math.trunc(offset), 0), region.capacityBytes);
    const bytes = new Uint8Array(Math.min(count, mostBytesRead, region.capacityBytes - from));
    region.readInto(from, bytes);
    return bytes;
  }

  /** The report of a tiled product that has ended. */
  report(): MatmulReport | undefined {
    if (!this.#isFinished) return undefined;
    this.#goTo(this.#latestCycle);
    return this.#program.report();
  }

  /** What a workload that has ended expects. */
  expectations(): readonly CheckedExpectation[] {
    if (!this.#isFinished) return [];
    this.#goTo(this.#latestCycle);
    return this.#program.expectations();
  }

  get hazards(): Machine["hazards"] {
    return this.#machine.hazards;
  }

  #goTo(cycle: number): void {
    if (this.#machine.cycle !== cycle) this.#machine.rewindTo(cycle);
  }
}
