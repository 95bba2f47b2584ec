import type { Level, MemoryKind } from "./hardware.ts";

/** One host region, bank, tile or scratchpad in the unified address space. */
export interface MappedRegion {
  readonly kind: MemoryKind;
  readonly id: number;
  /** Place of the region's level in the chain host - external - L3 - L2 - scratchpad. */
  readonly level: number;
  /** Every region has one port (rule 6); ports are numbered as the regions are, over all levels. */
  readonly port: number;
  readonly base: number;
  readonly capacityBytes: number;
  /** Access latency of the region itself. */
  readonly latencyCycles: number;
}

interface PlacedClass {
  readonly start: number;
  readonly end: number;
}

const externalStart = 0x1_0000_0000;
const onChipStart = 0x1_8000_0000;
const twoGib = 0x8000_0000;

/** Rule 1: a start moves up only when a non-empty class before it, wherever it was placed, ends past it. */
function movedUp(start: number, before: readonly PlacedClass[]): number {
  const end = Math.max(0, ...before.filter((placed) => placed.end > placed.start).map((placed) => placed.end));
  return end > start ? Math.ceil(end / twoGib) * twoGib : start;
}

function automaticStart(kind: MemoryKind, before: readonly PlacedClass[]): number {
  switch (kind) {
    case "host":
      return 0;
    case "external":
      return movedUp(externalStart, before);
    case "l3":
      return movedUp(onChipStart, before);
    case "l2":
    case "scratchpad":
      // Rule 2: back to back with the class before it, also when that one is empty or was placed by hand.
      return before.at(-1)?.end ?? 0;
  }
}

/** Rules 1 and 2. Throws when two classes overlap or one, be it empty, ends at or above 2^53. */
export function mapRegions(levels: readonly Level[]): readonly MappedRegion[] {
  const placed: PlacedClass[] = [];
  const regions: MappedRegion[] = [];
  for (const [index, level] of levels.entries()) {
    const start = level.configuredBase === 0 ? automaticStart(level.kind, placed) : level.configuredBase;
    const end = level.regions.reduce((sum, region) => sum + region.capacityBytes, start);
    if (end >= 2 ** 53) {
      throw new Error(`the map ends at ${end}, at or above 2^53`);
    }
    for (const other of placed) {
      if (Math.max(start, other.start) < Math.min(end, other.end)) {
        throw new Error(`the ${level.kind} class overlaps another one`);
      }
    }
    placed.push({ start, end });
    let base = start;
    for (const [id, { capacityBytes, latencyCycles }] of level.regions.entries()) {
      const port = regions.length;
      regions.push({ kind: level.kind, id, level: index, port, base, capacityBytes, latencyCycles });
      base += capacityBytes;
    }
  }
  return regions;
}

/** The region that holds all of [address, address + bytes); for no bytes, the one that holds the address. */
export function regionOf(regions: readonly MappedRegion[], address: number, bytes: number): MappedRegion {
  const end = address + Math.max(1, bytes);
  const found = regions.find((region) => address >= region.base && end <= region.base + region.capacityBytes);
  if (found === undefined) {
    throw new Error(`no region holds ${bytes} bytes at ${address}`);
  }
  return found;
}
