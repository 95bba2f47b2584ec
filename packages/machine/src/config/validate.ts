import { channelBytes } from "../dram/dram-part.ts";
import { dramFigureFaults, dramPartOf } from "../dram/own-part.ts";
import { KpuError } from "../errors.ts";
import { pcieGenerations, pcieLaneCounts } from "../interconnect/pcie.ts";
import { mostLatencyCycles } from "./config-field.ts";
import type { ResolvedConfig } from "./machine-config.ts";
import { memoryClasses } from "./memory-classes.ts";

/** Refuses configurations whose fields do not fit together; all that is wrong is said at once. */
export function requireSensible(config: ResolvedConfig): void {
  const faults = [
    ...memoryFaults(config),
    ...moverFaults(config),
    ...computeFaults(config),
    ...operandFaults(config),
    ...vectorFaults(config),
    ...dramFaults(config),
    ...networkFaults(config),
    ...hostLinkFaults(config),
  ];
  if (faults.length > 0) throw new KpuError("KPU_CONFIG", faults.join("; "), { reason: "value", faults });
}

function memoryFaults(config: ResolvedConfig): string[] {
  const faults: string[] = [];
  if (config.hostMemory.regionCount === 0 && config.externalMemory.bankCount === 0) {
    faults.push(
      "the machine has no memory: host_memory_region_count and memory_bank_count are both 0; set one to at least 1",
    );
  }
  for (const { count, capacityBytes, regions, fields } of memoryClasses(config)) {
    if (regions !== undefined) {
      const empty = regions.findIndex((region) => region.capacityBytes === 0);
      if (empty >= 0) faults.push(`${fields.list}[${empty}] has a capacity of 0: give it one or leave the entry out`);
    } else if (count > 0 && capacityBytes === 0) {
      faults.push(
        `${fields.capacity} is 0 but ${fields.count} is ${count}: give them a capacity or set the count to 0`,
      );
    }
  }
  return faults;
}

function moverFaults({ blockMovers, streamers, l3Tiles, l2Banks, scratchpads }: ResolvedConfig): string[] {
  const faults: string[] = [];
  const needs = (
    movers: string,
    count: number,
    between: string,
    levels: readonly (readonly [string, number])[],
  ): void => {
    const missing = levels.filter(([, instances]) => instances === 0).map(([name]) => name);
    if (count === 0 || missing.length === 0) return;
    const zero = missing.join(" and ");
    faults.push(`${movers} is ${count} but ${zero} is 0: ${between}; set ${movers} to 0 or ${zero} to at least 1`);
  };
  const l3 = ["l3_tile_count", l3Tiles.count] as const;
  const l2 = ["l2_bank_count", l2Banks.count] as const;
  const l1 = ["scratchpad_count", scratchpads.count] as const;
  needs("block_mover_count", blockMovers.count, "block movers work between L3 and L2", [l3, l2]);
  needs("streamer_count", streamers.count, "streamers work between L2 and the scratchpads", [l2, l1]);
  return faults;
}

/** Widths of operands that hold whole elements of every format that is not wider. */
const operandWidths = [8, 16, 32];

function operandFaults({ computeTiles }: ResolvedConfig): string[] {
  const { operandBits } = computeTiles;
  return operandWidths.includes(operandBits) ? [] : [`operand_bits must be 8, 16 or 32, got ${operandBits}`];
}

function computeFaults({ computeTiles, streamers }: ResolvedConfig): string[] {
  const { count, rows, cols, systolic, instances } = computeTiles;
  const flat = instances?.findIndex((tile) => tile.rows === 0 || tile.cols === 0) ?? -1;
  if (systolic && flat >= 0)
    return [`compute_tiles[${flat}] has an array without rows or columns: both must be at least 1`];
  const needed = (systolic && count > 0) || streamers.count > 0;
  if (!needed || (rows > 0 && cols > 0)) return [];
  return [`systolic_array_rows x systolic_array_cols is ${rows} x ${cols}: both must be at least 1`];
}

/** Largest table: beyond, interpolation in float32 gains nothing. */
const mostTableEntries = 2 ** 16;

function vectorFaults({ vectorUnits: { width, tableSize } }: ResolvedConfig): string[] {
  const faults: string[] = [];
  if (width === 0) faults.push("vector_unit_width is 0: it must be at least 1 element a cycle");
  const isPowerOfTwo = (tableSize & (tableSize - 1)) === 0;
  if (!isPowerOfTwo || tableSize < 2 || tableSize > mostTableEntries) {
    faults.push(`vector_table_size is ${tableSize}: it must be a power of two from 2 to ${mostTableEntries}`);
  }
  return faults;
}

/** Nodes along an edge of a network, and what a link moves in a cycle: more is a typing mistake. */
const mostNodesOfEdge = 64;
const mostLinkBytes = 2 ** 20;
/** Each engine has a place for every port that it may use. */
const mostPortPlaces = 2 ** 25;

function networkFaults({ network, dmaEngines, blockMovers, streamers }: ResolvedConfig): string[] {
  const { topology, columns, rows, linkBytesPerCycle } = network;
  const faults: string[] = [];
  for (const [name, nodes] of [
    ["network_columns", columns],
    ["network_rows", rows],
  ] as const) {
    if (nodes < 1 || nodes > mostNodesOfEdge)
      faults.push(`${name} is ${nodes}: it must be from 1 to ${mostNodesOfEdge}`);
  }
  if (linkBytesPerCycle < 1 || linkBytesPerCycle > mostLinkBytes) {
    faults.push(`network_link_bytes_per_cycle is ${linkBytesPerCycle}: it must be from 1 to ${mostLinkBytes}`);
  }
  const engines = dmaEngines.count + blockMovers.count + streamers.count;
  const links = topology === "ring" ? columns * rows : 2 * (columns + rows);
  if (topology !== "none" && engines * links > mostPortPlaces) {
    faults.push(
      `a ${topology} of ${columns} x ${rows} nodes has ways of up to ${links} links, too many for ${engines} engines: use fewer nodes or engines`,
    );
  }
  return faults;
}

const mostPacketsInFlight = 2 ** 16;

function hostLinkFaults({ hostLink, clockGhz }: ResolvedConfig): string[] {
  const { pcieGeneration, pcieLanes, pcieMaxPayloadBytes, pciePacketsInFlight, pcieLatencyNs } = hostLink;
  const faults: string[] = [];
  if (pcieGeneration < 1 || pcieGeneration > pcieGenerations) {
    faults.push(`pcie_generation is ${pcieGeneration}: it must be from 1 to ${pcieGenerations}`);
  }
  if (!pcieLaneCounts.includes(pcieLanes)) {
    faults.push(`pcie_lanes is ${pcieLanes}: it must be one of ${pcieLaneCounts.join(", ")}`);
  }
  const isPowerOfTwo = (pcieMaxPayloadBytes & (pcieMaxPayloadBytes - 1)) === 0;
  if (!isPowerOfTwo || pcieMaxPayloadBytes < 128 || pcieMaxPayloadBytes > 4096) {
    faults.push(`pcie_max_payload_bytes is ${pcieMaxPayloadBytes}: it must be a power of two from 128 to 4096`);
  }
  if (pciePacketsInFlight < 1 || pciePacketsInFlight > mostPacketsInFlight) {
    faults.push(`pcie_packets_in_flight is ${pciePacketsInFlight}: it must be from 1 to ${mostPacketsInFlight}`);
  }
  if (2 * pcieLatencyNs * clockGhz > mostLatencyCycles) {
    faults.push(`pcie_latency_ns is ${pcieLatencyNs}: there and back it must be at most ${mostLatencyCycles} cycles`);
  }
  return faults;
}

/** Channels of a bank, and requests that wait at each: beyond, a bank costs memory for nothing. */
const mostChannels = 64;
const mostChannelsOfAll = 1024;
const mostQueueDepth = 1024;

/** What is said about DRAM has to be right at every fidelity; that the banks fit in it, at cycle fidelity. */
function dramFaults({ externalMemory, fidelity }: ResolvedConfig): string[] {
  const { dramPart, dramFigures, dramChannels, dramQueueDepth, dramRefresh, dramPowerDownClocks } = externalMemory;
  const faults: string[] = [];
  const isPowerOfTwo = (dramChannels & (dramChannels - 1)) === 0;
  if (dramChannels < 1 || dramChannels > mostChannels || !isPowerOfTwo) {
    faults.push(`dram_channels is ${dramChannels}: it must be a power of two from 1 to ${mostChannels}`);
  }
  if (dramQueueDepth < 1 || dramQueueDepth > mostQueueDepth) {
    faults.push(`dram_queue_depth is ${dramQueueDepth}: it must be from 1 to ${mostQueueDepth}`);
  }
  const figureFaults = dramFigureFaults(dramPart, dramFigures);
  if (figureFaults.length > 0) return [...faults, ...figureFaults];
  const part = dramPartOf(externalMemory);
  if (dramRefresh === "per_bank" && part.bankRefresh === undefined) {
    faults.push(`dram_refresh is 'per_bank' but ${dramPart} is refreshed all banks at once: use 'all_bank'`);
  }
  if (dramPowerDownClocks > 0 && part.powerDown === undefined) {
    faults.push(`dram_power_down_clocks is ${dramPowerDownClocks} but ${dramPart} has no figures for that: use 0`);
  }
  if (fidelity !== "cycle" || faults.length > 0) return faults;
  const { bankCount, bankCapacityMb, instances } = externalMemory;
  const capacityMb = instances?.reduce((most, each) => Math.max(most, each.capacityMb), 0) ?? bankCapacityMb;
  const channelMb = channelBytes(part) / 2 ** 20;
  if (bankCount * dramChannels > mostChannelsOfAll) {
    faults.push(`${bankCount} banks of ${dramChannels} DRAM channels are more than ${mostChannelsOfAll} channels`);
  }
  if (bankCount > 0 && capacityMb > channelMb * dramChannels) {
    const needed = 2 ** Math.ceil(Math.log2(capacityMb / channelMb));
    const advice = needed <= mostChannels ? `dram_channels ${needed} or ` : "";
    faults.push(
      `an external memory bank of ${capacityMb} MB does not fit into ${dramChannels} x ${channelMb} MB of ${dramPart}: use ${advice}smaller banks`,
    );
  }
  return faults;
}
