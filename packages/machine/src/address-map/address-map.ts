import type { MemoryClass, RegionOfClass } from "../config/memory-classes.ts";
import { hex, hexRange, KpuError } from "../errors.ts";
import { type MemoryKind, memoryKinds, memoryNames } from "../memory/memory-kind.ts";

const externalStart = 0x1_0000_0000;
const onChipStart = 0x1_8000_0000;
const startAlignment = 0x8000_0000;

/** Where a class of regions lies: back to back from `base`, in id order. */
export type ClassRange = {
  readonly kind: MemoryKind;
  readonly base: number;
  readonly count: number;
  /** Of each region; of the largest where they are not alike. */
  readonly capacityBytes: number;
  /** Of all together. */
  readonly totalBytes: number;
  /** Offsets of the regions from `base`, and the end of the last, where they are not alike. */
  readonly offsets: Float64Array | undefined;
  /** Number of the class's region 0 among all regions. */
  readonly firstRegion: number;
};

/** A region as an address space has it: one of its own, or one of a peer's, which has the addresses behind a window. */
type Located = { readonly range: ClassRange; readonly window: number; readonly peer: number };

/** Each machine of a system sees the memories of machine n from (n + 1) times this address on. */
export const peerWindowBytes: number = 2 ** 44;

/**
 * The one unified byte-address space (design: host, external, on-chip; timing rules 1 and 2). Getters and decoder read the same
 * table, so they always agree. In a system every machine has its own, in which it sees the memories of the others, but for the
 * host's, which all share, in windows far above its own.
 */
export class AddressMap {
  readonly classes: readonly ClassRange[];
  readonly regionCount: number;
  /** The classes that have regions, by address, for decoding. */
  readonly #placed: readonly ClassRange[];
  #peers: readonly AddressMap[] = [];

  /** `firstRegions`: numbers of the classes' first regions, in order of the classes; one after the other where not given. */
  constructor(classes: readonly MemoryClass[], firstRegions?: readonly number[]) {
    this.classes = place(classes, firstRegions);
    this.regionCount = this.classes.reduce((sum, { count }) => sum + count, 0);
    this.#placed = this.classes.filter(({ count }) => count > 0).toSorted((a, b) => a.base - b.base);
    requireBelowLimit(this.classes);
    requireDisjoint(this.#placed);
  }

  /** Shows the memories of the machines of a system to each other; this map is one of theirs. */
  connect(maps: readonly AddressMap[]): void {
    this.#peers = maps;
  }

  /** Where the regions of a kind lie. */
  rangeOf(kind: MemoryKind): ClassRange {
    const range = this.classes[memoryKinds.indexOf(kind)];
    if (range === undefined) throw new RangeError(`no memory kind ${kind}`);
    return range;
  }

  /** Whether a region belongs to another machine of the system. */
  isPeers(region: number): boolean {
    return this.#findOwn(region) === undefined;
  }

  kindOf(region: number): MemoryKind {
    return this.#find(region).range.kind;
  }

  capacityOf(region: number): number {
    const { range } = this.#find(region);
    return capacityIn(range, region - range.firstRegion);
  }

  baseOf(region: number): number {
    const { range, window } = this.#find(region);
    return window + range.base + offsetIn(range, region - range.firstRegion);
  }

  /** What people call the region: `external bank 1`, or `external bank 1 of KPU 2` for one of a peer's. */
  nameOf(region: number): string {
    const { range, peer } = this.#find(region);
    return `${memoryNames[range.kind]} ${region - range.firstRegion}${peer >= 0 ? ` of KPU ${peer}` : ""}`;
  }

  /** The region number of an instance; refuses ids that the machine does not have. */
  regionOf(kind: MemoryKind, id: number): number {
    const { count, firstRegion } = this.rangeOf(kind);
    if (Number.isInteger(id) && id >= 0 && id < count) return firstRegion + id;
    throw componentIdError(memoryNames[kind], id, count);
  }

  /** The number of the region that holds an address, or -1. */
  decode(address: number): number {
    if (address < peerWindowBytes || this.#peers.length === 0) return this.#decodeOwn(address, false);
    const peer = this.#peers[windowOf(address) / peerWindowBytes - 1];
    return peer === undefined ? -1 : peer.#decodeOwn(address % peerWindowBytes, true);
  }

  /** Region and offset of a byte range that must lie in one region; `role` names the range in messages. */
  locate(address: number, bytes: number, role: string): { readonly region: number; readonly offset: number } {
    const region = Number.isInteger(address) ? this.decode(address) : -1;
    if (region < 0) {
      throw new KpuError(
        "KPU_ADDRESS_UNMAPPED",
        `${role} address ${hex(address)} lies in no memory region; mapped are ${this.#mappedText()}`,
        { role, address: hex(address) },
      );
    }
    const capacityBytes = this.capacityOf(region);
    // A machine may also go by its own window.
    const base = this.baseOf(region) + (this.#find(region).peer < 0 ? windowOf(address) : 0);
    const offset = address - base;
    if (offset + bytes > capacityBytes) {
      throw new KpuError(
        "KPU_ADDRESS_RANGE",
        `${role} range ${hex(address)} + ${bytes} bytes leaves ${this.nameOf(region)}, which is ` +
          `${hexRange(base, capacityBytes)}: at most ${capacityBytes - offset} bytes fit from there; ` +
          "split the transfer at the region's end",
        { role, address: hex(address), bytes, region: this.nameOf(region) },
      );
    }
    return { region, offset };
  }

  #decodeOwn(address: number, isPeer: boolean): number {
    for (const range of this.#placed) {
      if (isPeer && range.kind === "host") continue;
      const offset = address - range.base;
      if (offset >= 0 && offset < range.totalBytes) return range.firstRegion + idAt(range, offset);
    }
    return -1;
  }

  #find(region: number): Located {
    const own = this.#findOwn(region);
    if (own !== undefined) return { range: own, window: 0, peer: -1 };
    for (const [peer, map] of this.#peers.entries()) {
      const range = map.#findOwn(region);
      if (range !== undefined) return { range, window: (peer + 1) * peerWindowBytes, peer };
    }
    throw new RangeError(`no region ${region}`);
  }

  #findOwn(region: number): ClassRange | undefined {
    return this.classes.find(({ firstRegion, count }) => region >= firstRegion && region < firstRegion + count);
  }

  #mappedText(): string {
    const own = this.#placed.map(({ kind, base, totalBytes }) => `${memoryNames[kind]}s ${hexRange(base, totalBytes)}`);
    const windows =
      this.#peers.length > 1
        ? [`and what KPU n has at an address, for others at that + (n + 1) * ${hex(peerWindowBytes)}`]
        : [];
    return [...own, ...windows].join(", ");
  }
}

function windowOf(address: number): number {
  return Math.floor(address / peerWindowBytes) * peerWindowBytes;
}

function capacityIn({ offsets, capacityBytes }: ClassRange, id: number): number {
  return offsets === undefined ? capacityBytes : (offsets[id + 1] ?? 0) - (offsets[id] ?? 0);
}

function offsetIn({ offsets, capacityBytes }: ClassRange, id: number): number {
  return offsets?.[id] ?? id * capacityBytes;
}

/** The region of a class that has a byte. */
function idAt({ offsets, capacityBytes, count }: ClassRange, offset: number): number {
  if (offsets === undefined) return Math.floor(offset / capacityBytes);
  let [low, high] = [0, count - 1];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((offsets[middle] ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** The refusal of an id that a machine does not have. */
export function componentIdError(component: string, id: number, count: number): KpuError {
  const range = count === 0 ? `this machine has no ${component}s` : `valid ids are 0 to ${count - 1}`;
  return new KpuError("KPU_COMPONENT_ID", `${component} ${id} does not exist: ${range}`, {
    component,
    id: String(id),
    count,
  });
}

function place(classes: readonly MemoryClass[], firstRegions: readonly number[] | undefined): readonly ClassRange[] {
  const placed: ClassRange[] = [];
  let nextRegion = 0;
  let previousEnd = 0;
  let largestEnd = 0;
  for (const [index, { kind, count, capacityBytes, regions, base: configured }] of classes.entries()) {
    const base = configured > 0 ? configured : automaticBase(kind, previousEnd, largestEnd);
    const offsets = regions === undefined ? undefined : offsetsOf(regions);
    const totalBytes = offsets?.at(-1) ?? count * capacityBytes;
    const largest = regions?.reduce((most, each) => Math.max(most, each.capacityBytes), 0) ?? capacityBytes;
    const firstRegion = firstRegions?.[index] ?? nextRegion;
    placed.push({ kind, base, count, capacityBytes: largest, totalBytes, offsets, firstRegion });
    nextRegion += count;
    previousEnd = count > 0 ? base + totalBytes : base;
    if (count > 0) largestEnd = Math.max(largestEnd, previousEnd);
  }
  return placed;
}

function offsetsOf(regions: readonly RegionOfClass[]): Float64Array {
  const offsets = new Float64Array(regions.length + 1);
  for (const [id, { capacityBytes }] of regions.entries()) offsets[id + 1] = (offsets[id] ?? 0) + capacityBytes;
  return offsets;
}

/** Host, external and on-chip start at fixed addresses, moved up when what is before them has grown past those. */
function automaticBase(kind: MemoryKind, previousEnd: number, largestEnd: number): number {
  if (kind === "host") return 0;
  if (kind === "l2" || kind === "scratchpad") return previousEnd;
  const start = kind === "external" ? externalStart : onChipStart;
  return largestEnd <= start ? start : Math.ceil(largestEnd / startAlignment) * startAlignment;
}

function requireBelowLimit(classes: readonly ClassRange[]): void {
  for (const { kind, base, totalBytes } of classes) {
    if (base + totalBytes < 2 ** 53) continue;
    throw new KpuError(
      "KPU_CONFIG",
      `the ${memoryNames[kind]}s would end at or above address 2**53 (base ${hex(base)}, ${totalBytes} bytes)`,
      { reason: "value" },
    );
  }
}

function requireDisjoint(placed: readonly ClassRange[]): void {
  for (const [index, upper] of placed.entries()) {
    const lower = placed[index - 1];
    if (lower === undefined || lower.base + lower.totalBytes <= upper.base) continue;
    const text = ({ kind, base, totalBytes }: ClassRange): string =>
      `${memoryNames[kind]}s ${hexRange(base, totalBytes)}`;
    throw new KpuError(
      "KPU_CONFIG",
      `the address ranges of the ${text(lower)} and the ${text(upper)} overlap: change one of their bases`,
      { reason: "value" },
    );
  }
}
