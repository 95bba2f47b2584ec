import { PagedMemory } from "./paged-memory.ts";

/**
 * The bytes of all regions of a machine, by region number. A region's memory exists from its first write on, so a
 * machine of 65,536 buffers costs nothing until they are used.
 */
export class MemoryContents {
  readonly #memories = new Map<number, PagedMemory>();
  readonly #capacityOf: (region: number) => number;

  constructor(capacityOf: (region: number) => number) {
    this.#capacityOf = capacityOf;
  }

  read(region: number, offset: number, target: Uint8Array): void {
    const memory = this.#memories.get(region);
    if (memory === undefined) target.fill(0);
    else memory.read(offset, target);
  }

  write(region: number, offset: number, source: Uint8Array): void {
    this.#memoryOf(region).write(offset, source);
  }

  copy(source: number, sourceOffset: number, destination: number, destinationOffset: number, count: number): void {
    const from = this.#memories.get(source);
    if (from !== undefined) this.#memoryOf(destination).copyFrom(from, sourceOffset, destinationOffset, count);
    else this.#memories.get(destination)?.zero(destinationOffset, count);
  }

  clear(region: number): void {
    this.#memories.delete(region);
  }

  clearAll(): void {
    this.#memories.clear();
  }

  /** Bytes of host memory in use for all contents. */
  get committedBytes(): number {
    let sum = 0;
    for (const memory of this.#memories.values()) sum += memory.committedBytes;
    return sum;
  }

  #memoryOf(region: number): PagedMemory {
    let memory = this.#memories.get(region);
    if (memory === undefined) {
      memory = new PagedMemory(this.#capacityOf(region));
      this.#memories.set(region, memory);
    }
    return memory;
  }
}
