import type { AccessPattern } from "../memory/access-pattern.ts";
import { type Overlap, oneInterval, overlapOf } from "../memory/footprint.ts";
import type { MemoryContents } from "../memory/memory-contents.ts";
import type { HazardLog } from "../observe/hazard-log.ts";
import { type Column, replaceAll, restoreColumns, type SavedColumns, saveColumns } from "./columns.ts";
import type { UnitTable } from "./unit-table.ts";

const none = -1;
/** A matrix product that accumulates (it reads A, B, C and writes C) and a layernorm have four accesses, a transfer two. */
const accessesPerUnit = 4;

export type SavedInFlight = {
  readonly columns: SavedColumns;
  readonly patterns: readonly (AccessPattern | undefined)[];
  readonly held: readonly (Uint8Array | undefined)[];
};

/**
 * The byte ranges that work in flight (started, not complete) reads and writes, listed by region. Used twice: to find
 * hazards when work starts, and to keep a transfer's source as it was at its start. A source is copied aside only if
 * somebody writes to it in flight, so that ordinary transfers are copied once.
 */
export class InFlight {
  readonly #moverCount: number;
  readonly #contents: MemoryContents;
  readonly #hazards: HazardLog;
  readonly #firstOfRegion: Int32Array;
  // By access: unit number times `accessesPerUnit`, plus which of the unit's accesses.
  readonly #region: Int32Array;
  readonly #offset: Float64Array;
  readonly #bytes: Float64Array;
  readonly #writes: Uint8Array;
  /** By access; undefined where all bytes of the range are touched. */
  readonly #patterns: (AccessPattern | undefined)[] = [];
  readonly #next: Int32Array;
  readonly #previous: Int32Array;
  readonly #countOfUnit: Uint8Array;
  /** Sources copied aside, by unit. */
  readonly #held: (Uint8Array | undefined)[] = [];
  readonly #overlap: Overlap = { first: 0, bytes: 0 };

  constructor(units: UnitTable, regionCount: number, contents: MemoryContents, hazards: HazardLog) {
    const { unitCount, moverCount } = units;
    const accessCount = unitCount * accessesPerUnit;
    this.#moverCount = moverCount;
    this.#contents = contents;
    this.#hazards = hazards;
    this.#firstOfRegion = new Int32Array(regionCount).fill(none);
    this.#region = new Int32Array(accessCount);
    this.#offset = new Float64Array(accessCount);
    this.#bytes = new Float64Array(accessCount);
    this.#writes = new Uint8Array(accessCount);
    this.#next = new Int32Array(accessCount);
    this.#previous = new Int32Array(accessCount);
    this.#countOfUnit = new Uint8Array(unitCount);
  }

  /**
   * Reports every conflict of an access that is about to start with what is in flight. `bytes` reach from the access's first
   * byte to its last; `pattern` says which of them it touches, if not all.
   */
  compare(
    unit: number,
    region: number,
    offset: number,
    bytes: number,
    writes: boolean,
    pattern: AccessPattern | undefined,
  ): void {
    for (let access = this.#firstOfRegion[region] ?? none; access !== none; access = this.#next[access] ?? none) {
      const earlierWrites = this.#writes[access] === 1;
      if (!writes && !earlierWrites) continue;
      const start = Math.max(offset, this.#offset[access] ?? 0);
      const end = Math.min(offset + bytes, (this.#offset[access] ?? 0) + (this.#bytes[access] ?? 0));
      if (start >= end) continue;
      const overlap = this.#overlap;
      overlap.first = start;
      overlap.bytes = end - start;
      if (pattern !== undefined || this.#patterns[access] !== undefined) {
        const [own, others] = [
          intervalsOf(pattern, bytes),
          intervalsOf(this.#patterns[access], this.#bytes[access] ?? 0),
        ];
        overlapOf(own, offset, others, this.#offset[access] ?? 0, overlap);
        if (overlap.bytes === 0) continue;
      }
      const earlier = Math.floor(access / accessesPerUnit);
      const kind = !writes ? "read-after-write" : earlierWrites ? "write-after-write" : "write-after-read";
      this.#hazards.found(kind, earlier, unit, region, overlap.first, overlap.bytes);
    }
  }

  add(
    unit: number,
    region: number,
    offset: number,
    bytes: number,
    writes: boolean,
    pattern: AccessPattern | undefined,
  ): void {
    const which = this.#countOfUnit[unit] ?? 0;
    const access = unit * accessesPerUnit + which;
    const first = this.#firstOfRegion[region] ?? none;
    this.#countOfUnit[unit] = which + 1;
    this.#region[access] = region;
    this.#offset[access] = offset;
    this.#bytes[access] = bytes;
    this.#writes[access] = writes ? 1 : 0;
    this.#patterns[access] = pattern;
    this.#next[access] = first;
    this.#previous[access] = none;
    if (first !== none) this.#previous[first] = access;
    this.#firstOfRegion[region] = access;
  }

  /** What a unit has in flight to read is read now, past the check bits of its memories. */
  inspectReads(unit: number): void {
    const count = this.#countOfUnit[unit] ?? 0;
    for (let access = unit * accessesPerUnit; access < unit * accessesPerUnit + count; access++) {
      if (this.#writes[access] === 1) continue;
      const [region = 0, offset = 0, bytes = 0] = [this.#region[access], this.#offset[access], this.#bytes[access]];
      this.#contents.inspect(region, offset, bytes, this.#patterns[access]);
    }
  }

  /** Takes all accesses of a unit out of flight. */
  remove(unit: number): void {
    const count = this.#countOfUnit[unit] ?? 0;
    for (let which = 0; which < count; which++) {
      const access = unit * accessesPerUnit + which;
      const next = this.#next[access] ?? none;
      const previous = this.#previous[access] ?? none;
      if (next !== none) this.#previous[next] = previous;
      if (previous !== none) this.#next[previous] = next;
      else this.#firstOfRegion[this.#region[access] ?? 0] = next;
    }
    this.#countOfUnit[unit] = 0;
  }

  /**
   * Copies aside what transfers in flight read from a range that is about to be written. A strided source goes by its whole
   * range: a copy too many costs time but changes nothing.
   */
  keepSources(region: number, offset: number, bytes: number): void {
    for (let access = this.#firstOfRegion[region] ?? none; access !== none; access = this.#next[access] ?? none) {
      if (this.#writes[access] === 1) continue;
      const start = this.#offset[access] ?? 0;
      const count = this.#bytes[access] ?? 0;
      if (start >= offset + bytes || offset >= start + count) continue;
      const unit = Math.floor(access / accessesPerUnit);
      // A tile or a vector unit has computed its result at its start and reads nothing any more.
      if (unit >= this.#moverCount || this.#held[unit] !== undefined) continue;
      const pattern = this.#patterns[access];
      const held = new Uint8Array(pattern?.bytes ?? count);
      if (pattern === undefined) this.#contents.read(region, start, held);
      else this.#contents.gather(region, start, pattern, held);
      this.#held[unit] = held;
    }
  }

  /** The unit's source as it was at the start, packed, if it was copied aside; forgotten with this call. */
  takeHeld(unit: number): Uint8Array | undefined {
    const held = this.#held[unit];
    if (held !== undefined) this.#held[unit] = undefined;
    return held;
  }

  clear(): void {
    this.#firstOfRegion.fill(none);
    this.#countOfUnit.fill(0);
    this.#patterns.length = 0;
    this.#held.length = 0;
  }

  /** Sources copied aside never change, so they are shared. */
  save(): SavedInFlight {
    return { columns: saveColumns(this.#columns), patterns: this.#patterns.slice(), held: this.#held.slice() };
  }

  restore({ columns, patterns, held }: SavedInFlight): void {
    restoreColumns(this.#columns, columns);
    replaceAll(this.#patterns, patterns);
    replaceAll(this.#held, held);
  }

  get #columns(): readonly Column[] {
    return [
      this.#firstOfRegion,
      this.#region,
      this.#offset,
      this.#bytes,
      this.#writes,
      this.#next,
      this.#previous,
      this.#countOfUnit,
    ];
  }
}

function intervalsOf(pattern: AccessPattern | undefined, bytes: number): Float64Array {
  return pattern === undefined ? oneInterval(bytes) : pattern.footprint.intervals;
}
