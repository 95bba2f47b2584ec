import { addressMappings } from "../dram/address-mapping.ts";
import { dramPartNames } from "../dram/dram-parts.ts";
import type { FlatValue } from "./machine-config.ts";
import { protectionFields } from "./protection-fields.ts";

/** What values a field takes: whole numbers, positive numbers, true or false, or one of a few words. */
export type FieldKind = "count" | "capacity" | "cycles" | "address" | "size" | "rate" | "flag" | "choice";

/** One configuration field: the single source of its names, default, unit and meaning. */
export type ConfigField = {
  /** Name in Python, in files and in messages. */
  readonly flat: string;
  /** Where it stands in `MachineConfig`: a section and a key, or a key of the top level. */
  readonly path: readonly [string] | readonly [string, string];
  readonly kind: FieldKind;
  readonly unit: string;
  readonly initial: FlatValue;
  readonly choices?: readonly string[];
  readonly doc: string;
};

type Place = ConfigField["path"];

function field(flat: string, path: Place, kind: FieldKind, unit: string, initial: FlatValue, doc: string): ConfigField {
  return { flat, path, kind, unit, initial, doc };
}

/** The fields in the order in which they are shown. */
export const configFields: readonly ConfigField[] = [
  field(
    "host_memory_region_count",
    ["hostMemory", "regionCount"],
    "count",
    "instances",
    1,
    "Number of host memory regions.",
  ),
  field(
    "host_memory_region_capacity_mb",
    ["hostMemory", "regionCapacityMb"],
    "capacity",
    "MB",
    4096,
    "Capacity of each host memory region; 1 MB is 2^20 bytes.",
  ),
  field(
    "host_memory_bandwidth_gbps",
    ["hostMemory", "bandwidthGbps"],
    "rate",
    "GB/s",
    50,
    "Bandwidth of the port of each host memory region, reads and writes together.",
  ),
  field(
    "host_memory_latency_cycles",
    ["hostMemory", "latencyCycles"],
    "cycles",
    "cycles",
    500,
    "Access latency that a path through the level of the host memory regions adds.",
  ),
  field(
    "host_memory_base",
    ["hostMemory", "base"],
    "address",
    "byte address",
    0,
    "Address of the first host memory region; 0 places it automatically.",
  ),
  field(
    "memory_bank_count",
    ["externalMemory", "bankCount"],
    "count",
    "instances",
    2,
    "Number of external memory banks.",
  ),
  field(
    "memory_bank_capacity_mb",
    ["externalMemory", "bankCapacityMb"],
    "capacity",
    "MB",
    1024,
    "Capacity of each external memory bank; 1 MB is 2^20 bytes.",
  ),
  field(
    "memory_bandwidth_gbps",
    ["externalMemory", "bandwidthGbps"],
    "rate",
    "GB/s",
    100,
    "Bandwidth of the port of each external memory bank, reads and writes together.",
  ),
  field(
    "memory_latency_cycles",
    ["externalMemory", "latencyCycles"],
    "cycles",
    "cycles",
    100,
    "Access latency that a path through the level of the external memory banks adds.",
  ),
  field(
    "external_memory_base",
    ["externalMemory", "base"],
    "address",
    "byte address",
    0,
    "Address of the first external memory bank; 0 places it automatically.",
  ),
  {
    ...field(
      "dram_part",
      ["externalMemory", "dramPart"],
      "choice",
      "",
      "DDR4-3200",
      "Kind of DRAM in the external memory banks at cycle fidelity.",
    ),
    choices: dramPartNames,
  },
  field(
    "dram_channels",
    ["externalMemory", "dramChannels"],
    "size",
    "channels",
    1,
    "DRAM channels of each external memory bank: a power of two.",
  ),
  {
    ...field(
      "dram_mapping",
      ["externalMemory", "dramMapping"],
      "choice",
      "",
      "robaracobgch",
      "Order of row, bank, rank, column, bank group and channel in addresses of DRAM, the most significant first.",
    ),
    choices: addressMappings,
  },
  {
    ...field(
      "dram_page_policy",
      ["externalMemory", "dramPagePolicy"],
      "choice",
      "",
      "open",
      "Whether rows of DRAM stay open after an access or are closed when nobody waits for them.",
    ),
    choices: ["open", "closed"],
  },
  {
    ...field(
      "dram_refresh",
      ["externalMemory", "dramRefresh"],
      "choice",
      "",
      "all_bank",
      "How DRAM is refreshed: all banks of a rank at once, bank after bank where the part can, or never, for comparisons.",
    ),
    choices: ["all_bank", "per_bank", "off"],
  },
  field(
    "dram_queue_depth",
    ["externalMemory", "dramQueueDepth"],
    "size",
    "requests",
    32,
    "Reads, and as many writes, that may wait at each DRAM channel: 1 to 1024.",
  ),
  field(
    "dram_power_down_clocks",
    ["externalMemory", "dramPowerDownClocks"],
    "cycles",
    "DRAM clocks",
    0,
    "Clocks after which an idle rank of DRAM is powered down; 0 for never.",
  ),
  field("l3_tile_count", ["l3Tiles", "count"], "count", "instances", 4, "Number of L3 tiles."),
  field(
    "l3_tile_capacity_kb",
    ["l3Tiles", "capacityKb"],
    "capacity",
    "KB",
    128,
    "Capacity of each L3 tile; 1 KB is 2^10 bytes.",
  ),
  field(
    "l3_tile_bandwidth_gbps",
    ["l3Tiles", "bandwidthGbps"],
    "rate",
    "GB/s",
    400,
    "Bandwidth of the port of each L3 tile, reads and writes together.",
  ),
  field(
    "l3_tile_latency_cycles",
    ["l3Tiles", "latencyCycles"],
    "cycles",
    "cycles",
    20,
    "Access latency that a path through the level of the L3 tiles adds.",
  ),
  field(
    "l3_tile_base",
    ["l3Tiles", "base"],
    "address",
    "byte address",
    0,
    "Address of the first L3 tile; 0 places it automatically.",
  ),
  field("l2_bank_count", ["l2Banks", "count"], "count", "instances", 8, "Number of L2 banks."),
  field(
    "l2_bank_capacity_kb",
    ["l2Banks", "capacityKb"],
    "capacity",
    "KB",
    64,
    "Capacity of each L2 bank; 1 KB is 2^10 bytes.",
  ),
  field(
    "l2_bank_bandwidth_gbps",
    ["l2Banks", "bandwidthGbps"],
    "rate",
    "GB/s",
    800,
    "Bandwidth of the port of each L2 bank, reads and writes together.",
  ),
  field(
    "l2_bank_latency_cycles",
    ["l2Banks", "latencyCycles"],
    "cycles",
    "cycles",
    10,
    "Access latency that a path through the level of the L2 banks adds.",
  ),
  field(
    "l2_bank_base",
    ["l2Banks", "base"],
    "address",
    "byte address",
    0,
    "Address of the first L2 bank; 0 places it automatically.",
  ),
  field("scratchpad_count", ["scratchpads", "count"], "count", "instances", 2, "Number of scratchpads (L1)."),
  field(
    "scratchpad_capacity_kb",
    ["scratchpads", "capacityKb"],
    "capacity",
    "KB",
    64,
    "Capacity of each scratchpad (L1); 1 KB is 2^10 bytes.",
  ),
  field(
    "scratchpad_bandwidth_gbps",
    ["scratchpads", "bandwidthGbps"],
    "rate",
    "GB/s",
    1600,
    "Bandwidth of the port of each scratchpad (L1), reads and writes together.",
  ),
  field(
    "scratchpad_latency_cycles",
    ["scratchpads", "latencyCycles"],
    "cycles",
    "cycles",
    5,
    "Access latency that a path through the level of the scratchpad (L1)s adds.",
  ),
  field(
    "scratchpad_base",
    ["scratchpads", "base"],
    "address",
    "byte address",
    0,
    "Address of the first scratchpad (L1); 0 places it automatically.",
  ),
  field("compute_tile_count", ["computeTiles", "count"], "count", "instances", 2, "Number of compute tiles."),
  field(
    "systolic_array_rows",
    ["computeTiles", "rows"],
    "size",
    "processing elements",
    16,
    "Rows of each systolic array.",
  ),
  field(
    "systolic_array_cols",
    ["computeTiles", "cols"],
    "size",
    "processing elements",
    16,
    "Columns of each systolic array.",
  ),
  field(
    "use_systolic_arrays",
    ["computeTiles", "systolic"],
    "flag",
    "",
    true,
    "Systolic arrays in the tiles; without them a tile does one multiply-accumulate a cycle.",
  ),
  {
    ...field(
      "dataflow",
      ["computeTiles", "dataflow"],
      "choice",
      "",
      "output_stationary",
      "Operand that stays in the arrays.",
    ),
    choices: ["output_stationary", "weight_stationary", "input_stationary"],
  },
  {
    ...field(
      "array_model",
      ["computeTiles", "arrayModel"],
      "choice",
      "",
      "closed_form",
      "How values of products come about: at once, or by stepping every element of the array; results are equal.",
    ),
    choices: ["closed_form", "stepped"],
  },
  field(
    "operand_bits",
    ["computeTiles", "operandBits"],
    "size",
    "bits",
    32,
    "Bits of each operand that a processing element takes in a cycle, and a streamer per array row or column: 8, 16 or 32.",
  ),
  field(
    "vector_unit_width",
    ["vectorUnits", "width"],
    "size",
    "elements",
    8,
    "Elements that the vector unit of each compute tile handles in a cycle.",
  ),
  field(
    "vector_pipeline_depth",
    ["vectorUnits", "pipelineDepth"],
    "cycles",
    "cycles",
    3,
    "Cycles from the last elements that enter a vector unit in a pass to their results.",
  ),
  {
    ...field(
      "vector_functions",
      ["vectorUnits", "functions"],
      "choice",
      "",
      "exact",
      "How vector units compute activation functions: to the nearest float32, or by interpolation in a table.",
    ),
    choices: ["exact", "table"],
  },
  field(
    "vector_table_size",
    ["vectorUnits", "tableSize"],
    "size",
    "entries",
    256,
    "Entries of each function table of the vector units: a power of two.",
  ),
  field(
    "vector_table_range",
    ["vectorUnits", "tableRange"],
    "rate",
    "units of the input",
    8,
    "Function tables reach from minus this to this; beyond, the entry at the end counts.",
  ),
  field("dma_engine_count", ["dmaEngines", "count"], "count", "instances", 2, "Number of DMA engines."),
  field("dma_bandwidth_gbps", ["dmaEngines", "bandwidthGbps"], "rate", "GB/s", 100, "What one DMA engine can move."),
  field("block_mover_count", ["blockMovers", "count"], "count", "instances", 4, "Number of block movers."),
  field(
    "block_mover_bandwidth_gbps",
    ["blockMovers", "bandwidthGbps"],
    "rate",
    "GB/s",
    64,
    "What one block mover can move.",
  ),
  field(
    "streamer_count",
    ["streamers", "count"],
    "count",
    "instances",
    8,
    "Number of streamers; one moves a row (column) of array operands a cycle.",
  ),
  {
    ...field(
      "network_topology",
      ["network", "topology"],
      "choice",
      "",
      "none",
      "On-chip network that transfers pass between memories and DMA engines; without one only ends and latencies count.",
    ),
    choices: ["none", "mesh", "ring"],
  },
  field("network_columns", ["network", "columns"], "size", "nodes", 4, "Nodes in a row of the on-chip network."),
  field(
    "network_rows",
    ["network", "rows"],
    "size",
    "nodes",
    4,
    "Rows of nodes of the on-chip network; a ring has as many nodes as that makes.",
  ),
  field(
    "network_link_bytes_per_cycle",
    ["network", "linkBytesPerCycle"],
    "size",
    "bytes",
    64,
    "What each link of the on-chip network moves in a cycle, in each direction.",
  ),
  field(
    "network_hop_latency_cycles",
    ["network", "hopLatencyCycles"],
    "cycles",
    "cycles",
    1,
    "Latency that each link of the on-chip network adds to a path.",
  ),
  {
    ...field(
      "host_link",
      ["hostLink", "type"],
      "choice",
      "",
      "none",
      "What lies between the host's memory and the machine: nothing but its latency, or a link of PCI Express.",
    ),
    choices: ["none", "pcie"],
  },
  field("pcie_generation", ["hostLink", "pcieGeneration"], "size", "", 4, "Generation of PCI Express: 1 to 6."),
  field("pcie_lanes", ["hostLink", "pcieLanes"], "size", "lanes", 16, "Lanes of PCI Express: 1, 2, 4, 8 or 16."),
  field(
    "pcie_max_payload_bytes",
    ["hostLink", "pcieMaxPayloadBytes"],
    "size",
    "bytes",
    256,
    "Data in each packet of PCI Express: a power of two from 128 to 4096.",
  ),
  field(
    "pcie_packets_in_flight",
    ["hostLink", "pciePacketsInFlight"],
    "size",
    "packets",
    64,
    "Packets of PCI Express that may be on their way in each direction, by credits and outstanding reads.",
  ),
  field(
    "pcie_latency_ns",
    ["hostLink", "pcieLatencyNs"],
    "rate",
    "ns",
    200,
    "Time that a packet of PCI Express takes one way; what is read from the host takes it twice.",
  ),
  field("clock_ghz", ["clockGhz"], "rate", "GHz", 1, "The clock of the whole machine."),
  {
    ...field(
      "fidelity",
      ["fidelity"],
      "choice",
      "",
      "transaction",
      "Level of timing detail; values are the same at each.",
    ),
    choices: ["functional", "transaction", "cycle"],
  },
  field(
    "timing_only",
    ["timingOnly"],
    "flag",
    "",
    false,
    "Times, traffic and counts without values: no bytes are moved and nothing is multiplied, which is faster.",
  ),
  {
    ...field("hazard_policy", ["hazardPolicy"], "choice", "", "record", "What happens when conflicting work overlaps."),
    choices: ["record", "raise", "off"],
  },
  {
    ...field(
      "reach_policy",
      ["reachPolicy"],
      "choice",
      "",
      "any",
      "Which memories the engines reach: all, or DMA host, external and L3, block movers L3 and L2, streamers L2 and scratchpads.",
    ),
    choices: ["any", "hierarchical"],
  },
  ...protectionFields,
];

/** Most instances of one class; more is a typing mistake and would take memory for nothing. */
export const mostInstances: number = 2 ** 20;

/** Longest access latency: leaves room below 2^53 for millions of accesses in a row. */
export const mostLatencyCycles: number = 2 ** 30;
