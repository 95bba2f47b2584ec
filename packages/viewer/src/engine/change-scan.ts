import type { MemoryKind } from "kpu-sim";

/** A part of a memory and the cycles at which it is looked at. */
export type ScanRequest = {
  readonly memory: MemoryKind;
  readonly id: number;
  readonly offset: number;
  readonly bytes: number;
  /** Addresses that make up one row; the last row may have fewer. */
  readonly bytesPerRow: number;
  /** Ascending. What differs between one and the next makes a column: one column fewer than cycles. */
  readonly cycles: Float64Array;
};

/** Reads a memory as it was at a cycle. */
export type ReadAt = (cycle: number, memory: MemoryKind, id: number, offset: number, count: number) => Uint8Array;

/** Columns that have been compared: for each row 0 where nothing changed, else the share of its bytes that did, 1 to 255. */
export type ScanPiece = { readonly first: number; readonly cells: Uint8Array; readonly isLast: boolean };

/** Finds when which addresses of a memory changed, by looking at it at one cycle after the other. */
export class ChangeScan {
  readonly #request: ScanRequest;
  readonly #readAt: ReadAt;
  #before: Uint8Array | undefined;
  #column = 0;

  constructor(request: ScanRequest, readAt: ReadAt) {
    this.#request = request;
    this.#readAt = readAt;
  }

  get isDone(): boolean {
    return this.#column >= this.#request.cycles.length - 1;
  }

  /** Compares at least one column more, and goes on for as long as `mayGoOn` says. */
  advance(mayGoOn: () => boolean): ScanPiece {
    const first = this.#column;
    const pieces: Uint8Array[] = [];
    this.#before ??= this.#look(0);
    while (!this.isDone && (pieces.length === 0 || mayGoOn())) {
      const after = this.#look(this.#column + 1);
      pieces.push(changedRows(this.#before, after, this.#request.bytesPerRow));
      this.#before = after;
      this.#column++;
    }
    const rows = pieces[0]?.length ?? 0;
    const cells = new Uint8Array(rows * pieces.length);
    for (const [index, piece] of pieces.entries()) cells.set(piece, index * rows);
    return { first, cells, isLast: this.isDone };
  }

  #look(index: number): Uint8Array {
    const { cycles, memory, id, offset, bytes } = this.#request;
    return this.#readAt(cycles[index] ?? 0, memory, id, offset, bytes);
  }
}

function changedRows(before: Uint8Array, after: Uint8Array, bytesPerRow: number): Uint8Array {
  const rows = new Uint8Array(Math.ceil(after.length / bytesPerRow));
  for (let row = 0; row < rows.length; row++) {
    const end = Math.min((row + 1) * bytesPerRow, after.length);
    let changed = 0;
    for (let place = row * bytesPerRow; place < end; place++) if (before[place] !== after[place]) changed++;
    rows[row] = Math.ceil((255 * changed) / (end - row * bytesPerRow));
  }
  return rows;
}
