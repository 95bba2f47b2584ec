import { restoreColumns, type SavedColumns, saveColumns } from "../engine/columns.ts";

const none = -1;

/** Lines in which streams wait, first come first served; a stream stands in one line at most. */
export class WaitingLines {
  readonly #first: Int32Array;
  readonly #last: Int32Array;
  readonly #next: Int32Array;

  constructor(lineCount: number, streamCount: number) {
    this.#first = new Int32Array(lineCount).fill(none);
    this.#last = new Int32Array(lineCount).fill(none);
    this.#next = new Int32Array(streamCount).fill(none);
  }

  /** Who stands first in a line, or -1. */
  firstOf(line: number): number {
    return this.#first[line] ?? none;
  }

  join(line: number, stream: number): void {
    const last = this.#last[line] ?? none;
    if (last === none) this.#first[line] = stream;
    else this.#next[last] = stream;
    this.#last[line] = stream;
    this.#next[stream] = none;
  }

  /** Lets the first of a line go. */
  advance(line: number): void {
    this.#take(line, this.firstOf(line), none);
  }

  /** Takes somebody out of whichever line, if any. */
  remove(stream: number): void {
    for (let line = 0; line < this.#first.length; line++) {
      let before = none;
      let each = this.firstOf(line);
      while (each !== none && each !== stream) {
        before = each;
        each = this.#next[each] ?? none;
      }
      if (each === stream) this.#take(line, stream, before);
    }
  }

  clear(): void {
    for (const column of this.#columns) column.fill(none);
  }

  save(): SavedColumns {
    return saveColumns(this.#columns);
  }

  restore(saved: SavedColumns): void {
    restoreColumns(this.#columns, saved);
  }

  get #columns(): readonly Int32Array[] {
    return [this.#first, this.#last, this.#next];
  }

  #take(line: number, stream: number, before: number): void {
    const after = this.#next[stream] ?? none;
    if (before === none) this.#first[line] = after;
    else this.#next[before] = after;
    if (after === none) this.#last[line] = before;
    this.#next[stream] = none;
  }
}
