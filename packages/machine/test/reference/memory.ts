const pageBytes = 4096;

/** A part of a byte range that lies in one page. */
interface Stretch {
  readonly page: number;
  readonly pageOffset: number;
  /** Where it is within the range. */
  readonly index: number;
  readonly length: number;
}

function stretches(offset: number, count: number): readonly Stretch[] {
  const found: Stretch[] = [];
  let index = 0;
  while (index < count) {
    const pageOffset = (offset + index) % pageBytes;
    const length = Math.min(count - index, pageBytes - pageOffset);
    found.push({ page: Math.floor((offset + index) / pageBytes), pageOffset, index, length });
    index += length;
  }
  return found;
}

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
    for (const { page, pageOffset, index, length } of stretches(offset, count)) {
      const written = this.#pages.get(page);
      if (written !== undefined) {
        bytes.set(written.subarray(pageOffset, pageOffset + length), index);
      }
    }
    return bytes;
  }

  write(offset: number, bytes: Uint8Array): void {
    this.#check(offset, bytes.length);
    for (const { page, pageOffset, index, length } of stretches(offset, bytes.length)) {
      const written = this.#pages.get(page) ?? new Uint8Array(pageBytes);
      written.set(bytes.subarray(index, index + length), pageOffset);
      this.#pages.set(page, written);
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
