import { restoreColumns, type SavedColumns, saveColumns } from "../engine/columns.ts";
import { dramCount } from "./dram-counts.ts";

/** Marks of a bank whose row was opened for a request that has not had it yet, and before that another row was closed for it. */
const isFresh = 1;
const wasOpen = 2;

/** How the requests of banks find their rows: open, closed, or with another one open. */
export class RowMarks {
  readonly #marks: Uint8Array;

  constructor(banks: number) {
    this.#marks = new Uint8Array(banks);
  }

  opened(bank: number): void {
    this.#marks[bank] = (this.#marks[bank] ?? 0) | isFresh;
  }

  /** A row was closed, for a request or for a refresh. */
  closed(bank: number, isForRequest: boolean): void {
    this.#marks[bank] = isForRequest ? wasOpen : 0;
  }

  closedAll(first: number, end: number): void {
    this.#marks.fill(0, first, end);
  }

  /** Which count a read or write of a bank belongs to. */
  used(bank: number): number {
    const marks = this.#marks[bank] ?? 0;
    this.#marks[bank] = 0;
    if ((marks & isFresh) === 0) return dramCount.rowHits;
    return (marks & wasOpen) === 0 ? dramCount.rowMisses : dramCount.rowConflicts;
  }

  clear(): void {
    this.#marks.fill(0);
  }

  save(): SavedColumns {
    return saveColumns([this.#marks]);
  }

  restore(saved: SavedColumns): void {
    restoreColumns([this.#marks], saved);
  }
}
