import type { AccessSpan } from "@kpu-sim/formats";
import { Fetches } from "./fetches.ts";
import { noAddress, type WordListener } from "./operands.ts";

/** A read buffer between DRAM and the array, in either of SCALE-Sim's modes. */
export type ReadBuffer = {
  /** Serves the words of a cycle; the cycles by which they come late. */
  serve(cycle: number, addresses: Int32Array): number;
  /** The array has all it needs. */
  finish(): void;
  /** What was read from DRAM. */
  readonly reads: AccessSpan;
};

/** Cycles from a request to DRAM to its data, and from one to the buffer. */
const dramLatency = 1;
export const hitLatency = 1;
/** A buffer is managed in a hundred pieces, half of them filled while the others are read. */
const pieces = 100;
const piecesInUse = pieces / 2;
/** Words a cycle with which a buffer is filled at first where the bandwidth is to be found out. */
const firstBandwidth = 10;

/**
 * Mode CALC: everything is there in time. Words that the array asks for anew are gathered into pieces; when half a buffer is full, it is taken
 * as fetched in the time in which the half before it was filled, whatever bandwidth that takes.
 */
export class EstimatingReadBuffer implements ReadBuffer {
  /** The latest piece that a word was put into, by address; it is in the buffer from piece `#first` on. */
  readonly #pieceOf: Int32Array;
  readonly #pieceWords: number;
  #words = 0;
  #piece = 0;
  #first = 0;
  #fetchedPieces = 0;
  #firstCycle: number | undefined;
  #lastFetch = { begin: -2, end: -1 };
  #isFilled = false;
  #count = 0;
  #startCycle = 0;
  #stopCycle = 0;

  constructor(capacityWords: number, addresses: number) {
    this.#pieceWords = Math.floor(capacityWords / pieces);
    this.#pieceOf = new Int32Array(addresses).fill(noAddress);
  }

  serve(cycle: number, addresses: Int32Array): number {
    for (const address of addresses) {
      if (address === noAddress) continue;
      this.#firstCycle ??= cycle;
      const piece = this.#pieceOf[address] ?? noAddress;
      if (piece >= this.#first && piece <= this.#piece) continue;
      this.#pieceOf[address] = this.#piece;
      this.#words++;
      if (this.#words === this.#pieceWords) this.#completePiece(cycle);
    }
    return 0;
  }

  finish(): void {
    const isPartly = this.#words > 0;
    const pieceCount = isPartly ? this.#piece + 1 : this.#piece;
    if (!this.#isFilled) {
      const end = -1 - dramLatency;
      this.#lastFetch = { begin: end - Math.ceil((pieceCount * this.#pieceWords) / firstBandwidth) + 1, end };
      this.#startCycle = this.#lastFetch.begin + dramLatency;
    }
    this.#count += (pieceCount - this.#fetchedPieces - (isPartly ? 1 : 0)) * this.#pieceWords + this.#words;
    this.#stopCycle = this.#lastFetch.end + dramLatency;
  }

  get reads(): AccessSpan {
    return { startCycle: this.#startCycle, stopCycle: this.#stopCycle, count: this.#count };
  }

  #completePiece(cycle: number): void {
    this.#piece++;
    this.#words = 0;
    if (this.#piece !== this.#first + piecesInUse) return;
    if (!this.#isFilled) {
      const end = (this.#firstCycle ?? 0) - 1 - dramLatency;
      this.#lastFetch = { begin: end - Math.ceil((piecesInUse * this.#pieceWords) / firstBandwidth) + 1, end };
      this.#startCycle = this.#lastFetch.begin + dramLatency;
      this.#isFilled = true;
    }
    this.#count += piecesInUse * this.#pieceWords;
    this.#fetchedPieces += piecesInUse;
    this.#first += piecesInUse;
    this.#lastFetch = { begin: this.#lastFetch.end + 1, end: cycle };
  }
}

/**
 * Mode USER: words come in the order in which the array will need them first (`order`, with gaps), so many a cycle. A word that is not there
 * makes the buffer give up the older half of what it holds for the next, until it comes; the order is gone through again and again.
 */
export class FetchingReadBuffer implements ReadBuffer {
  readonly #bandwidth: number;
  /** Lines of the whole order by address: where they begin in `#lines`. */
  readonly #firstLine: Int32Array;
  readonly #lines: Int32Array;
  readonly #lineCount: number;
  readonly #activeLines: number;
  readonly #spareLines: number;
  /** Lines of DRAM that fill half the buffer. */
  readonly #fetchLines: number;
  readonly #orderLines: number;
  #start = 0;
  #end = 0;
  #lastFetch: number | undefined;
  #count = 0;
  #startCycle = 0;
  readonly #fetches: Fetches | undefined;

  constructor(capacityWords: number, bandwidth: number, addresses: number, order: Int32Array, listener?: WordListener) {
    this.#fetches = listener && new Fetches(order, bandwidth, Math.ceil(capacityWords / 2), listener);
    const lineWords = Math.ceil(capacityWords / pieces);
    const half = Math.ceil(capacityWords / 2);
    this.#bandwidth = bandwidth;
    this.#orderLines = Math.ceil(order.length / bandwidth);
    this.#fetchLines = Math.ceil(half / bandwidth);
    const words = order.reduce((sum, address) => sum + (address === noAddress ? 0 : 1), 0);
    this.#lineCount = Math.floor(words / lineWords) + 1;
    this.#activeLines = Math.min(Math.ceil(half / lineWords), this.#lineCount);
    this.#spareLines = Math.min(Math.ceil((capacityWords - half) / lineWords), this.#lineCount - this.#activeLines);
    [this.#firstLine, this.#lines] = linesByAddress(order, addresses, lineWords);
  }

  serve(cycle: number, addresses: Int32Array): number {
    const last = this.#lastFetch ?? this.#fill(cycle);
    this.#lastFetch = last;
    let offset = hitLatency;
    for (const address of addresses) {
      if (address === noAddress) continue;
      while (!this.#holds(address)) {
        this.#fetchNext();
        const late = (this.#lastFetch ?? 0) - (cycle + offset);
        // As in the version that wrote the published reports: a wait counts twice, and data that were early count as lead.
        offset += late > 0 ? 2 * late : late;
      }
    }
    return offset - hitLatency;
  }

  finish(): void {}

  get reads(): AccessSpan {
    return { startCycle: this.#startCycle, stopCycle: this.#lastFetch ?? 0, count: this.#count };
  }

  /** The first half, so that its last words come just before the first request. */
  #fill(cycle: number): number {
    const lines = Math.min(this.#fetchLines, this.#orderLines);
    this.#fetches?.fill(lines, cycle - lines);
    this.#count += lines * this.#bandwidth;
    this.#startCycle = cycle - lines - 1 + dramLatency;
    this.#end = this.#activeLines;
    return cycle - 2 + dramLatency;
  }

  #fetchNext(): void {
    this.#start = (this.#start + this.#spareLines) % this.#lineCount;
    this.#end = (this.#start + this.#activeLines) % this.#lineCount;
    this.#count += this.#fetchLines * this.#bandwidth;
    this.#fetches?.next((this.#lastFetch ?? 0) + 1 + dramLatency);
    this.#lastFetch = (this.#lastFetch ?? 0) + this.#fetchLines + dramLatency;
  }

  #holds(address: number): boolean {
    const end = this.#firstLine[address + 1] ?? 0;
    const isWhole = this.#start < this.#end;
    for (let index = this.#firstLine[address] ?? 0; index < end; index++) {
      const line = this.#lines[index] ?? 0;
      if (isWhole ? line >= this.#start && line < this.#end : line >= this.#start || line < this.#end) return true;
    }
    return false;
  }
}

/** The lines that hold each address, ascending, one list behind the other, and where the lists begin. */
function linesByAddress(order: Int32Array, addresses: number, lineWords: number): [Int32Array, Int32Array] {
  const first = new Int32Array(addresses + 1);
  for (const address of order) if (address !== noAddress) first[address + 1] = (first[address + 1] ?? 0) + 1;
  for (let address = 0; address < addresses; address++)
    first[address + 1] = (first[address + 1] ?? 0) + (first[address] ?? 0);
  const lines = new Int32Array(first[addresses] ?? 0);
  const next = first.slice();
  let word = 0;
  for (const address of order) {
    if (address === noAddress) continue;
    const place = next[address] ?? 0;
    lines[place] = Math.floor(word / lineWords);
    next[address] = place + 1;
    word++;
  }
  return [first, lines];
}
