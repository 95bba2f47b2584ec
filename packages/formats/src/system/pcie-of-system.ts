import { type MachineConfig, pcieWireGbps } from "@kpu-sim/machine";
import type { SystemDescription } from "./system-description.ts";

/** Nominal figures are rounded: 32 GB/s for the 31.5 of generation 4 with 16 lanes. */
const likeness = 0.05;

/** What a plain link has where neither the file nor generation and lanes say it: that of generation 4 with 16 lanes, as it is usually given. */
const defaultGbps = 32;

type PcieDescription = NonNullable<SystemDescription["interconnect"]["host_to_accelerator"]["pcie_config"]>;

/** What the figures of a system's PCIe link mean. */
export type DescribedPcie = {
  /** The link between host and each KPU, packet by packet; undefined where a plain link is simulated. */
  readonly link: NonNullable<MachineConfig["hostLink"]> | undefined;
  /** What a reader of the file may not expect. */
  readonly note: string | undefined;
};

/**
 * The bandwidth in each direction that a description of PCIe stands for: the file's, or else that of generation and lanes. This is rounded to hundredths,
 * because a plain link may have it, and the engine counts in whole parts of a byte, for which 128/130 has too many digits.
 */
export function pcieGbps({ bandwidth_gbps, generation, lanes }: PcieDescription): number {
  return bandwidth_gbps ?? Math.round((pcieWireGbps(generation, lanes) ?? defaultGbps) * 100) / 100;
}

/**
 * The link of PCI Express that a description has: generation and lanes count where the file gives no bandwidth, or theirs, in each direction or, as it is
 * often given, in both together. Another bandwidth means a plain link that has it. Undefined where the host is connected otherwise.
 */
export function pcieOfSystem({ interconnect }: SystemDescription): DescribedPcie | undefined {
  const { type, pcie_config: pcie } = interconnect.host_to_accelerator;
  if (type !== "PCIe" || pcie === undefined) return undefined;
  const { generation, lanes, bandwidth_gbps: given, latency_ns: latencyNs, packets_in_flight: packets } = pcie;
  const named = `generation ${generation} with ${lanes} lanes`;
  const wireGbps = pcieWireGbps(generation, lanes);
  const withoutPackets = packets === undefined ? "" : ", and packets_in_flight is kept without effect";
  const plain = `a plain link of ${pcieGbps(pcie)} GB/s in each direction is simulated${withoutPackets}`;
  if (wireGbps === undefined) return { link: undefined, note: `has ${named}, which there is not: ${plain}` };
  if (latencyNs === 0) return { link: undefined, note: `has a latency of 0, which PCIe has not: ${plain}` };
  const isLike = (figure: number): boolean => given === undefined || Math.abs(given / figure - 1) <= likeness;
  const each = `${named} has ${wireGbps.toFixed(1)} GB/s in each direction`;
  if (!isLike(wireGbps) && !isLike(2 * wireGbps)) {
    return { link: undefined, note: `has ${given} GB/s, but ${each}: ${plain}` };
  }
  const latency = latencyNs === undefined ? {} : { pcieLatencyNs: latencyNs };
  const inFlight = packets === undefined ? {} : { pciePacketsInFlight: packets };
  return {
    link: { type: "pcie", pcieGeneration: generation, pcieLanes: lanes, ...latency, ...inFlight },
    note: isLike(wireGbps) ? undefined : `has ${given} GB/s, which is that of both directions together: ${each}`,
  };
}
