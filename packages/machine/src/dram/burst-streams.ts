import { type Column, restoreColumns, type SavedColumns, saveColumns } from "../engine/columns.ts";
import type { AccessPattern } from "../memory/access-pattern.ts";

const unknown = Number.POSITIVE_INFINITY;

export type SavedBurstStreams = {
  readonly columns: SavedColumns;
  readonly patterns: readonly (AccessPattern | undefined)[];
};

/** Where a stream of bursts begins, and at what pace it goes. */
export type BurstStreamStart = {
  readonly region: number;
  readonly offset: number;
  readonly bytes: number;
  readonly pattern: AccessPattern | undefined;
  /** Cycle from which the engine asks for bytes, or has them, and how many units a cycle (config/widths.ts). */
  readonly cycle: number;
  readonly rate: number;
};

/**
 * The bursts that transfers need of DRAM, one row for each stream: 2n for what mover n reads, 2n + 1 for what it writes. A stream goes through
 * the bytes in the order of the transfer; bytes of one burst that follow each other there are one access.
 */
export class BurstStreams {
  /** 1 while the transfer is under way. */
  readonly isActive: Uint8Array;
  readonly region: Int32Array;
  /** The next burst by number, and the bytes of the transfer before it and up to its end; equal when there is none. */
  readonly burst: Float64Array;
  readonly before: Float64Array;
  readonly upTo: Float64Array;
  readonly total: Float64Array;
  readonly begin: Float64Array;
  readonly rate: Float64Array;
  /** Bursts that wait at a channel. */
  readonly submitted: Int32Array;
  /** Ticks at which the data of the first burst and of the last end; Infinity while not known. */
  readonly firstData: Float64Array;
  readonly lastData: Float64Array;
  /** Cycle from which the last burst of a write may be given: all its bytes have come then. */
  readonly releasedAt: Float64Array;
  readonly #offset: Float64Array;
  readonly #run: Float64Array;
  readonly #inRun: Float64Array;
  readonly #latestData: Float64Array;
  readonly #patterns: (AccessPattern | undefined)[];
  /** Of a burst, by region; 0 for regions that are no DRAM. */
  readonly #burstBytes: Float64Array;

  constructor(moverCount: number, burstBytes: Float64Array) {
    const streams = 2 * moverCount;
    this.#burstBytes = burstBytes;
    this.isActive = new Uint8Array(streams);
    this.region = new Int32Array(streams);
    this.burst = new Float64Array(streams);
    this.before = new Float64Array(streams);
    this.upTo = new Float64Array(streams);
    this.total = new Float64Array(streams);
    this.begin = new Float64Array(streams);
    this.rate = new Float64Array(streams);
    this.submitted = new Int32Array(streams);
    this.firstData = new Float64Array(streams);
    this.lastData = new Float64Array(streams);
    this.releasedAt = new Float64Array(streams);
    this.#offset = new Float64Array(streams);
    this.#run = new Float64Array(streams);
    this.#inRun = new Float64Array(streams);
    this.#latestData = new Float64Array(streams);
    this.#patterns = new Array(streams).fill(undefined);
  }

  start(stream: number, { region, offset, bytes, pattern, cycle, rate }: BurstStreamStart): void {
    this.isActive[stream] = 1;
    this.region[stream] = region;
    this.#offset[stream] = offset;
    this.#patterns[stream] = pattern;
    this.total[stream] = bytes;
    this.begin[stream] = cycle;
    this.rate[stream] = rate;
    for (const column of [this.#run, this.#inRun, this.#latestData, this.upTo]) column[stream] = 0;
    this.submitted[stream] = 0;
    this.firstData[stream] = unknown;
    this.lastData[stream] = unknown;
    this.releasedAt[stream] = unknown;
    this.next(stream);
  }

  hasNext(stream: number): boolean {
    return (this.upTo[stream] ?? 0) > (this.before[stream] ?? 0);
  }

  isLast(stream: number): boolean {
    return this.upTo[stream] === this.total[stream];
  }

  /** Goes on to the next burst. */
  next(stream: number): void {
    const pattern = this.#patterns[stream];
    const total = this.total[stream] ?? 0;
    const base = this.#offset[stream] ?? 0;
    const size = this.#burstBytes[this.region[stream] ?? 0] ?? 1;
    const runBytes = pattern?.runBytes ?? total;
    let run = this.#run[stream] ?? 0;
    let inRun = this.#inRun[stream] ?? 0;
    let upTo = this.upTo[stream] ?? 0;
    this.before[stream] = upTo;
    let burst = -1;
    while (upTo < total) {
      const address = base + (pattern?.runOffset(run) ?? 0) + inRun;
      const number = Math.floor(address / size);
      if (burst >= 0 && number !== burst) break;
      burst = number;
      const bytes = Math.min(runBytes - inRun, (number + 1) * size - address);
      upTo += bytes;
      inRun += bytes;
      if (inRun < runBytes) break;
      run++;
      inRun = 0;
    }
    this.burst[stream] = burst;
    this.upTo[stream] = upTo;
    this.#run[stream] = run;
    this.#inRun[stream] = inRun;
  }

  /** The data of one of its bursts end at a tick; whether something has become known by that. */
  served(stream: number, dataEnd: number): boolean {
    this.submitted[stream] = (this.submitted[stream] ?? 0) - 1;
    const latest = Math.max(dataEnd, this.#latestData[stream] ?? 0);
    this.#latestData[stream] = latest;
    const isFirst = this.firstData[stream] === unknown;
    // Bursts of other channels may be given later with data that end earlier: what matters is that the first are there.
    if (isFirst) this.firstData[stream] = dataEnd;
    const isEnd = this.submitted[stream] === 0 && !this.hasNext(stream);
    if (isEnd) this.lastData[stream] = latest;
    return isFirst || isEnd;
  }

  stop(stream: number): void {
    this.isActive[stream] = 0;
    this.#patterns[stream] = undefined;
  }

  clear(): void {
    this.isActive.fill(0);
    this.#patterns.fill(undefined);
  }

  save(): SavedBurstStreams {
    return { columns: saveColumns(this.#columns), patterns: this.#patterns.slice() };
  }

  restore({ columns, patterns }: SavedBurstStreams): void {
    restoreColumns(this.#columns, columns);
    for (const [stream, pattern] of patterns.entries()) this.#patterns[stream] = pattern;
  }

  get #columns(): readonly Column[] {
    return [
      ...[this.isActive, this.region, this.burst, this.before, this.upTo, this.total, this.begin, this.rate],
      ...[this.submitted, this.firstData, this.lastData, this.releasedAt],
      ...[this.#offset, this.#run, this.#inRun, this.#latestData],
    ];
  }
}
