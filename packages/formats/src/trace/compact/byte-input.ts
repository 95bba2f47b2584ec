/** Bytes that arrive in pieces of any size and are taken in others. */
export class ByteInput {
  #pieces: Uint8Array[] = [];
  /** Of the first piece, what has been taken. */
  #taken = 0;
  #available = 0;
  #offset = 0;

  /** Bytes that have arrived and have not been taken. */
  get available(): number {
    return this.#available;
  }

  /** Bytes that have been taken. */
  get offset(): number {
    return this.#offset;
  }

  push(piece: Uint8Array): void {
    if (piece.length === 0) return;
    this.#pieces.push(piece);
    this.#available += piece.length;
  }

  /** A copy of the next bytes; undefined as long as not all of them have arrived. */
  take(count: number): Uint8Array<ArrayBuffer> | undefined {
    if (count > this.#available) return undefined;
    const bytes = new Uint8Array(count);
    let done = 0;
    let passed = 0;
    while (done < count) {
      const piece = this.#pieces[passed] ?? bytes;
      const size = Math.min(count - done, piece.length - this.#taken);
      bytes.set(piece.subarray(this.#taken, this.#taken + size), done);
      done += size;
      this.#taken += size;
      if (this.#taken < piece.length) break;
      this.#taken = 0;
      passed++;
    }
    if (passed > 0) this.#pieces.splice(0, passed);
    this.#available -= count;
    this.#offset += count;
    return bytes;
  }
}
