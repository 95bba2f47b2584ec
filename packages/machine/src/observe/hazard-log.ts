import type { HazardPolicy } from "../config/machine-config.ts";
import { replaceAll } from "../engine/columns.ts";
import { hexRange, KpuError } from "../errors.ts";

export type HazardKind = "read-after-write" | "write-after-read" | "write-after-write";

/** A piece of work as reports name it. */
export type WorkLabel = {
  /** Number in order of issue, from 0, over all kinds of work. */
  readonly sequence: number;
  /** `dma 0`, `block mover 1`, `streamer 2` or `tile 0`. */
  readonly unit: string;
};

/** Two pieces of work in flight at the same time that touch the same bytes, at least one of them writing. */
export type HazardRecord = {
  readonly kind: HazardKind;
  readonly earlier: WorkLabel;
  readonly later: WorkLabel;
  /** First common byte, as a global address, and how many there are. */
  readonly address: number;
  readonly bytes: number;
  /** Cycle at which the later one started. */
  readonly fromCycle: number;
  /** Cycle at which the first of the two completed; undefined while both are in flight. */
  readonly untilCycle: number | undefined;
};

type OpenHazard = { -readonly [K in keyof HazardRecord]: HazardRecord[K] } & {
  readonly units: readonly [number, number];
};

/** Records kept; further hazards are only counted, so that a wrong program cannot fill the memory. */
const mostRecords = 100_000;

export type SavedHazards = {
  readonly records: readonly OpenHazard[];
  readonly open: readonly number[];
  readonly count: number;
};

/** What the log needs to know of the machine to name what it found. */
export type HazardNames = {
  readonly labelOf: (unit: number) => WorkLabel;
  readonly addressOf: (region: number, offset: number) => number;
};

/** The conflicts found in the order in which the later work started (timing rule 21). */
export class HazardLog {
  readonly #policy: HazardPolicy;
  readonly #names: HazardNames;
  readonly #records: OpenHazard[] = [];
  /** Records whose two pieces of work are both in flight. */
  #open: OpenHazard[] = [];
  #found: OpenHazard[] = [];
  #count = 0;

  constructor(policy: HazardPolicy, names: HazardNames) {
    this.#policy = policy;
    this.#names = names;
  }

  get isOff(): boolean {
    return this.#policy === "off";
  }

  /** All hazards since the start or reset, those beyond the kept records included. */
  get count(): number {
    return this.#count;
  }

  get records(): readonly HazardRecord[] {
    return this.#records.map(({ units: _, ...record }) => record);
  }

  /** Takes one conflict of the work that is starting; `settle` closes the set. */
  found(kind: HazardKind, earlier: number, later: number, region: number, offset: number, bytes: number): void {
    this.#found.push({
      kind,
      earlier: this.#names.labelOf(earlier),
      later: this.#names.labelOf(later),
      address: this.#names.addressOf(region, offset),
      bytes,
      fromCycle: 0,
      untilCycle: undefined,
      units: [earlier, later],
    });
  }

  /** All conflicts of one starting piece of work are known: keeps them, and returns the error that the policy asks for. */
  settle(cycle: number): KpuError | undefined {
    if (this.#found.length === 0) return undefined;
    const found = this.#found.toSorted(
      (a, b) =>
        a.earlier.sequence - b.earlier.sequence || kindOrder(a.kind) - kindOrder(b.kind) || a.address - b.address,
    );
    this.#found = [];
    this.#count += found.length;
    for (const record of found) {
      record.fromCycle = cycle;
      if (this.#records.length >= mostRecords) break;
      this.#records.push(record);
      this.#open.push(record);
    }
    const [first] = found;
    return this.#policy === "raise" && first !== undefined ? hazardError(first, found.length) : undefined;
  }

  /** Work of a unit has completed or was dropped: its open records end. */
  close(unit: number, cycle: number): void {
    if (this.#open.length === 0) return;
    this.#open = this.#open.filter((record) => {
      if (!record.units.includes(unit)) return true;
      record.untilCycle = cycle;
      return false;
    });
  }

  clear(): void {
    this.#records.length = 0;
    this.#open = [];
    this.#found = [];
    this.#count = 0;
  }

  /** Records that are closed never change and are shared. `open`: the places of the others. */
  save(): SavedHazards {
    const copies = new Map(this.#open.map((record) => [record, { ...record }]));
    const records = this.#records.map((record) => copies.get(record) ?? record);
    const open = this.#open.map((record) => this.#records.lastIndexOf(record));
    return { records, open, count: this.#count };
  }

  restore({ records, open, count }: SavedHazards): void {
    replaceAll(this.#records, records);
    this.#open = [];
    for (const place of open) {
      const record = records[place];
      if (record === undefined) continue;
      const copy = { ...record };
      this.#records[place] = copy;
      this.#open.push(copy);
    }
    this.#found = [];
    this.#count = count;
  }
}

function kindOrder(kind: HazardKind): number {
  return kind === "read-after-write" ? 0 : kind === "write-after-read" ? 1 : 2;
}

function hazardError(hazard: HazardRecord, count: number): KpuError {
  const others = count > 1 ? ` (and ${count - 1} more)` : "";
  const range = hexRange(hazard.address, hazard.bytes);
  return new KpuError(
    "KPU_HAZARD",
    `${hazard.kind} hazard on ${hazard.bytes} bytes ${range}: ${hazard.later.unit} (work ${hazard.later.sequence}) started at cycle ` +
      `${hazard.fromCycle} while ${hazard.earlier.unit} (work ${hazard.earlier.sequence}) was in flight${others}; ` +
      "wait for the earlier one, or set hazard_policy to 'record'",
    { kind: hazard.kind, address: hexRange(hazard.address, hazard.bytes), bytes: hazard.bytes },
  );
}
