import { type MachineConfig, pcieWireGbps } from "@kpu-sim/machine";
import type { SystemDescription } from "./system-description.ts";

/** Nominal figures are rounded: 32 GB/s for the 31.5 of generation 4 with 16 lanes. */
const likeness = 0.05;

/** What the figures of a system's PCIe link mean. */
export type DescribedPcie = {
  /** The link between host and each KPU, packet by packet; undefined where a plain link is simulated. */
  readonly link: NonNullable<MachineConfig["hostLink"]> | undefined;
  /** What a reader of the file may not expect. */
  readonly note: string | undefined;
};

/**
 * The link of PCI Express that a description has: generation and lanes count where the bandwidth is theirs, in each direction or, as it is often given, in
 * both together. Another bandwidth means a plain link that has it. Undefined where the host is connected otherwise.
 */
export function pcieOfSystem({ interconnect }: SystemDescription): DescribedPcie | undefined {
  const { type, pcie_config: pcie } = interconnect.host_to_accelerator;
  if (type !== "PCIe" || pcie === undefined) return undefined;
  const { generation, lanes, bandwidth_gbps: gbps, latency_ns: latencyNs } = pcie;
  const named = `generation ${generation} with ${lanes} lanes`;
  const wireGbps = pcieWireGbps(generation, lanes);
  const plain = `a plain link of ${gbps} GB/s in each direction is simulated`;
  if (wireGbps === undefined) return { link: undefined, note: `has ${named}, which there is not: ${plain}` };
  if (latencyNs === 0) return { link: undefined, note: `has a latency of 0, which PCIe has not: ${plain}` };
  const isLike = (figure: number): boolean => Math.abs(gbps / figure - 1) <= likeness;
  const each = `${named} has ${wireGbps.toFixed(1)} GB/s in each direction`;
  if (!isLike(wireGbps) && !isLike(2 * wireGbps)) {
    return { link: undefined, note: `has ${gbps} GB/s, but ${each}: ${plain}` };
  }
  const latency = latencyNs === undefined ? {} : { pcieLatencyNs: latencyNs };
  return {
    link: { type: "pcie", pcieGeneration: generation, pcieLanes: lanes, ...latency },
    note: isLike(wireGbps) ? undefined : `has ${gbps} GB/s, which is that of both directions together: ${each}`,
  };
}
