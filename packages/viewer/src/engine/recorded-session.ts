import { KpuError, readTrace, type Statistics, type TraceRecording } from "kpu-sim";
import type { RunDescription } from "./protocol.ts";
import type { RunSession, Slice } from "./session.ts";

/** Events that go to the page at once. */
const eventsPerSlice = 100_000;

/** A trace out of a file, as if it were a run that goes on. Figures are those of its end; it has no values. */
export class RecordedSession implements RunSession {
  readonly description: RunDescription;
  readonly hazards: RunSession["hazards"] = [];
  readonly arrays = undefined;
  readonly #recording: TraceRecording;
  #told = 0;
  #latestCycle = 0;
  #isFinished = false;

  /** Errors: KpuError for a file that is damaged or none, with the offset and the reason. */
  constructor(name: string, bytes: Uint8Array) {
    this.#recording = readTrace([bytes]);
    const { origin } = this.#recording;
    const [config] = origin.configs;
    if (config === undefined) throw new KpuError("KPU_ARGUMENT", "the trace file describes no machine");
    this.description = { title: name, origin, config };
  }

  get isFinished(): boolean {
    return this.#isFinished;
  }

  get latestCycle(): number {
    return this.#latestCycle;
  }

  advance(): Slice {
    const { rows } = this.#recording;
    const first = this.#told;
    this.#told = Math.min(first + eventsPerSlice, rows.length);
    const columns = rows.columns(first, this.#told);
    this.#isFinished = this.#told === rows.length;
    const last = columns.end.at(-1) ?? this.#latestCycle;
    this.#latestCycle = this.#isFinished ? Math.max(this.#recording.ending().cycle, last) : last;
    return {
      isFinished: this.#isFinished,
      latestCycle: this.#latestCycle,
      columns,
      done: this.#told,
      steps: rows.length,
      dropped: rows.dropped,
    };
  }

  statisticsAt(): Statistics {
    const [statistics] = this.#recording.ending().statistics;
    if (statistics === undefined) throw new KpuError("KPU_ARGUMENT", "the trace file holds no figures");
    return statistics;
  }

  bytesAt(): Uint8Array {
    return new Uint8Array(0);
  }

  report(): undefined {
    return undefined;
  }

  expectations(): readonly [] {
    return [];
  }
}
