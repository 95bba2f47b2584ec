import { type Footprint, sharedBytes } from "./footprint.ts";

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

/** Work as the hazard rule sees it: its accesses, each with exactly the bytes that it touches. */
export interface TrackedWork {
  readonly label: WorkLabel;
  readonly reads: readonly Footprint[];
  readonly writes: readonly Footprint[];
}

/** Rules 21 and 30. */
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
    earlierAccesses: readonly Footprint[],
    later: TrackedWork,
    laterAccesses: readonly Footprint[],
    cycle: number,
  ): void {
    for (const earlierAccess of earlierAccesses) {
      for (const laterAccess of laterAccesses) {
        const shared = sharedBytes(earlierAccess, laterAccess);
        if (shared !== undefined) {
          const record = {
            kind,
            earlier: earlier.label,
            later: later.label,
            address: shared.lowestAddress,
            bytes: shared.count,
            fromCycle: cycle,
            untilCycle: undefined,
          };
          this.#records = [...this.#records, record];
        }
      }
    }
  }
}
