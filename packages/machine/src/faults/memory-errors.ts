import { replaceAll } from "../engine/columns.ts";
import type { RegionTotals } from "../observe/region-totals.ts";

/** What the check bits of a memory have found in a word that was read. */
export type MemoryErrorRecord = {
  /** A flipped bit was turned back, or the word was found to be wrong and stays so. */
  readonly kind: "corrected" | "detected";
  readonly cycle: number;
  /** Of the 64-bit word, as a global address. */
  readonly address: number;
  /** As reports name it. */
  readonly memory: string;
};

type Found = { readonly kind: MemoryErrorRecord["kind"]; readonly region: number; readonly offset: number };
type Entry = Found & { readonly cycle: number };

export type SavedMemoryErrors = readonly Entry[];

/** Records kept; further errors are only counted, so that a worn-out memory cannot fill the host's. */
const mostRecords = 100_000;

/** What check bits have found, in order of the cycles and of the work that read. */
export class MemoryErrors {
  readonly #totals: RegionTotals;
  readonly #entries: Entry[] = [];
  readonly #found: Found[] = [];

  constructor(totals: RegionTotals) {
    this.#totals = totals;
  }

  get entries(): readonly Entry[] {
    return this.#entries;
  }

  /** Takes what was found at the present cycle; `settle` says which that is. */
  found(kind: Found["kind"], region: number, offset: number): void {
    this.#found.push({ kind, region, offset });
  }

  settle(cycle: number): void {
    if (this.#found.length === 0) return;
    for (const found of this.#found) {
      this.#totals.countError(found.region, found.kind);
      if (this.#entries.length < mostRecords) this.#entries.push({ ...found, cycle });
    }
    this.#found.length = 0;
  }

  clear(): void {
    this.#entries.length = 0;
    this.#found.length = 0;
  }

  save(): SavedMemoryErrors {
    return this.#entries.slice();
  }

  restore(saved: SavedMemoryErrors): void {
    replaceAll(this.#entries, saved);
    this.#found.length = 0;
  }
}
