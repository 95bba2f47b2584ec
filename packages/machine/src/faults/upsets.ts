import type { MemoryProtection } from "../config/machine-config.ts";
import type { AccessPattern } from "../memory/access-pattern.ts";
import { type Overlap, oneInterval, overlapOf } from "../memory/footprint.ts";
import type { MemoryErrors } from "./memory-errors.ts";
import { decode, wordBits, wordBytes } from "./secded.ts";

/** Turns a bit of a memory over: the byte's offset and the bit in it. */
type FlipBit = (region: number, offset: number, bit: number) => void;

/** By region and 64-bit word: the positions that are flipped, data bits from 0 and check bits from 64 on. */
export type SavedUpsets = readonly {
  readonly region: number;
  readonly word: number;
  readonly flipped: readonly number[];
}[];

/**
 * Flipped bits of memories with check bits. The memories hold their data bits as they are, wrong ones too; this knows which are
 * wrong, as check bits would: so that what is read can be checked, corrected and reported, and what is written is right again.
 */
export class Upsets {
  readonly #protectionOf: (region: number) => MemoryProtection;
  readonly #errors: MemoryErrors;
  readonly #flipped = new Map<number, Map<number, Set<number>>>();
  readonly #overlap: Overlap = { first: 0, bytes: 0 };

  constructor(protectionOf: (region: number) => MemoryProtection, errors: MemoryErrors) {
    this.#protectionOf = protectionOf;
    this.#errors = errors;
  }

  /** Whether no memory with check bits has a flipped bit, so that nothing need be looked at. */
  get isClean(): boolean {
    return this.#flipped.size === 0;
  }

  /** Notes that a bit of a word has been turned over, or back. Memories without check bits do not notice. */
  toggle(region: number, word: number, position: number): void {
    if (this.#protectionOf(region) === "none") return;
    const words = this.#flipped.get(region) ?? new Map<number, Set<number>>();
    const positions = words.get(word) ?? new Set<number>();
    if (!positions.delete(position)) positions.add(position);
    words.set(word, positions);
    this.#flipped.set(region, words);
    this.#forget(region, word, positions);
  }

  /**
   * A range is read by an engine or a tile: what can be corrected is, in the memory too, and everything found is reported.
   * `bytes` reach from the first byte to the last; `pattern` says which of them are read, if not all.
   */
  inspect(region: number, offset: number, bytes: number, pattern: AccessPattern | undefined, flip: FlipBit): void {
    const words = this.#flipped.get(region);
    if (words === undefined) return;
    const read = pattern === undefined ? oneInterval(bytes) : pattern.footprint.intervals;
    for (const word of [...words.keys()].toSorted((a, b) => a - b)) {
      overlapOf(oneInterval(wordBytes), word * wordBytes, read, offset, this.#overlap);
      if (this.#overlap.bytes > 0) this.#inspectWord(region, word, flip);
    }
  }

  /** Bytes that the host looks at, as a correcting memory gives them; nothing changes by that. */
  correct(region: number, offset: number, target: Uint8Array): void {
    if (this.#protectionOf(region) !== "secded") return;
    for (const [word, positions] of this.#flipped.get(region) ?? []) {
      const decoded = decode(positions);
      if (decoded.kind !== "corrects" || decoded.position >= wordBits) continue;
      const place = word * wordBytes + Math.floor(decoded.position / 8) - offset;
      if (place >= 0 && place < target.length) target[place] = (target[place] ?? 0) ^ (1 << (decoded.position % 8));
    }
  }

  /** A range is about to be written. Of a word that is written in part the rest is read and, if it can be, corrected first. */
  beforeWrite(region: number, offset: number, bytes: number, flip: FlipBit): void {
    const words = this.#flipped.get(region);
    if (words === undefined) return;
    const isCorrecting = this.#protectionOf(region) === "secded";
    for (const word of [...words.keys()].toSorted((a, b) => a - b)) {
      const [first, end] = [Math.max(offset, word * wordBytes), Math.min(offset + bytes, (word + 1) * wordBytes)];
      if (first >= end) continue;
      if (isCorrecting) {
        if (end - first < wordBytes) this.#inspectWord(region, word, flip);
        // Check bits are made anew of what the word then holds.
        this.#forget(region, word, undefined);
        continue;
      }
      const positions = words.get(word) ?? new Set();
      for (const position of positions) {
        const byte = word * wordBytes + byteOf(position);
        if (byte >= first && byte < end) positions.delete(position);
      }
      this.#forget(region, word, positions);
    }
  }

  /** A region is zeroed. */
  clearRegion(region: number): void {
    this.#flipped.delete(region);
  }

  clear(): void {
    this.#flipped.clear();
  }

  save(): SavedUpsets {
    return [...this.#flipped].flatMap(([region, words]) =>
      [...words].map(([word, positions]) => ({ region, word, flipped: [...positions] })),
    );
  }

  restore(saved: SavedUpsets): void {
    this.clear();
    for (const { region, word, flipped } of saved) for (const position of flipped) this.toggle(region, word, position);
  }

  #inspectWord(region: number, word: number, flip: FlipBit): void {
    const positions = this.#flipped.get(region)?.get(word);
    if (positions === undefined) return;
    if (this.#protectionOf(region) === "parity") {
      if (hasOddByte(positions)) this.#errors.found("detected", region, word * wordBytes);
      return;
    }
    const decoded = decode(positions);
    if (decoded.kind === "clean") return;
    if (decoded.kind === "corrects") {
      const { position } = decoded;
      if (position < wordBits) flip(region, word * wordBytes + Math.floor(position / 8), position % 8);
      this.toggle(region, word, position);
    }
    this.#errors.found(decoded.kind === "corrects" ? "corrected" : "detected", region, word * wordBytes);
  }

  /** Words without flipped bits are not kept. */
  #forget(region: number, word: number, positions: ReadonlySet<number> | undefined): void {
    if (positions !== undefined && positions.size > 0) return;
    const words = this.#flipped.get(region);
    words?.delete(word);
    if (words?.size === 0) this.#flipped.delete(region);
  }
}

/** The byte of the word that a data bit, or with parity a check bit, belongs to. */
function byteOf(position: number): number {
  return position < wordBits ? Math.floor(position / 8) : position - wordBits;
}

/** Parity sees an odd number of flips in a byte and its check bit. */
function hasOddByte(positions: ReadonlySet<number>): boolean {
  const counts = new Uint8Array(wordBytes);
  for (const position of positions) counts[byteOf(position)] = (counts[byteOf(position)] ?? 0) ^ 1;
  return counts.includes(1);
}
