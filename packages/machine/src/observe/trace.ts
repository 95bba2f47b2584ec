import { chunkEvents } from "./trace-chunk.ts";
import { tracedColumns } from "./trace-columns.ts";
import { causeMask, slowedByPorts, type TraceLog } from "./trace-log.ts";

/** What a piece of work was; its place in this list is its number in the columns. */
export const traceOperations = [
  "transfer",
  "strided-transfer",
  "product",
  "activation",
  "elementwise",
  "reduction",
  "softmax",
  "layer-norm",
  "rms-norm",
] as const;
export type TraceOperation = (typeof traceOperations)[number];

/** What the credit stood for that work waited for last; its place in this list is its number in the columns. */
export const traceCauses = ["none", "data", "space"] as const;
export type TraceCause = (typeof traceCauses)[number];

/** One completed piece of work. */
export type TraceEvent = {
  /** `dma 0`, `block mover 1`, `streamer 2`, `tile 0` or `vector 0`. */
  readonly unit: string;
  readonly operation: TraceOperation;
  /** Memories that it read and wrote, such as `external bank 0`; of a product or vector operation, its scratchpad. */
  readonly source: string;
  readonly destination: string;
  /** Bytes moved; of other work, those that it read and wrote. */
  readonly bytes: number;
  /** Cycles of start and completion. */
  readonly begin: number;
  readonly end: number;
  /** Cycles before `begin` in which it stood at the head of its unit's queue and lacked credits. */
  readonly waitedCycles: number;
  /** What the credit stood for that came last. */
  readonly cause: TraceCause;
  /** Whether it took longer than alone, because it shared ports. */
  readonly slowedByPorts: boolean;
  /** Number of the event whose completion gave the credit that came last; undefined where there is none in the trace. */
  readonly producer: number | undefined;
  /** In traces with addresses: where it read and wrote. */
  readonly places?: TracePlaces | undefined;
};

/** Where a piece of work read and wrote, as byte offsets in its memories. */
export type TracePlaces = {
  /** Of the first byte of a transfer; of a product, A; of a vector operation without a matrix in memory, its result. */
  readonly sourceOffset: number;
  /** Of the first byte that it wrote; of a product, C. */
  readonly destinationOffset: number;
  /**
   * Bytes from there to the end of what it wrote: more than the bytes moved where a transfer left gaps; 0 for a product whose sums
   * went to the vector unit.
   */
  readonly writtenExtent: number;
};

/** All events as columns, in order of completion: for exporters and for statistics of one's own. */
export type TraceColumns = {
  readonly begin: Float64Array;
  readonly end: Float64Array;
  readonly waitedCycles: Float64Array;
  readonly bytes: Float64Array;
  /** Places in `unitNames` and `regionNames`. */
  readonly unit: Uint32Array;
  readonly source: Uint32Array;
  readonly destination: Uint32Array;
  /** Places in `traceOperations` and `traceCauses`. */
  readonly operation: Uint8Array;
  readonly cause: Uint8Array;
  /** 1 where shared ports made it take longer. */
  readonly slowedByPorts: Uint8Array;
  /** Number of the event whose completion gave the credit that came last; -1 where there is none in the trace. */
  readonly producer: Int32Array;
  /** In traces with addresses; see `TracePlaces`. */
  readonly sourceOffset?: Float64Array;
  readonly destinationOffset?: Float64Array;
  readonly writtenExtent?: Float64Array;
};

/** How units and regions are called, by number. */
export type TraceNames = {
  readonly unitCount: number;
  readonly regionCount: number;
  readonly unitName: (unit: number) => string;
  readonly regionName: (region: number) => string;
};

/** The completed work of a machine, in order of completion. It goes on growing while the machine traces. */
export class Trace {
  readonly #log: TraceLog;
  readonly #names: TraceNames;

  constructor(log: TraceLog, names: TraceNames) {
    this.#log = log;
    this.#names = names;
  }

  /** Events kept. */
  get length(): number {
    return this.#log.length;
  }

  /**
   * So many events can no longer become the producer of work that is still to complete; those after them may. Grows up to `length`,
   * which it is when the machine is idle.
   */
  get settled(): number {
    return this.#log.settled;
  }

  /** Events that completed after the trace was full: only counted. */
  get dropped(): number {
    return this.#log.dropped;
  }

  /** Events that fit. */
  get mostEvents(): number {
    return this.#log.mostEvents;
  }

  /** Bytes of host memory that one event takes up. */
  get bytesPerEvent(): number {
    return this.#log.bytesPerEvent;
  }

  /** Names of all units of the machine by number. */
  get unitNames(): readonly string[] {
    return Array.from({ length: this.#names.unitCount }, (_, unit) => this.#names.unitName(unit));
  }

  /** Names of all memories of the machine by number. */
  get regionNames(): readonly string[] {
    return Array.from({ length: this.#names.regionCount }, (_, region) => this.#names.regionName(region));
  }

  /** An event by its number in order of completion. Errors: RangeError. */
  event(index: number): TraceEvent {
    const log = this.#log;
    if (!Number.isInteger(index) || index < 0 || index >= log.length) {
      throw new RangeError(`the trace has no event ${index}: it has ${log.length}`);
    }
    const chunk = log.chunkOf(index);
    const row = index % chunkEvents;
    const end = log.endOf(index);
    const producer = log.producerOf(index);
    const cause = chunk.cause[row] ?? 0;
    return {
      unit: this.#names.unitName(chunk.unit[row] ?? 0),
      operation: traceOperations[chunk.operation[row] ?? 0] ?? "transfer",
      source: this.#names.regionName(chunk.source[row] ?? 0),
      destination: this.#names.regionName(chunk.destination[row] ?? 0),
      bytes: log.figure(index, "bytes"),
      begin: end - log.figure(index, "duration"),
      end,
      waitedCycles: log.figure(index, "waited"),
      cause: traceCauses[cause & causeMask] ?? "none",
      slowedByPorts: (cause & slowedByPorts) !== 0,
      producer: producer < 0 ? undefined : producer,
      places: log.hasAddresses
        ? {
            sourceOffset: chunk.sourceOffset[row] ?? 0,
            destinationOffset: chunk.destinationOffset[row] ?? 0,
            writtenExtent: chunk.writtenExtent[row] ?? 0,
          }
        : undefined,
    };
  }

  *[Symbol.iterator](): Generator<TraceEvent, void, undefined> {
    for (let index = 0; index < this.length; index++) yield this.event(index);
  }

  /** Copies of the columns of the events from number `first` to `end`, which is left out; of all by default. Errors: RangeError. */
  columns(first: number = 0, end: number = this.length): TraceColumns {
    if (!(Number.isInteger(first) && Number.isInteger(end) && 0 <= first && first <= end && end <= this.length)) {
      throw new RangeError(`the trace has no events ${first} to ${end}: it has ${this.length}`);
    }
    return tracedColumns(this.#log, first, end);
  }
}
