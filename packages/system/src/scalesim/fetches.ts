import { noAddress, type WordListener } from "./operands.ts";

/**
 * Which words a read buffer asks DRAM for, line by line: only a trace tells them, times and counts do not depend on them. As in SCALE-Sim all fetches after the
 * first begin at the same line, and a line that is only partly wanted loses its other words for good.
 */
export class Fetches {
  /** Lines as wide as the path to DRAM, in the order in which words will be needed. */
  readonly #lines: Int32Array;
  readonly #lineCount: number;
  readonly #bandwidth: number;
  readonly #halfWords: number;
  readonly #listener: WordListener;
  /** Words of the first line of a fetch that came before. */
  #taken = 0;
  #next = 0;

  constructor(order: Int32Array, bandwidth: number, halfWords: number, listener: WordListener) {
    this.#lineCount = Math.ceil(order.length / bandwidth);
    this.#lines = new Int32Array(this.#lineCount * bandwidth).fill(noAddress);
    this.#lines.set(order);
    this.#bandwidth = bandwidth;
    this.#halfWords = halfWords;
    this.#listener = listener;
  }

  /** The first so many lines, a line a cycle. */
  fill(lines: number, cycle: number): void {
    if (lines * this.#bandwidth > this.#halfWords) {
      this.#taken = this.#halfWords % this.#bandwidth;
      this.#line(lines - 1).fill(noAddress, this.#taken);
    }
    for (let line = 0; line < lines; line++) this.#listener(cycle + line, this.#line(line));
    this.#next = this.#lineAfter(lines);
  }

  /** Another half of a buffer. */
  next(cycle: number): void {
    const wanted = Math.ceil(this.#halfWords / this.#bandwidth);
    const start = this.#next;
    const beyond = start + wanted - this.#lineCount;
    // Lines of the beginning that follow the last one are copies: what they lose is lost in them alone.
    const lines = Array.from({ length: wanted }, (_, index) => {
      const line = this.#line((start + index) % this.#lineCount);
      return beyond > 0 ? line.slice() : line;
    });
    lines[0]?.fill(noAddress, 0, this.#taken);
    if (wanted * this.#bandwidth > this.#halfWords) lines.at(-1)?.fill(noAddress, this.#halfWords % this.#bandwidth);
    for (const [index, line] of lines.entries()) this.#listener(cycle + index, line);
    this.#next = this.#lineAfter(wanted);
  }

  #lineAfter(lines: number): number {
    const isWhole = lines * this.#bandwidth <= this.#halfWords;
    return (isWhole ? lines + 1 : lines) % this.#lineCount;
  }

  #line(line: number): Int32Array {
    return this.#lines.subarray(line * this.#bandwidth, (line + 1) * this.#bandwidth);
  }
}
