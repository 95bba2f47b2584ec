import type { Engine, SavedEngine } from "../engine/engine.ts";
import { KpuError, requireWhole } from "../errors.ts";
import { History } from "./history.ts";
import { Trace, type TraceNames } from "./trace.ts";
import type { TraceLog } from "./trace-log.ts";

/** The state of a machine at a cycle; `Machine.restore` brings it back. */
export type Checkpoint = { readonly cycle: number };

export type TraceOptions = {
  readonly mostEvents?: number | undefined;
  /** Whether it is also noted at which offsets work reads and writes; 24 bytes an event more. Default false. */
  readonly addresses?: boolean | undefined;
};
export type HistoryOptions = { readonly checkpointEveryEvents?: number | undefined };

/** What a machine keeps of its run: traces, checkpoints, its history. */
export class Recorder {
  readonly #engine: Engine;
  readonly #names: TraceNames;
  readonly #traces = new WeakMap<TraceLog, Trace>();
  readonly #checkpoints = new WeakMap<Checkpoint, SavedEngine>();
  #history: History | undefined;

  constructor(engine: Engine, names: TraceNames) {
    this.#engine = engine;
    this.#names = names;
  }

  get history(): History | undefined {
    return this.#history;
  }

  get trace(): Trace {
    const { log } = this.#engine.tracing;
    const known = this.#traces.get(log);
    if (known !== undefined) return known;
    const trace = new Trace(log, this.#names);
    this.#traces.set(log, trace);
    return trace;
  }

  startTrace({ mostEvents = 20_000_000, addresses = false }: TraceOptions): void {
    requireWhole(mostEvents, "mostEvents", "KPU_ARGUMENT", 1, 2 ** 31 - 1);
    this.#engine.startTrace(mostEvents, addresses);
  }

  checkpoint(): Checkpoint {
    this.#engine.requireOutsideCallback("take a checkpoint of");
    const checkpoint: Checkpoint = Object.freeze({ cycle: this.#engine.cycle });
    this.#checkpoints.set(checkpoint, this.#engine.save());
    return checkpoint;
  }

  restore(checkpoint: Checkpoint): void {
    this.#engine.requireOutsideCallback("restore");
    const state = this.#checkpoints.get(checkpoint);
    if (state === undefined) throw new KpuError("KPU_ARGUMENT", "the checkpoint is not one of this machine");
    this.#engine.restore(state);
    this.#history?.begin();
  }

  startHistory({ checkpointEveryEvents = 10_000 }: HistoryOptions): void {
    requireWhole(checkpointEveryEvents, "checkpointEveryEvents", "KPU_ARGUMENT", 1);
    this.#engine.requireOutsideCallback("start the history of");
    this.#history = new History(this.#engine, checkpointEveryEvents);
    this.#engine.inputs.keepJournal(this.#history);
  }

  stopHistory(): void {
    this.#engine.requireOutsideCallback("stop the history of");
    this.#history = undefined;
    this.#engine.inputs.keepJournal(undefined);
  }

  rewindTo(cycle: number): void {
    this.#engine.requireOutsideCallback("rewind");
    if (this.#history === undefined) {
      throw new KpuError("KPU_ARGUMENT", "cannot rewind: no history is kept; start one before what is to be rewound");
    }
    this.#history.rewindTo(cycle);
  }

  run(limit: number, untilIdle: boolean, rounds: number): boolean {
    if (this.#history !== undefined) return this.#history.run(limit, untilIdle, rounds);
    return this.#engine.run(limit, untilIdle, rounds);
  }

  reset(): void {
    this.#engine.reset();
    this.#history?.begin();
  }
}
