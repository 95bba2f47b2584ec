import type { AccessPattern } from "../memory/access-pattern.ts";

/** A data line of a memory's port that always carries the same value. */
export type StuckLine = {
  readonly region: number;
  /** Byte of the port, and bit of it. */
  readonly lane: number;
  readonly bit: number;
  readonly value: 0 | 1;
};

/**
 * Data lines of memories' ports that are stuck. A byte passes the lane that its offset gives, modulo the lanes of the port; engines go
 * through ports, tiles read their scratchpad directly and the host looks in from outside.
 */
export class StuckLines {
  /** Bytes side by side in the port of a region. */
  readonly lanesOf: (region: number) => number;
  #lines: readonly StuckLine[] = [];

  constructor(lanesOf: (region: number) => number) {
    this.lanesOf = lanesOf;
  }

  get isClean(): boolean {
    return this.#lines.length === 0;
  }

  add(line: StuckLine): void {
    this.#lines = [...this.#lines, line];
  }

  /** Whether bytes that pass the port of a region come out changed. */
  affect(region: number): boolean {
    return this.#lines.some((line) => line.region === region);
  }

  /** What becomes of packed bytes on their way through the port of a region, to or from where a pattern has them. */
  pass(region: number, offset: number, pattern: AccessPattern | undefined, packed: Uint8Array): void {
    const lanes = this.lanesOf(region);
    for (const line of this.#lines) {
      if (line.region !== region) continue;
      const mask = 1 << line.bit;
      const force = (place: number): void => {
        const byte = packed[place] ?? 0;
        packed[place] = line.value === 1 ? byte | mask : byte & ~mask;
      };
      if (pattern === undefined) forEachInLane(offset, packed.length, lanes, line.lane, force);
      else {
        let done = 0;
        pattern.forEachRow((start, stride, count, runBytes) => {
          for (let run = 0; run < count; run++) {
            const before = done;
            forEachInLane(offset + start + run * stride, runBytes, lanes, line.lane, (place) => force(before + place));
            done += runBytes;
          }
        });
      }
    }
  }

  clear(): void {
    this.#lines = [];
  }

  save(): readonly StuckLine[] {
    return this.#lines;
  }

  restore(saved: readonly StuckLine[]): void {
    this.#lines = saved;
  }
}

/** Visits the bytes of a run, counted from its beginning, that pass a lane. */
function forEachInLane(
  offset: number,
  bytes: number,
  lanes: number,
  lane: number,
  visit: (place: number) => void,
): void {
  const first = (((lane - offset) % lanes) + lanes) % lanes;
  for (let place = first; place < bytes; place += lanes) visit(place);
}
