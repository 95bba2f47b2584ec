import { addressMappings } from "../dram/address-mapping.ts";
import { dramPartNames } from "../dram/dram-parts.ts";
import { KpuError } from "../errors.ts";
import { instanceLists, mapAlike, nestInstances } from "./instances.ts";
import type { FlatConfig, MemoryInstances, ResolvedConfig } from "./machine-config.ts";
import { memoryProtections } from "./protection-fields.ts";

/** The nested form of a complete flat configuration. */
export function nestConfig(flat: FlatConfig): ResolvedConfig {
  const number = (name: string): number => Number(flat[name]);
  const choice = <T extends string>(name: string, choices: readonly T[]): T =>
    choices.find((candidate) => candidate === flat[name]) ?? unknownChoice(name, flat[name], choices);
  const instancesOf = <T>(
    section: string,
    typed: (values: Readonly<Record<string, number>>) => T,
  ): readonly T[] | undefined => {
    const list = instanceLists.find((each) => each.section === section);
    const given = list === undefined ? undefined : flat[list.flat];
    if (list === undefined || typeof given !== "object" || given.length === 0) return undefined;
    return mapAlike(nestInstances(list, given), typed);
  };
  const timed = ({ bandwidthGbps = 0, latencyCycles = 0 }: Readonly<Record<string, number>>) => ({
    bandwidthGbps,
    latencyCycles,
  });
  const megabytes = (section: string): MemoryInstances<"capacityMb"> | undefined =>
    instancesOf(section, (each) => ({ capacityMb: each["capacityMb"] ?? 0, ...timed(each) }));
  const kilobytes = (section: string): MemoryInstances<"capacityKb"> | undefined =>
    instancesOf(section, (each) => ({ capacityKb: each["capacityKb"] ?? 0, ...timed(each) }));
  const timing = (prefix: string, base: string) => ({
    ecc: choice(`${prefix}_ecc`, memoryProtections),
    bandwidthGbps: number(`${prefix}_bandwidth_gbps`),
    latencyCycles: number(`${prefix}_latency_cycles`),
    base: number(base),
  });
  const onChip = (prefix: string, section: string) => ({
    count: number(`${prefix}_count`),
    capacityKb: number(`${prefix}_capacity_kb`),
    ...timing(prefix, `${prefix}_base`),
    instances: kilobytes(section),
  });
  return {
    hostMemory: {
      regionCount: number("host_memory_region_count"),
      regionCapacityMb: number("host_memory_region_capacity_mb"),
      ...timing("host_memory", "host_memory_base"),
      instances: megabytes("hostMemory"),
    },
    externalMemory: {
      bankCount: number("memory_bank_count"),
      bankCapacityMb: number("memory_bank_capacity_mb"),
      dramPart: choice("dram_part", dramPartNames),
      dramFigures: String(flat["dram_figures"]),
      dramChannels: number("dram_channels"),
      dramMapping: choice("dram_mapping", addressMappings),
      dramPagePolicy: choice("dram_page_policy", ["open", "closed"]),
      dramRefresh: choice("dram_refresh", ["all_bank", "per_bank", "off"]),
      dramQueueDepth: number("dram_queue_depth"),
      dramPowerDownClocks: number("dram_power_down_clocks"),
      ...timing("memory", "external_memory_base"),
      instances: megabytes("externalMemory"),
    },
    l3Tiles: onChip("l3_tile", "l3Tiles"),
    l2Banks: onChip("l2_bank", "l2Banks"),
    scratchpads: onChip("scratchpad", "scratchpads"),
    computeTiles: {
      count: number("compute_tile_count"),
      rows: number("systolic_array_rows"),
      cols: number("systolic_array_cols"),
      systolic: flat["use_systolic_arrays"] === true,
      dataflow: choice("dataflow", ["output_stationary", "weight_stationary", "input_stationary"]),
      arrayModel: choice("array_model", ["closed_form", "stepped"]),
      operandBits: number("operand_bits"),
      instances: instancesOf("computeTiles", ({ rows = 0, cols = 0 }) => ({ rows, cols })),
    },
    vectorUnits: {
      width: number("vector_unit_width"),
      pipelineDepth: number("vector_pipeline_depth"),
      functions: choice("vector_functions", ["exact", "table"]),
      tableSize: number("vector_table_size"),
      tableRange: number("vector_table_range"),
    },
    dmaEngines: {
      count: number("dma_engine_count"),
      bandwidthGbps: number("dma_bandwidth_gbps"),
      instances: instancesOf("dmaEngines", ({ bandwidthGbps = 0 }) => ({ bandwidthGbps })),
    },
    blockMovers: {
      count: number("block_mover_count"),
      bandwidthGbps: number("block_mover_bandwidth_gbps"),
      instances: instancesOf("blockMovers", ({ bandwidthGbps = 0 }) => ({ bandwidthGbps })),
    },
    streamers: { count: number("streamer_count") },
    network: {
      topology: choice("network_topology", ["none", "mesh", "ring"]),
      columns: number("network_columns"),
      rows: number("network_rows"),
      linkBytesPerCycle: number("network_link_bytes_per_cycle"),
      hopLatencyCycles: number("network_hop_latency_cycles"),
    },
    hostLink: {
      type: choice("host_link", ["none", "pcie"]),
      pcieGeneration: number("pcie_generation"),
      pcieLanes: number("pcie_lanes"),
      pcieMaxPayloadBytes: number("pcie_max_payload_bytes"),
      pciePacketsInFlight: number("pcie_packets_in_flight"),
      pcieLatencyNs: number("pcie_latency_ns"),
    },
    clockGhz: number("clock_ghz"),
    fidelity: choice("fidelity", ["functional", "transaction", "cycle"]),
    timingOnly: flat["timing_only"] === true,
    hazardPolicy: choice("hazard_policy", ["record", "raise", "off"]),
    reachPolicy: choice("reach_policy", ["any", "hierarchical"]),
    eccLatencyCycles: number("ecc_latency_cycles"),
  };
}

/** The refusal of a word that a field does not take. */
export function unknownChoice(name: string, given: unknown, choices: readonly string[]): never {
  throw new KpuError("KPU_CONFIG", `${name} must be one of ${choices.join(", ")}, got '${String(given)}'`, {
    field: name,
    reason: "value",
  });
}
