import { elementBytes } from "../config/widths.ts";

/** A matrix in memory that is used again and again; it grows when a larger one comes. */
export class MatrixBuffer {
  #store = new Float32Array(0);
  #elements = this.#store;
  #bytes = new Uint8Array(this.#store.buffer);

  /** Makes the buffer hold so many elements, whose values are those of some earlier matrix. */
  resize(count: number): void {
    if (this.#elements.length === count) return;
    if (this.#store.length < count) this.#store = new Float32Array(count);
    this.#elements = this.#store.subarray(0, count);
    this.#bytes = new Uint8Array(this.#store.buffer, 0, count * elementBytes);
  }

  get elements(): Float32Array<ArrayBuffer> {
    return this.#elements;
  }

  /** The elements, for a checkpoint. */
  save(): Float32Array {
    return this.#elements.slice();
  }

  restore(saved: Float32Array): void {
    this.resize(saved.length);
    this.#elements.set(saved);
  }

  /** The same elements as bytes. */
  get bytes(): Uint8Array<ArrayBuffer> {
    return this.#bytes;
  }
}

export type SavedBuffers = { readonly a: Float32Array; readonly b: Float32Array; readonly sums: Float32Array };

/** Operands and sums of the product that a tile is carrying out; a tile has at most one. */
export class TileBuffers {
  readonly a: MatrixBuffer = new MatrixBuffer();
  readonly b: MatrixBuffer = new MatrixBuffer();
  readonly sums: MatrixBuffer = new MatrixBuffer();

  save(): SavedBuffers {
    return { a: this.a.save(), b: this.b.save(), sums: this.sums.save() };
  }

  restore({ a, b, sums }: SavedBuffers): void {
    this.a.restore(a);
    this.b.restore(b);
    this.sums.restore(sums);
  }
}
