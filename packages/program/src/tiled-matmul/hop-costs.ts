import type { ResolvedConfig } from "@kpu-sim/machine";

/** Cycles that a transfer of so many bytes takes its engine, alone. */
type HopCost = (bytes: number) => number;

/** What transfers between neighbouring levels take, and what the ports of some levels let through. */
export type Hops = {
  /** External memory to L3 and back, host to external memory and back, L3 to L2, L2 to L1. */
  readonly load: HopCost;
  readonly host: HopCost;
  readonly move: HopCost;
  readonly stream: HopCost;
  /** Of host and external memory together. */
  readonly hostLatencyCycles: number;
  readonly hostBytesPerCycle: number;
  /** Of all banks. */
  readonly externalBytesPerCycle: number;
};

type Timing = { readonly bandwidthGbps: number; readonly latencyCycles: number };

export function hopsOf(config: ResolvedConfig): Hops {
  const { clockGhz, computeTiles, externalMemory } = config;
  // The matrices lie in host region 0.
  const host = config.hostMemory.instances?.[0] ?? config.hostMemory;
  const external = slowest(externalMemory);
  const [l3, l2, l1] = [slowest(config.l3Tiles), slowest(config.l2Banks), slowest(config.scratchpads)];
  const hop = (from: Timing, to: Timing, gbps: number): HopCost => {
    return (bytes) => from.latencyCycles + to.latencyCycles + (bytes * clockGhz) / gbps - 1;
  };
  const dma = Math.min(leastBandwidth(config.dmaEngines), external.bandwidthGbps);
  const edge = computeTiles.systolic ? computeTiles.cols : 1;
  const banks =
    externalMemory.instances?.reduce((sum, bank) => sum + bank.bandwidthGbps, 0) ??
    externalMemory.bankCount * externalMemory.bandwidthGbps;
  return {
    load: hop(external, l3, dma),
    host: hop(host, external, Math.min(dma, host.bandwidthGbps)),
    move: hop(l3, l2, leastBandwidth(config.blockMovers)),
    stream: hop(l2, l1, (clockGhz * edge * computeTiles.operandBits) / 8),
    hostLatencyCycles: host.latencyCycles + external.latencyCycles,
    hostBytesPerCycle: host.bandwidthGbps / clockGhz,
    externalBytesPerCycle: banks / clockGhz,
  };
}

/** Of memories that are not alike the greatest latency and the least bandwidth: a prediction for all of them. */
function slowest(section: Timing & { readonly instances: readonly Timing[] | undefined }): Timing {
  const latencyCycles = section.instances?.reduce((most, each) => Math.max(most, each.latencyCycles), 0);
  return { latencyCycles: latencyCycles ?? section.latencyCycles, bandwidthGbps: leastBandwidth(section) };
}

function leastBandwidth({
  bandwidthGbps,
  instances = [],
}: {
  readonly bandwidthGbps: number;
  readonly instances: readonly { readonly bandwidthGbps: number }[] | undefined;
}): number {
  return instances.length === 0
    ? bandwidthGbps
    : instances.reduce((least, each) => Math.min(least, each.bandwidthGbps), Number.POSITIVE_INFINITY);
}
