import { type MemoryKind, memoryKinds } from "../memory/memory-kind.ts";
import type { ResolvedConfig } from "./machine-config.ts";

/** One level of the hierarchy as the engine and the address map see it: so many equal regions. */
export type MemoryClass = {
  readonly kind: MemoryKind;
  readonly count: number;
  readonly capacityBytes: number;
  readonly bandwidthGbps: number;
  readonly latencyCycles: number;
  /** Configured address of region 0; 0 means automatic. */
  readonly base: number;
  /** The flat names of count, capacity and base, for messages. */
  readonly fields: { readonly count: string; readonly capacity: string; readonly base: string };
};

const bytesPerKb = 2 ** 10;
const bytesPerMb = 2 ** 20;

/** The five classes in the order of the address map: host, external, L3, L2, scratchpads. */
export function memoryClasses(config: ResolvedConfig): readonly MemoryClass[] {
  const { hostMemory, externalMemory, l3Tiles, l2Banks, scratchpads } = config;
  const sizes: Record<
    MemoryKind,
    readonly [number, number, ResolvedConfig["l3Tiles" | "hostMemory" | "externalMemory"]]
  > = {
    host: [hostMemory.regionCount, hostMemory.regionCapacityMb * bytesPerMb, hostMemory],
    external: [externalMemory.bankCount, externalMemory.bankCapacityMb * bytesPerMb, externalMemory],
    l3: [l3Tiles.count, l3Tiles.capacityKb * bytesPerKb, l3Tiles],
    l2: [l2Banks.count, l2Banks.capacityKb * bytesPerKb, l2Banks],
    scratchpad: [scratchpads.count, scratchpads.capacityKb * bytesPerKb, scratchpads],
  };
  return memoryKinds.map((kind) => {
    const [count, capacityBytes, { bandwidthGbps, latencyCycles, base }] = sizes[kind];
    return { kind, count, capacityBytes, bandwidthGbps, latencyCycles, base, fields: fieldNames[kind] };
  });
}

const fieldNames: Record<MemoryKind, MemoryClass["fields"]> = {
  host: { count: "host_memory_region_count", capacity: "host_memory_region_capacity_mb", base: "host_memory_base" },
  external: { count: "memory_bank_count", capacity: "memory_bank_capacity_mb", base: "external_memory_base" },
  l3: { count: "l3_tile_count", capacity: "l3_tile_capacity_kb", base: "l3_tile_base" },
  l2: { count: "l2_bank_count", capacity: "l2_bank_capacity_kb", base: "l2_bank_base" },
  scratchpad: { count: "scratchpad_count", capacity: "scratchpad_capacity_kb", base: "scratchpad_base" },
};
