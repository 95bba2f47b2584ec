import type { EngineShape } from "../engine/engine-shape.ts";
import { type UnitTable, unitPhase } from "../engine/unit-table.ts";
import { ChunkLayout, chunkEvents, mostInColumn, type TraceChunk } from "./trace-chunk.ts";

/** What a traced piece of work was; the numbers stand in the columns. */
export const traceOperation = {
  transfer: 0,
  stridedTransfer: 1,
  product: 2,
  activation: 3,
  elementwise: 4,
  reduction: 5,
  softmax: 6,
  layerNorm: 7,
  rmsNorm: 8,
} as const;

/** Set in a cause beside the number of `waitCause` when shared ports made a transfer take longer than alone. */
export const slowedByPorts = 4;
/** The bits of a cause that have the number of `waitCause`. */
export const causeMask = 3;

/** In a cause the place of the producer stands from this bit on, as `nextPlace` gave it; the largest is in the side table. */
export const placeShift = 3;
export const mostPlace = 31;

/** Figures of an event that may be too large for their column. */
const columnFigures = ["end", "duration", "waited", "bytes"] as const;
type ColumnFigure = (typeof columnFigures)[number];
const largeFigures = [...columnFigures, "place"] as const;
type LargeFigure = (typeof largeFigures)[number];

export type SavedTraceLog = {
  readonly chunks: readonly TraceChunk[];
  readonly length: number;
  readonly dropped: number;
  readonly latestEnd: number;
  readonly firstOfCycle: number;
  readonly large: ReadonlyMap<number, number>;
};

/**
 * Completed pieces of work, in order of completion, in chunks of typed columns: nothing is copied when the trace grows. Figures
 * that do not fit into 32 bits stand in a side table. Full chunks never change, so that checkpoints share them.
 */
export class TraceLog {
  readonly mostEvents: number;
  readonly #units: UnitTable;
  readonly #untimed: boolean;
  readonly #layout: ChunkLayout;
  #chunks: TraceChunk[] = [];
  #last: TraceChunk;
  /** Row of the last chunk that comes next, and the row at which a chunk is to be made or cloned. */
  #row = 0;
  #rowLimit = 0;
  #length = 0;
  #dropped = 0;
  /** Cycle of the latest event, and the number of the first event of that cycle. */
  #latestEnd = -1;
  #firstOfCycle = 0;
  #large = new Map<number, number>();

  constructor(
    units: UnitTable,
    { untimed, regionCount }: EngineShape,
    { mostEvents, hasAddresses }: { readonly mostEvents: number; readonly hasAddresses: boolean },
  ) {
    this.mostEvents = mostEvents;
    this.#units = units;
    this.#untimed = untimed;
    this.#layout = new ChunkLayout(Math.max(regionCount, units.unitCount), hasAddresses);
    this.#last = this.#layout.empty;
  }

  get length(): number {
    return this.#length;
  }

  /** Events beyond `mostEvents`, which were only counted. */
  get dropped(): number {
    return this.#dropped;
  }

  get chunks(): readonly TraceChunk[] {
    return this.#chunks;
  }

  /** Bytes that the chunks take up for each event. */
  get bytesPerEvent(): number {
    return this.#layout.bytesPerEvent;
  }

  /**
   * The place that an event which is recorded now has among those of its cycle, counted from 1. 0 where it will not be in the trace,
   * and at functional fidelity, where one cycle may have all events.
   */
  nextPlace(cycle: number): number {
    if (this.#length === this.mostEvents || this.#untimed) return 0;
    return 1 + (cycle === this.#latestEnd ? this.#length - this.#firstOfCycle : 0);
  }

  /** The running work of a unit completes: what is known of it already stands in the table of units. */
  record(unit: number, cycle: number, source: number, destination: number, bytes: number, operation: number): void {
    if (this.#length === this.mostEvents) {
      this.#dropped++;
      return;
    }
    if (this.#row === this.#rowLimit) this.#openChunk(cycle);
    if (cycle !== this.#latestEnd) {
      this.#latestEnd = cycle;
      this.#firstOfCycle = this.#length;
    }
    const { startCycle, earliestCompletion, moverCount, waits } = this.#units;
    const chunk = this.#last;
    const row = this.#row++;
    const end = cycle - chunk.base;
    const duration = cycle - (startCycle[unit] ?? 0);
    const waited = waits.waitedCycles(unit);
    const isSlowed = !this.#untimed && unit < moverCount && cycle > (earliestCompletion[unit] ?? 0);
    chunk.end[row] = end;
    chunk.duration[row] = duration;
    chunk.waited[row] = waited;
    chunk.bytes[row] = bytes;
    chunk.unit[row] = unit;
    chunk.source[row] = source;
    chunk.destination[row] = destination;
    chunk.operation[row] = operation;
    const waitedFor = waits.waitedFor[unit] ?? 0;
    const place = waitedFor === 0 ? 0 : (waits.startedBy[unit] ?? 0);
    chunk.cause[row] = waitedFor + (isSlowed ? slowedByPorts : 0) + (Math.min(place, mostPlace) << placeShift);
    if (end >= mostInColumn || duration >= mostInColumn || waited >= mostInColumn || bytes >= mostInColumn) {
      this.#keepLarge(chunk, row, { end, duration, waited, bytes });
    }
    if (place >= mostPlace) this.#large.set(largeKey(this.#length, "place"), place);
    this.#length++;
  }

  /** Whether it is also noted where work read and wrote. */
  get hasAddresses(): boolean {
    return this.#layout.hasAddresses;
  }

  /** Where the work that was recorded last read and wrote: offsets in its memories, and bytes from the second to the end of what it wrote. */
  locate(sourceOffset: number, destinationOffset: number, writtenExtent: number): void {
    if (this.#dropped > 0) return;
    const row = this.#row - 1;
    this.#last.sourceOffset[row] = sourceOffset;
    this.#last.destinationOffset[row] = destinationOffset;
    this.#last.writtenExtent[row] = writtenExtent;
  }

  /** Whether any figure does not fit into its column. */
  get hasLarge(): boolean {
    return this.#large.size > 0;
  }

  /** A figure of an event, exactly. */
  figure(index: number, figure: ColumnFigure): number {
    const kept = this.chunkOf(index)[figure][index % chunkEvents] ?? 0;
    return kept < mostInColumn ? kept : (this.#large.get(largeKey(index, figure)) ?? 0);
  }

  /**
   * The event whose completion gave the credit that an event waited for last; -1 if it did not wait, or for nothing in the trace.
   * It is one of those that end in the cycle in which the event begins.
   */
  producerOf(index: number): number {
    const code = (this.chunkOf(index).cause[index % chunkEvents] ?? 0) >> placeShift;
    if (code === 0) return -1;
    const place = code < mostPlace ? code : (this.#large.get(largeKey(index, "place")) ?? 1);
    const begin = this.endOf(index) - this.figure(index, "duration");
    return this.#firstEndingAt(begin) + place - 1;
  }

  /** Events before any that work which has not completed may have waited for: such work began, or begins, when they end. */
  get settled(): number {
    const { unitCount, phase, startCycle, outstanding } = this.#units;
    let earliest = Number.POSITIVE_INFINITY;
    for (let unit = 0; unit < unitCount; unit++) {
      if (outstanding[unit] === 0) continue;
      const start = phase[unit] === unitPhase.idle ? this.#latestEnd : (startCycle[unit] ?? 0);
      earliest = Math.min(earliest, start);
    }
    return earliest === Number.POSITIVE_INFINITY ? this.#length : this.#firstEndingAt(earliest);
  }

  /** The cycle in which an event ends. */
  endOf(index: number): number {
    return this.chunkOf(index).base + this.figure(index, "end");
  }

  chunkOf(index: number): TraceChunk {
    return this.#chunks[Math.floor(index / chunkEvents)] ?? this.#last;
  }

  clear(): void {
    this.restore({ chunks: [], length: 0, dropped: 0, latestEnd: -1, firstOfCycle: 0, large: new Map() });
  }

  save(): SavedTraceLog {
    // Events that are added to the last chunk do not change those before; a restored trace clones it first.
    return {
      chunks: this.#chunks.slice(),
      length: this.#length,
      dropped: this.#dropped,
      latestEnd: this.#latestEnd,
      firstOfCycle: this.#firstOfCycle,
      large: this.#large.size === 0 ? this.#large : new Map(this.#large),
    };
  }

  restore({ chunks, length, dropped, latestEnd, firstOfCycle, large }: SavedTraceLog): void {
    this.#chunks = chunks.slice();
    this.#last = chunks.at(-1) ?? this.#layout.empty;
    this.#row = chunks.length === 0 ? 0 : length - (chunks.length - 1) * chunkEvents;
    this.#rowLimit = this.#row;
    this.#length = length;
    this.#dropped = dropped;
    this.#latestEnd = latestEnd;
    this.#firstOfCycle = firstOfCycle;
    this.#large = new Map(large);
  }

  /** Makes the next row writable: in a new chunk, or after a restore in a copy of the one that the checkpoint holds. */
  #openChunk(cycle: number): void {
    const isShared = this.#row > 0 && this.#row < chunkEvents;
    if (isShared) {
      this.#last = this.#layout.clone(this.#last);
      this.#chunks[this.#chunks.length - 1] = this.#last;
    } else {
      this.#last = this.#layout.create(cycle);
      this.#chunks.push(this.#last);
      this.#row = 0;
    }
    this.#rowLimit = chunkEvents;
  }

  /** The first event that ends at a cycle or later. */
  #firstEndingAt(cycle: number): number {
    let [first, last] = [0, this.#length];
    while (first < last) {
      const middle = Math.floor((first + last) / 2);
      if (this.endOf(middle) < cycle) first = middle + 1;
      else last = middle;
    }
    return first;
  }

  #keepLarge(chunk: TraceChunk, row: number, figures: Readonly<Record<ColumnFigure, number>>): void {
    for (const figure of columnFigures) {
      if (figures[figure] < mostInColumn) continue;
      chunk[figure][row] = mostInColumn;
      this.#large.set(largeKey(this.#length, figure), figures[figure]);
    }
  }
}

function largeKey(index: number, figure: LargeFigure): number {
  return index * largeFigures.length + largeFigures.indexOf(figure);
}
