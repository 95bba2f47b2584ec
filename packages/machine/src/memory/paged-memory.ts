/** Bytes of one page: a tile of 64 x 64 float32, so that tiles at aligned places move by reference; large copies stay near memory speed. */
export const pageBytes = 16384;

/** Bytes and how many memories and checkpoints hold them; a page that others hold, too, is cloned before it is written. */
export type Page = { readonly bytes: Uint8Array<ArrayBuffer>; holders: number };

/** The pages of a memory by index. Their bytes do not change any more. */
export type SavedPages = ReadonlyMap<number, Page>;

/** Free pages that a pool keeps: 32 MiB. */
const mostFreePages = 2048;

/**
 * Pages that nobody holds any more, to be written again: to allocate and zero a page costs as much as to fill it. What a
 * checkpoint has held is never among them, because nobody says when a checkpoint is dropped.
 */
export class PagePool {
  readonly #free: Page[] = [];

  /** A page whose bytes are whatever they were before. */
  take(): Page {
    const page = this.#free.pop() ?? { bytes: new Uint8Array(pageBytes), holders: 0 };
    page.holders = 1;
    return page;
  }

  /** One holder fewer. */
  release(page: Page): void {
    page.holders--;
    const isReusable = page.holders === 0 && page.bytes.length === pageBytes;
    if (isReusable && this.#free.length < mostFreePages) this.#free.push(page);
  }
}

/**
 * The sparse bytes of one region. Nothing is allocated before it is written; unwritten bytes read 0. Whole pages
 * move between memories by reference (copy-on-write), so that large aligned transfers cost no copying.
 * Offsets are checked by the callers.
 */
export class PagedMemory {
  readonly #pages = new Map<number, Page>();
  /** Regions smaller than a page take up no more than themselves; only whole pages are ever shared. */
  readonly #allocatedBytes: number;
  readonly #pool: PagePool;

  constructor(capacityBytes: number, pool: PagePool = new PagePool()) {
    this.#allocatedBytes = Math.min(pageBytes, capacityBytes);
    this.#pool = pool;
  }

  /** Bytes of host memory that this region takes up now, shared pages counted in full. */
  get committedBytes(): number {
    return this.#pages.size * this.#allocatedBytes;
  }

  clear(): void {
    for (const page of this.#pages.values()) this.#pool.release(page);
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

  /**
   * The bytes of a range where they lie, to be read before anything is written; undefined if they are not in one page, not
   * at a multiple of 4, or never written.
   */
  view(offset: number, count: number): Uint8Array<ArrayBuffer> | undefined {
    const index = Math.floor(offset / pageBytes);
    const within = offset - index * pageBytes;
    if ((within & 3) !== 0 || within + count > pageBytes) return undefined;
    const bytes = this.#pages.get(index)?.bytes;
    return bytes === undefined || count === bytes.length ? bytes : bytes.subarray(within, within + count);
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
      const page = this.#pages.get(index);
      if (page !== undefined && part === pageBytes) {
        this.#pages.delete(index);
        this.#pool.release(page);
      } else if (page !== undefined) this.#writablePage(index, false).fill(0, within, within + part);
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
      else if (part === pageBytes) this.#hold(page, toIndex);
      else this.#writablePage(toIndex, false).set(page.bytes.subarray(fromWithin, fromWithin + part), toWithin);
      done += part;
    }
  }

  /** Shares all pages: the cost goes with their number, and each is copied when it is written next. */
  save(): SavedPages {
    for (const page of this.#pages.values()) page.holders++;
    return new Map(this.#pages);
  }

  restore(saved: SavedPages): void {
    this.clear();
    for (const [index, page] of saved) this.#hold(page, index);
  }

  /** Puts a page that others hold in the place of the present one. */
  #hold(page: Page, index: number): void {
    const present = this.#pages.get(index);
    page.holders++;
    this.#pages.set(index, page);
    if (present !== undefined) this.#pool.release(present);
  }

  /** The bytes of a page, made or unshared so that they may be written; `whole`: all of them will be. */
  #writablePage(index: number, whole: boolean): Uint8Array {
    const page = this.#pages.get(index);
    if (page?.holders === 1) return page.bytes;
    const made = this.#allocatedBytes === pageBytes ? this.#pool.take() : this.#smallPage();
    if (page !== undefined) {
      if (!whole) made.bytes.set(page.bytes);
      this.#pool.release(page);
    } else if (!whole) made.bytes.fill(0);
    this.#pages.set(index, made);
    return made.bytes;
  }

  #smallPage(): Page {
    return { bytes: new Uint8Array(this.#allocatedBytes), holders: 1 };
  }
}
