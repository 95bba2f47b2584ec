/** Bytes of one page: a tile of 64 x 64 float32, so that tiles at aligned places move by reference; large copies stay near memory speed. */
export const pageBytes = 16384;

/** A page and whether another memory may hold the same bytes; a shared page is cloned before it is written. */
type Page = { bytes: Uint8Array; shared: boolean };

/** The pages of a memory by index. Their bytes do not change any more. */
export type SavedPages = ReadonlyMap<number, Uint8Array>;

/**
 * The sparse bytes of one region. Nothing is allocated before it is written; unwritten bytes read 0. Whole pages
 * move between memories by reference (copy-on-write), so that large aligned transfers cost no copying.
 * Offsets are checked by the callers.
 */
export class PagedMemory {
  readonly #pages = new Map<number, Page>();
  /** Regions smaller than a page take up no more than themselves; only whole pages are ever shared. */
  readonly #allocatedBytes: number;

  constructor(capacityBytes: number) {
    this.#allocatedBytes = Math.min(pageBytes, capacityBytes);
  }

  /** Bytes of host memory that this region takes up now, shared pages counted in full. */
  get committedBytes(): number {
    return this.#pages.size * this.#allocatedBytes;
  }

  clear(): void {
    this.#pages.clear();
  }

  /** Copies `target.length` bytes from `offset` on into `target`. */
  read(offset: number, target: Uint8Array): void {
    let done = 0;
    while (done < target.length) {
      const index = Math.floor((offset + done) / pageBytes);
      const within = offset + done - index * pageBytes;
      const count = Math.min(pageBytes - within, target.length - done);
      const page = this.#pages.get(index);
      if (page === undefined) target.fill(0, done, done + count);
      else if (count === pageBytes) target.set(page.bytes, done);
      else target.set(page.bytes.subarray(within, within + count), done);
      done += count;
    }
  }

  write(offset: number, source: Uint8Array): void {
    let done = 0;
    while (done < source.length) {
      const index = Math.floor((offset + done) / pageBytes);
      const within = offset + done - index * pageBytes;
      const count = Math.min(pageBytes - within, source.length - done);
      const bytes = this.#writablePage(index, count === pageBytes);
      bytes.set(count === source.length ? source : source.subarray(done, done + count), within);
      done += count;
    }
  }

  /** The bytes of a page for reading; undefined for one that was never written. Pages of small regions are shorter. */
  pageFor(index: number): Uint8Array | undefined {
    return this.#pages.get(index)?.bytes;
  }

  /** The bytes of a page for writing in part. */
  pageForWriting(index: number): Uint8Array {
    return this.#writablePage(index, false);
  }

  /** Zeroes a range; whole pages are given back. */
  zero(offset: number, count: number): void {
    let done = 0;
    while (done < count) {
      const index = Math.floor((offset + done) / pageBytes);
      const within = offset + done - index * pageBytes;
      const part = Math.min(pageBytes - within, count - done);
      if (part === pageBytes) this.#pages.delete(index);
      else if (this.#pages.has(index)) this.#writablePage(index, false).fill(0, within, within + part);
      done += part;
    }
  }

  /** Copies a range from another memory, or from this one: then as if all were read before any is written. */
  copyFrom(source: PagedMemory, sourceOffset: number, offset: number, count: number): void {
    if (source === this && Math.abs(sourceOffset - offset) < count) {
      const held = new Uint8Array(count);
      source.read(sourceOffset, held);
      this.write(offset, held);
      return;
    }
    let done = 0;
    while (done < count) {
      const from = sourceOffset + done;
      const to = offset + done;
      const fromIndex = Math.floor(from / pageBytes);
      const toIndex = Math.floor(to / pageBytes);
      const fromWithin = from - fromIndex * pageBytes;
      const toWithin = to - toIndex * pageBytes;
      const part = Math.min(pageBytes - fromWithin, pageBytes - toWithin, count - done);
      const page = source.#pages.get(fromIndex);
      if (page === undefined) this.zero(to, part);
      else if (part === pageBytes) this.#share(page, toIndex);
      else this.#writablePage(toIndex, false).set(page.bytes.subarray(fromWithin, fromWithin + part), toWithin);
      done += part;
    }
  }

  /** Shares all pages: the cost goes with their number, and each is copied when it is written next. */
  save(): SavedPages {
    const saved = new Map<number, Uint8Array>();
    for (const [index, page] of this.#pages) {
      page.shared = true;
      saved.set(index, page.bytes);
    }
    return saved;
  }

  restore(saved: SavedPages): void {
    this.#pages.clear();
    for (const [index, bytes] of saved) this.#pages.set(index, { bytes, shared: true });
  }

  #share(page: Page, index: number): void {
    page.shared = true;
    this.#pages.set(index, { bytes: page.bytes, shared: true });
  }

  /** The bytes of a page, made or unshared so that they may be written; `whole`: old content is not needed. */
  #writablePage(index: number, whole: boolean): Uint8Array {
    const page = this.#pages.get(index);
    if (page === undefined) {
      const bytes = new Uint8Array(this.#allocatedBytes);
      this.#pages.set(index, { bytes, shared: false });
      return bytes;
    }
    if (page.shared) {
      page.bytes = whole ? new Uint8Array(pageBytes) : page.bytes.slice();
      page.shared = false;
    }
    return page.bytes;
  }
}
