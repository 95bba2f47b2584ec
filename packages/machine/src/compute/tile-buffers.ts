import type { MemoryContents } from "../memory/memory-contents.ts";

const wordBytes = 4;

/** The bytes of a matrix that is used again and again; it grows when a larger one comes. */
export class MatrixBuffer {
  #store = new ArrayBuffer(0);
  #bytes = new Uint8Array(this.#store);
  #floats = new Float32Array(this.#store);
  #integers = new Int32Array(this.#store);

  /** Makes the buffer have so many bytes, which are those of some earlier matrix. */
  resize(count: number): void {
    if (this.#bytes.length === count) return;
    if (this.#store.byteLength < count) this.#store = new ArrayBuffer(Math.ceil(count / wordBytes) * wordBytes);
    this.#bytes = new Uint8Array(this.#store, 0, count);
    this.#floats = new Float32Array(this.#store, 0, Math.floor(count / wordBytes));
    this.#integers = new Int32Array(this.#store, 0, Math.floor(count / wordBytes));
  }

  /** Reads so many bytes of a memory, and returns them. */
  fill(contents: MemoryContents, region: number, offset: number, count: number): Uint8Array<ArrayBuffer> {
    this.resize(count);
    contents.read(region, offset, this.#bytes);
    return this.#bytes;
  }

  get bytes(): Uint8Array<ArrayBuffer> {
    return this.#bytes;
  }

  /** The same bytes as float32. */
  get floats(): Float32Array<ArrayBuffer> {
    return this.#floats;
  }

  /** The same bytes as int32. */
  get integers(): Int32Array<ArrayBuffer> {
    return this.#integers;
  }

  /** The bytes, for a checkpoint. */
  save(): Uint8Array {
    return this.#bytes.slice();
  }

  restore(saved: Uint8Array): void {
    this.resize(saved.length);
    this.#bytes.set(saved);
  }
}

export type SavedBuffers = { readonly a: Uint8Array; readonly b: Uint8Array; readonly sums: Uint8Array };

/**
 * Sums (float32 or int32) of the product that a tile is carrying out; it has at most one. Operands, as they lie in memory, are
 * kept only by a tile whose array is stepped at the end: others have used them at the start.
 */
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
