const pageBytes = 4096;

/** The bytes of one region. Only written pages exist, since the smallest bank already has a megabyte; unwritten bytes read 0. */
export class ReferenceMemory {
  readonly capacityBytes: number;
  readonly #pages = new Map<number, Uint8Array>();

  constructor(capacityBytes: number) {
    this.capacityBytes = capacityBytes;
  }

  read(offset: number, count: number): Uint8Array {
    this.#check(offset, count);
    const bytes = new Uint8Array(count);
    for (let index = 0; index < count; index += 1) {
      const position = offset + index;
      bytes[index] = this.#pages.get(Math.floor(position / pageBytes))?.[position % pageBytes] ?? 0;
    }
    return bytes;
  }

  write(offset: number, bytes: Uint8Array): void {
    this.#check(offset, bytes.length);
    for (const [index, byte] of bytes.entries()) {
      const position = offset + index;
      const pageNumber = Math.floor(position / pageBytes);
      const page = this.#pages.get(pageNumber) ?? new Uint8Array(pageBytes);
      page[position % pageBytes] = byte;
      this.#pages.set(pageNumber, page);
    }
  }

  clear(): void {
    this.#pages.clear();
  }

  #check(offset: number, count: number): void {
    if (!Number.isInteger(offset) || offset < 0 || offset + count > this.capacityBytes) {
      throw new Error(`offset ${offset}, ${count} bytes: outside a region of ${this.capacityBytes} bytes`);
    }
  }
}
