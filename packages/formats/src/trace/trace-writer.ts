import { KpuError } from "@kpu-sim/machine";
import { ByteOutput, type TraceSink } from "./byte-output.ts";
import { csvEncoder } from "./csv-encoder.ts";
import type { TraceRecording } from "./recording.ts";
import { blockEvents, type TraceEncoder } from "./trace-encoder.ts";
import type { TraceFormat } from "./trace-format.ts";

const encoders: Readonly<Record<TraceFormat, (recording: TraceRecording, out: ByteOutput) => TraceEncoder>> = {
  csv: csvEncoder,
};

/**
 * Writes a trace into a file piece by piece, at once or while the machine goes on. The same events give the same file, however often
 * `write` is called in between.
 *
 * ```ts
 * machine.startTrace();
 * const writer = new TraceWriter(recordingOf(machine), "perfetto", (piece) => writeSync(file, piece));
 * while (!machine.runSlice({ rounds: 100_000 })) writer.write();
 * writer.end();
 * ```
 */
export class TraceWriter {
  readonly #recording: TraceRecording;
  readonly #out: ByteOutput;
  readonly #encoder: TraceEncoder;
  #written = 0;
  #isEnded = false;

  constructor(recording: TraceRecording, format: TraceFormat, sink: TraceSink) {
    this.#recording = recording;
    this.#out = new ByteOutput(sink);
    this.#encoder = encoders[format](recording, this.#out);
    this.#encoder.begin();
  }

  /** Events written so far. */
  get written(): number {
    return this.#written;
  }

  /** Writes what has completed since, in whole blocks; the rest comes later. Errors: KPU_ARGUMENT if the trace was emptied. */
  write(): void {
    this.#writeTo(this.#length - (this.#length % blockEvents));
  }

  /** Writes the rest of the events, `count` altogether, and what stands behind them. Nothing can be written afterwards. */
  end(count: number = this.#length): void {
    this.#writeTo(count);
    this.#isEnded = true;
    this.#encoder.end(this.#recording.ending(), count, this.#recording.rows.dropped);
    this.#out.flush();
  }

  /** Writes one more block, if there are so many events. */
  writeBlock(count: number): void {
    this.#writeTo(Math.min(count, this.#written + blockEvents));
  }

  get #length(): number {
    return this.#recording.rows.length;
  }

  #writeTo(count: number): void {
    if (this.#isEnded) throw new KpuError("KPU_ARGUMENT", "the trace file has been ended: nothing more fits in");
    if (count > this.#length || this.#written > this.#length) {
      const message = `the trace has ${this.#length} events, but there were ${Math.max(count, this.#written)}: it was emptied`;
      throw new KpuError("KPU_ARGUMENT", message);
    }
    while (this.#written < count) {
      const first = this.#written;
      const end = Math.min(count, first + blockEvents);
      this.#encoder.block(this.#recording.rows.columns(first, end), first);
      this.#written = end;
    }
  }
}

/** The pieces of a file of the events that a trace has now, for streams and for `Blob`s: each is made when it is asked for. */
export function* traceFile(
  recording: TraceRecording,
  format: TraceFormat,
): Generator<Uint8Array<ArrayBuffer>, void, undefined> {
  const count = recording.rows.length;
  let pieces: Uint8Array<ArrayBuffer>[] = [];
  const writer = new TraceWriter(recording, format, (piece) => pieces.push(piece));
  while (writer.written < count) {
    writer.writeBlock(count);
    yield* pieces;
    pieces = [];
  }
  writer.end(count);
  yield* pieces;
}
