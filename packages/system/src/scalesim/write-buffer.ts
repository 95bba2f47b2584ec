import type { AccessSpan } from "@kpu-sim/formats";
import { noAddress, type WordListener } from "./operands.ts";

/**
 * The buffer between the array and DRAM. Words are collected in lines as wide as the path to DRAM. When more than half of the buffer is
 * taken, half a buffer of lines is drained, a line a cycle, the last one as it is; the array waits only when there is no room at all. Room
 * comes back as if all drained lines but the last had been full.
 */
export class WriteBuffer {
  readonly #capacityWords: number;
  readonly #drainWords: number;
  readonly #bandwidth: number;
  /** Words of each line that is complete or was drained. */
  readonly #lines: number[] = [];
  #line = 0;
  #drained = 0;
  #free: number;
  #drainEnd = 0;
  #count = 0;
  #startCycle: number | undefined;
  #stopCycle = 0;
  readonly #listener: WordListener | undefined;
  /** The words of lines that are not drained, for a listener. */
  readonly #words: number[] = [];

  constructor(capacityWords: number, bandwidth: number, listener?: WordListener) {
    this.#listener = listener;
    this.#capacityWords = capacityWords;
    this.#drainWords = capacityWords - Math.ceil(capacityWords / 2);
    this.#bandwidth = bandwidth;
    this.#free = capacityWords;
  }

  /** Takes the words of a cycle; the cycles by which that makes the array late. */
  take(cycle: number, addresses: Int32Array): number {
    let now = cycle;
    for (const address of addresses) {
      if (address === noAddress) continue;
      this.#line++;
      if (this.#listener !== undefined) this.#words.push(address);
      this.#free--;
      if (this.#line === this.#bandwidth) this.#closeLine();
      if (now < this.#drainEnd) {
        if (this.#free <= 0) now = this.#drainEnd;
      } else if (this.#free < this.#capacityWords - this.#drainWords) {
        this.#closeLine();
        this.#drain(now);
      }
    }
    return now - cycle;
  }

  /** The array has given its last word at this cycle. */
  finish(cycle: number): void {
    this.#closeLine();
    for (let next = cycle; this.#drained < this.#lines.length; next = this.#drainEnd + 1) this.#drain(next);
  }

  get writes(): AccessSpan {
    return { startCycle: this.#startCycle ?? 0, stopCycle: this.#stopCycle, count: this.#count };
  }

  #closeLine(): void {
    if (this.#line === 0) return;
    this.#lines.push(this.#line);
    this.#line = 0;
  }

  #tellLines(first: number, end: number, cycle: number): void {
    if (this.#listener === undefined) return;
    let told = 0;
    for (let line = first; line < end; line++) {
      const length = this.#lines[line] ?? 0;
      const words = new Int32Array(this.#bandwidth).fill(noAddress);
      words.set(this.#words.slice(told, told + length));
      told += length;
      this.#listener(cycle + line - first, words);
    }
    this.#words.splice(0, told);
  }

  #drain(cycle: number): void {
    const end = Math.min(this.#drained + Math.ceil(this.#drainWords / this.#bandwidth), this.#lines.length);
    const lines = end - this.#drained;
    const words = (lines - 1) * this.#bandwidth + (this.#lines[end - 1] ?? 0);
    this.#count += words;
    this.#free += words;
    this.#startCycle ??= cycle;
    this.#drainEnd = cycle + lines - 1;
    this.#stopCycle = Math.max(this.#stopCycle, this.#drainEnd);
    this.#tellLines(this.#drained, end, cycle);
    this.#drained = end;
  }
}
