import { type MemoryKind, memoryKinds } from "../memory/memory-kind.ts";
import { mapAlike } from "./instances.ts";
import type { MemoryProtection, ResolvedConfig } from "./machine-config.ts";

/** One region of a class whose regions are not alike. */
export type RegionOfClass = {
  readonly capacityBytes: number;
  readonly bandwidthGbps: number;
  readonly latencyCycles: number;
};

/** One level of the hierarchy as the engine and the address map see it. */
export type MemoryClass = {
  readonly kind: MemoryKind;
  readonly count: number;
  readonly capacityBytes: number;
  readonly bandwidthGbps: number;
  readonly latencyCycles: number;
  /** The regions one by one where they are not alike; undefined where they all are as said above. */
  readonly regions: readonly RegionOfClass[] | undefined;
  /** Configured address of region 0; 0 means automatic. */
  readonly base: number;
  /** The flat names of count, capacity, base and the list of instances, for messages. */
  readonly fields: { readonly count: string; readonly capacity: string; readonly base: string; readonly list: string };
};

const bytesPerKb = 2 ** 10;
const bytesPerMb = 2 ** 20;

const classesOf = new WeakMap<ResolvedConfig, readonly MemoryClass[]>();

/** The five classes in the order of the address map: host, external, L3, L2, scratchpads. Asked for often, made once. */
export function memoryClasses(config: ResolvedConfig): readonly MemoryClass[] {
  const known = classesOf.get(config) ?? makeClasses(config);
  classesOf.set(config, known);
  return known;
}

function makeClasses(config: ResolvedConfig): readonly MemoryClass[] {
  const { hostMemory, externalMemory, l3Tiles, l2Banks, scratchpads } = config;
  const offChip = (
    count: number,
    capacityMb: number,
    { instances, ...rest }: ResolvedConfig["hostMemory" | "externalMemory"],
  ): Omit<MemoryClass, "kind" | "fields"> => ({
    count,
    capacityBytes: capacityMb * bytesPerMb,
    ...timingOf(rest),
    regions:
      instances === undefined
        ? undefined
        : mapAlike(instances, (each) => ({
            bandwidthGbps: each.bandwidthGbps,
            latencyCycles: each.latencyCycles,
            capacityBytes: each.capacityMb * bytesPerMb,
          })),
  });
  const onChip = ({
    count,
    capacityKb,
    instances,
    ...rest
  }: ResolvedConfig["l3Tiles"]): Omit<MemoryClass, "kind" | "fields"> => ({
    count,
    capacityBytes: capacityKb * bytesPerKb,
    ...timingOf(rest),
    regions:
      instances === undefined
        ? undefined
        : mapAlike(instances, (each) => ({
            bandwidthGbps: each.bandwidthGbps,
            latencyCycles: each.latencyCycles,
            capacityBytes: each.capacityKb * bytesPerKb,
          })),
  });
  const classes = {
    host: offChip(hostMemory.regionCount, hostMemory.regionCapacityMb, hostMemory),
    external: offChip(externalMemory.bankCount, externalMemory.bankCapacityMb, externalMemory),
    l3: onChip(l3Tiles),
    l2: onChip(l2Banks),
    scratchpad: onChip(scratchpads),
  };
  return memoryKinds.map((kind) => ({ kind, ...classes[kind], fields: fieldNames[kind] }));
}

function timingOf({
  bandwidthGbps,
  latencyCycles,
  base,
}: Pick<MemoryClass, "bandwidthGbps" | "latencyCycles" | "base">): Pick<
  MemoryClass,
  "bandwidthGbps" | "latencyCycles" | "base"
> {
  return { bandwidthGbps, latencyCycles, base };
}

/** How the memories of a kind are protected. */
export function protectionOf(config: ResolvedConfig, memory: MemoryKind): MemoryProtection {
  const { hostMemory, externalMemory, l3Tiles, l2Banks, scratchpads } = config;
  return { host: hostMemory, external: externalMemory, l3: l3Tiles, l2: l2Banks, scratchpad: scratchpads }[memory].ecc;
}

/** What a region of a class is like. */
export function regionOfClass(memoryClass: MemoryClass, id: number): RegionOfClass {
  return memoryClass.regions?.[id] ?? memoryClass;
}

const fieldNames: Record<MemoryKind, MemoryClass["fields"]> = {
  host: {
    count: "host_memory_region_count",
    capacity: "host_memory_region_capacity_mb",
    base: "host_memory_base",
    list: "host_memory_regions",
  },
  external: {
    count: "memory_bank_count",
    capacity: "memory_bank_capacity_mb",
    base: "external_memory_base",
    list: "memory_banks",
  },
  l3: { count: "l3_tile_count", capacity: "l3_tile_capacity_kb", base: "l3_tile_base", list: "l3_tiles" },
  l2: { count: "l2_bank_count", capacity: "l2_bank_capacity_kb", base: "l2_bank_base", list: "l2_banks" },
  scratchpad: {
    count: "scratchpad_count",
    capacity: "scratchpad_capacity_kb",
    base: "scratchpad_base",
    list: "scratchpads",
  },
};
