import { wordBits, wordBytes } from "../faults/secded.ts";
import type { Upsets } from "../faults/upsets.ts";
import type { AccessPattern } from "./access-pattern.ts";
import { PagedMemory, PagePool, type SavedPages } from "./paged-memory.ts";
import { gather, scatter } from "./strided-copy.ts";

/** A larger buffer is given back after use. */
const mostPackedBytes = 2 ** 22;

/** The memories that had been written, by region. */
export type SavedContents = ReadonlyMap<number, SavedPages>;

/**
 * The bytes of all regions of a machine, by region number. A region's memory exists from its first write on, so a
 * machine of 65,536 buffers costs nothing until they are used.
 */
export class MemoryContents {
  readonly #memories = new Map<number, PagedMemory>();
  readonly #pool = new PagePool();
  readonly #capacityOf: (region: number) => number;
  /** Holds what a strided transfer moves between its reading and its writing. */
  #packed = new Uint8Array(0);

  /** Without values (`timing_only`) nothing is ever written: whoever moves or computes values need not. */
  readonly holdsValues: boolean;

  /** Flipped bits that check bits know of. */
  readonly #upsets: Upsets | undefined;
  readonly #flip = (region: number, offset: number, bit: number): void => this.#flipBit(region, offset, bit);

  constructor(capacityOf: (region: number) => number, holdsValues: boolean = true, upsets?: Upsets) {
    this.#capacityOf = capacityOf;
    this.holdsValues = holdsValues;
    this.#upsets = upsets;
  }

  /** An engine or a tile begins to read a range: what check bits find is corrected, if it can be, and reported. */
  inspect(region: number, offset: number, bytes: number, pattern: AccessPattern | undefined): void {
    if (this.#isSound) return;
    this.#upsets?.inspect(region, offset, bytes, pattern, this.#flip);
  }

  /** What the host sees of a range: as stored, but for what check bits correct. */
  look(region: number, offset: number, target: Uint8Array): void {
    this.read(region, offset, target);
    if (!this.#isSound) this.#upsets?.correct(region, offset, target);
  }

  /** Turns a bit of a byte over. */
  upset(region: number, offset: number, bit: number): void {
    this.#flipBit(region, offset, bit);
    this.#upsets?.toggle(region, Math.floor(offset / wordBytes), (offset % wordBytes) * 8 + bit);
  }

  /** Turns a check bit of the word that holds an offset over. */
  upsetCheckBit(region: number, offset: number, bit: number): void {
    this.#upsets?.toggle(region, Math.floor(offset / wordBytes), wordBits + bit);
  }

  read(region: number, offset: number, target: Uint8Array): void {
    const memory = this.#memories.get(region);
    if (memory === undefined) target.fill(0);
    else memory.read(offset, target);
  }

  /** The bytes of a range where they lie, if they do so in one piece; see `PagedMemory.view`. */
  view(region: number, offset: number, count: number): Uint8Array<ArrayBuffer> | undefined {
    return this.#memories.get(region)?.view(offset, count);
  }

  write(region: number, offset: number, source: Uint8Array): void {
    if (!this.#isSound) this.#upsets?.beforeWrite(region, offset, source.length, this.#flip);
    this.#memoryOf(region).write(offset, source);
  }

  copy(source: number, sourceOffset: number, destination: number, destinationOffset: number, count: number): void {
    if (!this.#isSound) this.#upsets?.beforeWrite(destination, destinationOffset, count, this.#flip);
    const from = this.#memories.get(source);
    if (from !== undefined) this.#memoryOf(destination).copyFrom(from, sourceOffset, destinationOffset, count);
    else this.#memories.get(destination)?.zero(destinationOffset, count);
  }

  /** Reads what a pattern takes, in its order, packed into `target`. */
  gather(region: number, offset: number, pattern: AccessPattern, target: Uint8Array): void {
    const memory = this.#memories.get(region);
    if (memory === undefined) target.fill(0, 0, pattern.bytes);
    else gather(memory, offset, pattern, target);
  }

  /** Writes packed bytes to where a pattern puts them. */
  scatter(region: number, offset: number, pattern: AccessPattern, source: Uint8Array): void {
    if (!this.#isSound) this.#beforeScatter(region, offset, pattern);
    scatter(this.#memoryOf(region), offset, pattern, source);
  }

  /** Moves bytes from pattern to pattern, as if all were read before any is written. */
  rearrange(
    source: number,
    sourceOffset: number,
    from: AccessPattern,
    destination: number,
    destinationOffset: number,
    to: AccessPattern,
  ): void {
    if (this.#packed.length < from.bytes) this.#packed = new Uint8Array(2 ** Math.ceil(Math.log2(from.bytes + 4)));
    this.gather(source, sourceOffset, from, this.#packed);
    this.scatter(destination, destinationOffset, to, this.#packed);
    if (this.#packed.length > mostPackedBytes) this.#packed = new Uint8Array(0);
  }

  clear(region: number): void {
    this.#upsets?.clearRegion(region);
    this.#memories.get(region)?.clear();
    this.#memories.delete(region);
  }

  clearAll(): void {
    for (const memory of this.#memories.values()) memory.clear();
    this.#memories.clear();
  }

  save(): SavedContents {
    const saved = new Map<number, SavedPages>();
    for (const [region, memory] of this.#memories) saved.set(region, memory.save());
    return saved;
  }

  restore(saved: SavedContents): void {
    this.clearAll();
    for (const [region, pages] of saved) this.#memoryOf(region).restore(pages);
  }

  /** Bytes of host memory in use for all contents. */
  get committedBytes(): number {
    let sum = 0;
    for (const memory of this.#memories.values()) sum += memory.committedBytes;
    return sum;
  }

  get #isSound(): boolean {
    return this.#upsets?.isClean !== false;
  }

  #flipBit(region: number, offset: number, bit: number): void {
    const byte = new Uint8Array(1);
    this.read(region, offset, byte);
    byte[0] = (byte[0] ?? 0) ^ (1 << bit);
    this.#memoryOf(region).write(offset, byte);
  }

  #beforeScatter(region: number, offset: number, pattern: AccessPattern): void {
    pattern.forEachRow((start, stride, count, runBytes) => {
      for (let run = 0; run < count; run++) {
        this.#upsets?.beforeWrite(region, offset + start + run * stride, runBytes, this.#flip);
      }
    });
  }

  #memoryOf(region: number): PagedMemory {
    let memory = this.#memories.get(region);
    if (memory === undefined) {
      memory = new PagedMemory(this.#capacityOf(region), this.#pool);
      this.#memories.set(region, memory);
    }
    return memory;
  }
}
