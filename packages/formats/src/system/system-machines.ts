import { KpuError, type MachineConfig } from "@kpu-sim/machine";
import { pcieGbps, pcieOfSystem } from "./pcie-of-system.ts";
import type { AcceleratorDescription, KpuSystemConfig, SystemDescription } from "./system-description.ts";

/** A KPU of a system as a machine. */
export type SystemMachine = {
  readonly id: string;
  readonly description: string;
  /** Ready for `new Machine(config)`; the host's memory modules are its host memory, and a link of PCI Express is its link to it. */
  readonly config: MachineConfig;
  /** The number format of each compute tile, in the words of the file. */
  readonly datatypes: readonly string[];
};

/** A link in the figures of the file. */
export type SystemLink = {
  /** Its kind in the words of the file: PCIe, CXL, NoC, NVLink, ... */
  readonly type: string;
  /** In each direction; of PCIe without a figure that of generation and lanes. */
  readonly bandwidthGbps: number;
  /** In cycles of the system's clock, rounded up; `undefined` where the file does not say. */
  readonly latencyCycles: number | undefined;
  /** PCIe only. */
  readonly generation: number | undefined;
  readonly lanes: number | undefined;
};

/** The KPUs of a system as machines, in the order of the file. Components stay one by one: unequal ones stay unequal. */
export function machineConfigsOf(system: SystemDescription): readonly SystemMachine[] {
  return system.accelerators.flatMap((each) => (each.type === "KPU" ? [machineOf(system, each)] : []));
}

/** One accelerator as a machine. Errors: KPU_CONFIG for one that does not exist, or that is no KPU. */
export function machineConfigOf(system: SystemDescription, id: string): SystemMachine {
  const found = system.accelerators.find((each) => each.id === id);
  const kpus = system.accelerators.filter(({ type }) => type === "KPU").map((each) => each.id);
  const known = kpus.length === 0 ? "the system has no KPUs" : `the KPUs are ${kpus.join(", ")}`;
  if (found === undefined) throw configError(`the system has no accelerator '${id}'; ${known}`);
  if (found.type !== "KPU") {
    throw configError(
      `accelerator '${id}' is a ${found.type}: it is kept in the description but not simulated; ${known}`,
    );
  }
  return machineOf(system, found);
}

/** The link between host and accelerators; `undefined` where the file gives no figures. */
export function hostLinkOf(system: SystemDescription): SystemLink | undefined {
  const { type, pcie_config: pcie, cxl_config: cxl } = system.interconnect.host_to_accelerator;
  if (pcie !== undefined && !(type === "CXL" && cxl !== undefined)) {
    const link = linkOf(system, type, pcieGbps(pcie), pcie.latency_ns);
    return { ...link, generation: pcie.generation, lanes: pcie.lanes };
  }
  return cxl === undefined ? undefined : linkOf(system, type, cxl.bandwidth_gbps, cxl.latency_ns);
}

/** The link between accelerators; `undefined` where there is none. */
export function peerLinkOf(system: SystemDescription): SystemLink | undefined {
  const { type, noc_config: noc } = system.interconnect.accelerator_to_accelerator;
  if (type === "None" || noc === undefined) return undefined;
  return linkOf(system, type, noc.link_bandwidth_gbps, noc.link_latency_ns);
}

function linkOf(
  system: SystemDescription,
  type: string,
  bandwidthGbps: number,
  latencyNs: number | undefined,
): SystemLink {
  const latencyCycles = latencyNs === undefined ? undefined : cyclesOf(latencyNs, clockMhzOf(system));
  return { type, bandwidthGbps, latencyCycles, generation: undefined, lanes: undefined };
}

function clockMhzOf({ system }: SystemDescription): number {
  return system.clock_frequency_mhz ?? 1000;
}

function machineOf(system: SystemDescription, { id, description, kpu_config }: AcceleratorDescription): SystemMachine {
  if (kpu_config === undefined) throw configError(`KPU '${id}' has no kpu_config`);
  const clockMhz = clockMhzOf(system);
  const tiles = kpu_config.compute_fabric.tiles;
  const systolic = tiles.filter((tile) => tile.type === "systolic").length;
  if (systolic > 0 && systolic < tiles.length) {
    throw configError(`KPU '${id}' has tiles with and without systolic arrays; all of a machine are of one kind`);
  }
  const hostLink = pcieOfSystem(system)?.link;
  const config = {
    clockGhz: clockMhz / 1000,
    ...hostOf(system, clockMhz),
    ...(hostLink === undefined ? {} : { hostLink }),
    ...kpuOf(kpu_config, clockMhz, systolic > 0),
  };
  return { id, description, config, datatypes: tiles.map(({ datatype }) => datatype) };
}

function hostOf({ host }: SystemDescription, clockMhz: number): MachineConfig {
  const instances = host.memory.modules.map(({ capacity_gb, bandwidth_gbps, latency_ns }) => ({
    capacityMb: capacity_gb * 1024,
    bandwidthGbps: bandwidth_gbps,
    latencyCycles: cyclesOf(latency_ns, clockMhz),
  }));
  const { capacityMb: regionCapacityMb, ...timing } = instances[0] ?? {};
  return { hostMemory: { regionCount: instances.length, regionCapacityMb, ...timing, ...listed(instances) } };
}

function kpuOf(
  { memory, compute_fabric, data_movement }: KpuSystemConfig,
  clockMhz: number,
  systolic: boolean,
): MachineConfig {
  const banks = memory.banks.map(({ capacity_mb, bandwidth_gbps, latency_ns }) => ({
    capacityMb: capacity_mb,
    bandwidthGbps: bandwidth_gbps,
    latencyCycles: cyclesOf(latency_ns, clockMhz),
  }));
  const { capacityMb: bankCapacityMb, ...timing } = banks[0] ?? {};
  const tiles = compute_fabric.tiles.map(({ systolic_rows, systolic_cols }) => ({
    rows: systolic_rows,
    cols: systolic_cols,
  }));
  const engines = data_movement.dma_engines.map(({ bandwidth_gbps }) => ({ bandwidthGbps: bandwidth_gbps }));
  return {
    externalMemory: { bankCount: banks.length, bankCapacityMb, ...timing, ...listed(banks) },
    l3Tiles: onChip(memory.l3_tiles),
    l2Banks: onChip(memory.l2_banks),
    scratchpads: onChip(memory.l1_buffers ?? memory.scratchpads),
    computeTiles: { count: tiles.length, ...tiles[0], systolic, ...listed(tiles) },
    dmaEngines: { count: engines.length, ...engines[0], ...listed(engines) },
    blockMovers: { count: data_movement.block_movers.length },
    streamers: { count: data_movement.streamers.length },
  };
}

/** Bandwidths and latencies of what is on the chip are not in the file: they are the defaults. */
function onChip(memories: readonly { readonly capacity_kb: number }[]): NonNullable<MachineConfig["l3Tiles"]> {
  const instances = memories.map(({ capacity_kb }) => ({ capacityKb: capacity_kb }));
  return { count: instances.length, ...instances[0], ...listed(instances) };
}

function listed<I>(instances: readonly I[]): { readonly instances?: readonly I[] } {
  return instances.length === 0 ? {} : { instances };
}

/** Whole cycles that cover a time. */
function cyclesOf(nanoseconds: number, clockMhz: number): number {
  return Math.ceil((nanoseconds * clockMhz) / 1000);
}

function configError(message: string): KpuError {
  return new KpuError("KPU_CONFIG", message, { reason: "value" });
}
