import type { EngineShape } from "../engine/engine-shape.ts";
import type { UnitTable } from "../engine/unit-table.ts";
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

/** Figures of an event that may be too large for their column. */
const largeFigures = ["end", "duration", "waited", "bytes"] as const;
export type LargeFigure = (typeof largeFigures)[number];

export type SavedTraceLog = {
  readonly chunks: readonly TraceChunk[];
  readonly length: number;
  readonly dropped: number;
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
  #large = new Map<number, number>();

  constructor(units: UnitTable, { untimed, portWidths }: EngineShape, mostEvents: number) {
    this.mostEvents = mostEvents;
    this.#units = units;
    this.#untimed = untimed;
    this.#layout = new ChunkLayout(Math.max(portWidths.length, units.unitCount));
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

  /** The running work of a unit completes: what is known of it already stands in the table of units. */
  record(unit: number, cycle: number, source: number, destination: number, bytes: number, operation: number): void {
    if (this.#length === this.mostEvents) {
      this.#dropped++;
      return;
    }
    if (this.#row === this.#rowLimit) this.#openChunk(cycle);
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
    chunk.cause[row] = (waits.waitedFor[unit] ?? 0) + (isSlowed ? slowedByPorts : 0);
    if (end >= mostInColumn || duration >= mostInColumn || waited >= mostInColumn || bytes >= mostInColumn) {
      this.#keepLarge(chunk, row, { end, duration, waited, bytes });
    }
    this.#length++;
  }

  /** Whether any figure does not fit into its column. */
  get hasLarge(): boolean {
    return this.#large.size > 0;
  }

  /** A figure of an event, exactly. */
  figure(index: number, figure: LargeFigure): number {
    const kept = this.chunkOf(index)[figure][index % chunkEvents] ?? 0;
    return kept < mostInColumn ? kept : (this.#large.get(largeKey(index, figure)) ?? 0);
  }

  chunkOf(index: number): TraceChunk {
    return this.#chunks[Math.floor(index / chunkEvents)] ?? this.#last;
  }

  clear(): void {
    this.restore({ chunks: [], length: 0, dropped: 0, large: new Map() });
  }

  save(): SavedTraceLog {
    // Events that are added to the last chunk do not change those before; a restored trace clones it first.
    return {
      chunks: this.#chunks.slice(),
      length: this.#length,
      dropped: this.#dropped,
      large: this.#large.size === 0 ? this.#large : new Map(this.#large),
    };
  }

  restore({ chunks, length, dropped, large }: SavedTraceLog): void {
    this.#chunks = chunks.slice();
    this.#last = chunks.at(-1) ?? this.#layout.empty;
    this.#row = chunks.length === 0 ? 0 : length - (chunks.length - 1) * chunkEvents;
    this.#rowLimit = this.#row;
    this.#length = length;
    this.#dropped = dropped;
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

  #keepLarge(chunk: TraceChunk, row: number, figures: Readonly<Record<LargeFigure, number>>): void {
    for (const figure of largeFigures) {
      if (figures[figure] < mostInColumn) continue;
      chunk[figure][row] = mostInColumn;
      this.#large.set(largeKey(this.#length, figure), figures[figure]);
    }
  }
}

function largeKey(index: number, figure: LargeFigure): number {
  return index * largeFigures.length + largeFigures.indexOf(figure);
}
