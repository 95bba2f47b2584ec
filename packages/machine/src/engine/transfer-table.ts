import type { LinkRange } from "../interconnect/link-lists.ts";
import type { TransferPatterns } from "../movement/layout.ts";
import { type Column, replaceAll, restoreColumns, type SavedColumns } from "./columns.ts";
import { type Synchronization, unsynchronized } from "./semaphores.ts";
import type { StateVector } from "./state-vector.ts";

const none = -1;

/** A transfer with its ends located and its width known. */
export type TransferOrder = {
  readonly sourceRegion: number;
  readonly sourceOffset: number;
  readonly destinationRegion: number;
  readonly destinationOffset: number;
  readonly bytes: number;
  /** What is taken and put where, if the ends are not each one range of `bytes`. */
  readonly patterns: TransferPatterns | undefined;
  /** The ports of the links on the way. */
  readonly links: LinkRange;
  /** Units the engine, and the links on the way, move per cycle. */
  readonly width: number;
  /** Of the path, of links on it, and by which the last lane of a staggered stream lags. */
  readonly latencyCycles: number;
  readonly synchronization: Synchronization;
  /** Defined for transfers of which many are issued: those with the same object differ in nothing but offsets and callback. */
  readonly variant: object | undefined;
  readonly onComplete: (() => void) | undefined;
};

export type SavedTransferTable = {
  readonly columns: SavedColumns;
  readonly callbacks: readonly ((() => void) | undefined)[];
  readonly patterns: readonly (TransferPatterns | undefined)[];
  readonly synchronizations: readonly Synchronization[];
  readonly variants: readonly (object | undefined)[];
  readonly used: number;
  readonly firstFree: number;
};

/**
 * Issued transfers that are not complete, one row each: what to move, and the next row in its engine's queue.
 * Rows are reused; the table doubles when it is full, so queues of any length cost no garbage per transfer.
 */
export class TransferTable {
  sequence: Float64Array = new Float64Array(64);
  sourceRegion: Int32Array = new Int32Array(64);
  sourceOffset: Float64Array = new Float64Array(64);
  destinationRegion: Int32Array = new Int32Array(64);
  destinationOffset: Float64Array = new Float64Array(64);
  firstLink: Int32Array = new Int32Array(64);
  endLink: Int32Array = new Int32Array(64);
  bytes: Float64Array = new Float64Array(64);
  /** Units the engine moves per cycle in this transfer. */
  width: Float64Array = new Float64Array(64);
  latencyCycles: Float64Array = new Float64Array(64);
  next: Int32Array = new Int32Array(64);
  /** 1 for transfers that were carried over a jump: their addresses are those of an earlier repetition, which had no conflict. */
  isCarried: Uint8Array = new Uint8Array(64);
  /** User callbacks by row. */
  readonly callbacks: ((() => void) | undefined)[] = [];
  /** By row; undefined for contiguous transfers. */
  readonly patterns: (TransferPatterns | undefined)[] = [];
  readonly #synchronizations: Synchronization[] = [];
  readonly #variants: (object | undefined)[] = [];
  #used = 0;
  #firstFree = none;

  /** Puts a transfer into a row of its own and returns the row. */
  add(order: TransferOrder, sequence: number): number {
    const row = this.#take();
    this.sequence[row] = sequence;
    this.sourceRegion[row] = order.sourceRegion;
    this.sourceOffset[row] = order.sourceOffset;
    this.destinationRegion[row] = order.destinationRegion;
    this.destinationOffset[row] = order.destinationOffset;
    this.firstLink[row] = order.links.first;
    this.endLink[row] = order.links.end;
    this.bytes[row] = order.bytes;
    this.width[row] = order.width;
    this.latencyCycles[row] = order.latencyCycles;
    this.patterns[row] = order.patterns;
    this.callbacks[row] = order.onComplete;
    this.#synchronizations[row] = order.synchronization;
    this.#variants[row] = order.variant;
    this.next[row] = none;
    this.isCarried[row] = 0;
    return row;
  }

  #take(): number {
    let row = this.#firstFree;
    if (row !== none) this.#firstFree = this.next[row] ?? none;
    else {
      row = this.#used++;
      if (row === this.sequence.length) this.#grow();
    }
    return row;
  }

  /** What the transfer waits for and signals. */
  synchronizationOf(row: number): Synchronization {
    return this.#synchronizations[row] ?? unsynchronized;
  }

  release(row: number): void {
    this.callbacks[row] = undefined;
    this.patterns[row] = undefined;
    this.next[row] = this.#firstFree;
    this.#firstFree = row;
  }

  /** The ports of the links on a transfer's way. */
  linksOf(row: number): LinkRange {
    return { first: this.firstLink[row] ?? 0, end: this.endLink[row] ?? 0 };
  }

  /** What a transfer is to do, as far as it takes time; `next` of it is left to who knows the queue. */
  describe(row: number, state: StateVector): void {
    state.addSequence(this.sequence[row] ?? 0);
    state.addCallback(this.callbacks[row]);
    const variant = this.#variants[row];
    state.addIdentity(variant);
    if (variant !== undefined) return;
    state.add(this.sourceRegion[row] ?? 0);
    state.add(this.destinationRegion[row] ?? 0);
    state.add(this.firstLink[row] ?? 0);
    state.add(this.endLink[row] ?? 0);
    state.add(this.bytes[row] ?? 0);
    state.add(this.width[row] ?? 0);
    state.add(this.latencyCycles[row] ?? 0);
    state.addIdentity(this.#synchronizations[row]);
  }

  /** Carries every transfer over a jump in which so many pieces of work are issued. */
  carryOver(count: number): void {
    for (let row = 0; row < this.#used; row++) this.sequence[row] = (this.sequence[row] ?? 0) + count;
    this.isCarried.fill(1, 0, this.#used);
  }

  clear(): void {
    this.callbacks.length = 0;
    this.patterns.length = 0;
    this.#synchronizations.length = 0;
    this.#variants.length = 0;
    this.#used = 0;
    this.#firstFree = none;
  }

  /** The rows in use; their number, not the table's size, is what a checkpoint costs. */
  save(): SavedTransferTable {
    return {
      columns: this.#columns.map((column) => column.slice(0, this.#used)),
      callbacks: this.callbacks.slice(),
      patterns: this.patterns.slice(),
      synchronizations: this.#synchronizations.slice(),
      variants: this.#variants.slice(),
      used: this.#used,
      firstFree: this.#firstFree,
    };
  }

  restore({ columns, callbacks, patterns, synchronizations, variants, used, firstFree }: SavedTransferTable): void {
    while (this.sequence.length < used) this.#grow();
    restoreColumns(this.#columns, columns);
    replaceAll(this.callbacks, callbacks);
    replaceAll(this.patterns, patterns);
    replaceAll(this.#synchronizations, synchronizations);
    replaceAll(this.#variants, variants);
    this.#used = used;
    this.#firstFree = firstFree;
  }

  get #columns(): readonly Column[] {
    return [
      this.sequence,
      this.sourceRegion,
      this.sourceOffset,
      this.destinationRegion,
      this.destinationOffset,
      this.firstLink,
      this.endLink,
      this.bytes,
      this.width,
      this.latencyCycles,
      this.next,
      this.isCarried,
    ];
  }

  #grow(): void {
    const floats = (column: Float64Array): Float64Array => {
      const larger = new Float64Array(column.length * 2);
      larger.set(column);
      return larger;
    };
    const integers = (column: Int32Array): Int32Array => {
      const larger = new Int32Array(column.length * 2);
      larger.set(column);
      return larger;
    };
    this.sequence = floats(this.sequence);
    this.sourceRegion = integers(this.sourceRegion);
    this.sourceOffset = floats(this.sourceOffset);
    this.destinationRegion = integers(this.destinationRegion);
    this.destinationOffset = floats(this.destinationOffset);
    this.firstLink = integers(this.firstLink);
    this.endLink = integers(this.endLink);
    this.bytes = floats(this.bytes);
    this.width = floats(this.width);
    this.latencyCycles = floats(this.latencyCycles);
    this.next = integers(this.next);
    const larger = new Uint8Array(this.isCarried.length * 2);
    larger.set(this.isCarried);
    this.isCarried = larger;
  }
}
