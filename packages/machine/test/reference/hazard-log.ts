export type HazardKind = "read-after-write" | "write-after-read" | "write-after-write";

export interface WorkLabel {
  readonly sequence: number;
  readonly unit: string;
}

export interface ReferenceHazard {
  readonly kind: HazardKind;
  readonly earlier: WorkLabel;
  readonly later: WorkLabel;
  readonly address: number;
  readonly bytes: number;
  readonly fromCycle: number;
  /** Not known before the first of the two completes. */
  readonly untilCycle: number | undefined;
}

/** Bytes in the unified address space; an empty range overlaps nothing. */
export interface ByteRange {
  readonly address: number;
  readonly bytes: number;
}

/** Work as the hazard rule sees it. */
export interface TrackedWork {
  readonly label: WorkLabel;
  readonly reads: readonly ByteRange[];
  readonly writes: readonly ByteRange[];
}

function overlap(a: ByteRange, b: ByteRange): ByteRange {
  const address = Math.max(a.address, b.address);
  const end = Math.min(a.address + a.bytes, b.address + b.bytes);
  return { address, bytes: Math.max(0, end - address) };
}

/** Rule 21. */
export class HazardLog {
  #records: readonly ReferenceHazard[] = [];

  get records(): readonly ReferenceHazard[] {
    return this.#records;
  }

  /** Compares work that starts now with everything in flight; returns how many records that added. */
  started(later: TrackedWork, inFlight: readonly TrackedWork[], cycle: number): number {
    const before = this.#records.length;
    for (const earlier of inFlight) {
      this.#compare("read-after-write", earlier, earlier.writes, later, later.reads, cycle);
      this.#compare("write-after-read", earlier, earlier.reads, later, later.writes, cycle);
      this.#compare("write-after-write", earlier, earlier.writes, later, later.writes, cycle);
    }
    return this.#records.length - before;
  }

  completed(label: WorkLabel, cycle: number): void {
    this.#records = this.#records.map((record) =>
      record.untilCycle === undefined &&
      (record.earlier.sequence === label.sequence || record.later.sequence === label.sequence)
        ? { ...record, untilCycle: cycle }
        : record,
    );
  }

  reset(): void {
    this.#records = [];
  }

  #compare(
    kind: HazardKind,
    earlier: TrackedWork,
    earlierRanges: readonly ByteRange[],
    later: TrackedWork,
    laterRanges: readonly ByteRange[],
    cycle: number,
  ): void {
    for (const earlierRange of earlierRanges) {
      for (const laterRange of laterRanges) {
        const { address, bytes } = overlap(earlierRange, laterRange);
        if (bytes > 0) {
          const record = {
            kind,
            earlier: earlier.label,
            later: later.label,
            address,
            bytes,
            fromCycle: cycle,
            untilCycle: undefined,
          };
          this.#records = [...this.#records, record];
        }
      }
    }
  }
}
