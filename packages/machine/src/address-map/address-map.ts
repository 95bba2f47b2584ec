import type { MemoryClass } from "../config/memory-classes.ts";
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
  readonly capacityBytes: number;
  /** Index of the class's region 0 among all regions of the machine. */
  readonly firstRegion: number;
};

/**
 * The one unified byte-address space (design: host, external, on-chip; timing rules 1 and 2). Regions are numbered
 * through over all classes; getters and decoder read the same table, so they always agree.
 */
export class AddressMap {
  readonly classes: readonly ClassRange[];
  readonly regionCount: number;
  /** The classes that have regions, by address, for decoding. */
  readonly #placed: readonly ClassRange[];

  constructor(classes: readonly MemoryClass[]) {
    this.classes = place(classes);
    this.regionCount = this.classes.reduce((sum, { count }) => sum + count, 0);
    this.#placed = this.classes.filter(({ count }) => count > 0).toSorted((a, b) => a.base - b.base);
    requireBelowLimit(this.classes);
    requireDisjoint(this.#placed);
  }

  /** Where the regions of a kind lie. */
  rangeOf(kind: MemoryKind): ClassRange {
    const range = this.classes[memoryKinds.indexOf(kind)];
    if (range === undefined) throw new RangeError(`no memory kind ${kind}`);
    return range;
  }

  /** The class of a region number. */
  classOf(region: number): ClassRange {
    const found = this.classes.find(({ firstRegion, count }) => region >= firstRegion && region < firstRegion + count);
    if (found === undefined) throw new RangeError(`no region ${region}`);
    return found;
  }

  baseOf(region: number): number {
    const { base, firstRegion, capacityBytes } = this.classOf(region);
    return base + (region - firstRegion) * capacityBytes;
  }

  /** What people call the region: `external bank 1`. */
  nameOf(region: number): string {
    const { kind, firstRegion } = this.classOf(region);
    return `${memoryNames[kind]} ${region - firstRegion}`;
  }

  /** The region number of an instance; refuses ids that the machine does not have. */
  regionOf(kind: MemoryKind, id: number): number {
    const range = this.classes.find((candidate) => candidate.kind === kind);
    const count = range?.count ?? 0;
    if (range !== undefined && Number.isInteger(id) && id >= 0 && id < count) return range.firstRegion + id;
    throw componentIdError(memoryNames[kind], id, count);
  }

  /** The number of the region that holds an address, or -1. */
  decode(address: number): number {
    for (const { base, count, capacityBytes, firstRegion } of this.#placed) {
      if (address >= base && address < base + count * capacityBytes) {
        return firstRegion + Math.floor((address - base) / capacityBytes);
      }
    }
    return -1;
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
    const { capacityBytes } = this.classOf(region);
    const base = this.baseOf(region);
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

  #mappedText(): string {
    return this.#placed
      .map(({ kind, base, count, capacityBytes }) => `${memoryNames[kind]}s ${hexRange(base, count * capacityBytes)}`)
      .join(", ");
  }
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

function place(classes: readonly MemoryClass[]): readonly ClassRange[] {
  const placed: ClassRange[] = [];
  let firstRegion = 0;
  let previousEnd = 0;
  let largestEnd = 0;
  for (const { kind, count, capacityBytes, base: configured } of classes) {
    const base = configured > 0 ? configured : automaticBase(kind, previousEnd, largestEnd);
    const end = base + count * capacityBytes;
    placed.push({ kind, base, count, capacityBytes, firstRegion });
    firstRegion += count;
    previousEnd = count > 0 ? end : base;
    if (count > 0) largestEnd = Math.max(largestEnd, end);
  }
  return placed;
}

/** Host, external and on-chip start at fixed addresses, moved up when what is before them has grown past those. */
function automaticBase(kind: MemoryKind, previousEnd: number, largestEnd: number): number {
  if (kind === "host") return 0;
  if (kind === "l2" || kind === "scratchpad") return previousEnd;
  const start = kind === "external" ? externalStart : onChipStart;
  return largestEnd <= start ? start : Math.ceil(largestEnd / startAlignment) * startAlignment;
}

function requireBelowLimit(classes: readonly ClassRange[]): void {
  for (const { kind, base, count, capacityBytes } of classes) {
    if (base + count * capacityBytes < 2 ** 53) continue;
    throw new KpuError(
      "KPU_CONFIG",
      `the ${memoryNames[kind]}s would end at or above address 2**53 (base ${hex(base)}, ${count} x ${capacityBytes} bytes)`,
      { reason: "value" },
    );
  }
}

function requireDisjoint(placed: readonly ClassRange[]): void {
  for (const [index, upper] of placed.entries()) {
    const lower = placed[index - 1];
    if (lower === undefined || lower.base + lower.count * lower.capacityBytes <= upper.base) continue;
    const text = ({ kind, base, count, capacityBytes }: ClassRange): string =>
      `${memoryNames[kind]}s ${hexRange(base, count * capacityBytes)}`;
    throw new KpuError(
      "KPU_CONFIG",
      `the address ranges of the ${text(lower)} and the ${text(upper)} overlap: change one of their bases`,
      { reason: "value" },
    );
  }
}
