import { copyTraceColumns, emptyTraceColumns, KpuError, type TraceColumns } from "@kpu-sim/machine";
import type { FileEnding, FileHeader } from "./compact/file-texts.ts";
import { unpackEvents } from "./compact/unpack-events.ts";
import type { TraceEnding, TraceRecording, TraceRows } from "./recording.ts";

/**
 * A trace out of a `.kputrace` file: the same columns as those of the live trace. Events stay packed in memory and are unpacked
 * block by block when they are asked for.
 */
export class TraceTable implements TraceRows, TraceRecording {
  readonly origin: TraceRecording["origin"];
  readonly definitions: TraceRecording["definitions"];
  /** Version of the simulator that wrote the file. */
  readonly simulator: string;
  readonly length: number;
  readonly dropped: number;
  readonly #header: FileHeader;
  readonly #ending: TraceEnding;
  readonly #blocks: readonly Uint8Array[];
  /** Number of the first event of each block. */
  readonly #firsts: readonly number[];
  /** The block that was asked for last. */
  #latest: { readonly block: number; readonly columns: TraceColumns } | undefined;

  constructor(header: FileHeader, ending: FileEnding, blocks: readonly Uint8Array[], firsts: readonly number[]) {
    this.#header = header;
    this.origin = header.origin;
    this.definitions = header.definitions;
    this.simulator = header.simulator;
    this.length = ending.events;
    this.dropped = ending.dropped;
    this.#ending = { cycle: ending.cycle, statistics: ending.statistics };
    this.#blocks = blocks;
    this.#firsts = firsts;
  }

  get rows(): this {
    return this;
  }

  ending = (): TraceEnding => this.#ending;

  /** A file is complete. */
  get settled(): number {
    return this.length;
  }

  /** Names of all units by number. */
  get unitNames(): readonly string[] {
    return this.origin.units.map(({ name }) => name);
  }

  /** Names of all memories by number. */
  get regionNames(): readonly string[] {
    return this.origin.memories.map(({ name }) => name);
  }

  /** Columns of the events from `first` to `end`, which is left out; of all by default. Errors: KPU_ARGUMENT. */
  columns(first: number = 0, end: number = this.length): TraceColumns {
    if (!(Number.isInteger(first) && Number.isInteger(end) && 0 <= first && first <= end && end <= this.length)) {
      throw new KpuError("KPU_ARGUMENT", `the trace has no events ${first} to ${end}: it has ${this.length}`);
    }
    const columns = emptyTraceColumns(end - first);
    for (let block = this.#blockOf(first); block < this.#blocks.length; block++) {
      const start = this.#firsts[block] ?? 0;
      if (start >= end) break;
      const part = this.#unpacked(block);
      const last = Math.min(part.begin.length, end - start);
      copyTraceColumns(part, Math.max(0, first - start), last, columns, Math.max(0, start - first));
    }
    return columns;
  }

  /** The last block that begins with an event up to number `index`. */
  #blockOf(index: number): number {
    let [least, most] = [0, this.#firsts.length - 1];
    while (least < most) {
      const middle = Math.ceil((least + most) / 2);
      if ((this.#firsts[middle] ?? 0) <= index) least = middle;
      else most = middle - 1;
    }
    return least;
  }

  #unpacked(block: number): TraceColumns {
    if (this.#latest?.block === block) return this.#latest.columns;
    const columns = unpackEvents(this.#blocks[block] ?? new Uint8Array(0), this.#header.numbers);
    this.#latest = { block, columns };
    return columns;
  }
}
