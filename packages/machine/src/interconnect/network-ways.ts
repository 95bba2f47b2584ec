import type { AddressMap } from "../address-map/address-map.ts";
import type { ResolvedConfig } from "../config/machine-config.ts";
import { hostNode, nodeOf, nodesOfRegions } from "./network-places.ts";
import { NetworkTopology } from "./network-topology.ts";

/** The on-chip network of one machine: its links as ports, and the ways of transfers over them. */
export class NetworkWays {
  readonly topology: NetworkTopology;
  /** Cycles that each link on a way adds. */
  readonly hopLatencyCycles: number;
  readonly firstPort: number;
  readonly #nodeOfRegion: Int32Array;
  readonly #nodeOfDma: readonly number[];

  /** The ports of the links are numbered from `firstPort` on. */
  constructor(config: ResolvedConfig, map: AddressMap, regionCount: number, firstPort: number) {
    const { network, dmaEngines } = config;
    this.topology = new NetworkTopology(network);
    this.hopLatencyCycles = network.hopLatencyCycles;
    this.firstPort = firstPort;
    this.#nodeOfRegion = nodesOfRegions(network, map, regionCount);
    this.#nodeOfDma = Array.from({ length: dmaEngines.count }, (_, id) => nodeOf(network, "dma", id, dmaEngines.count));
  }

  /**
   * The ports on the way from one region to another, each of which is undefined if it is not of this machine: then data comes from where the host is, or goes there. What a
   * DMA engine moves passes it.
   */
  between(source: number | undefined, destination: number | undefined, dma: number | undefined): readonly number[] {
    const from = this.#nodeOf(source);
    const to = this.#nodeOf(destination);
    const middle = dma === undefined ? from : (this.#nodeOfDma[dma] ?? from);
    const links = [...this.topology.way(from, middle), ...this.topology.way(middle, to)];
    return links.map((link) => this.firstPort + link);
  }

  /** Puts the widths of all links, which are alike, behind those of other ports. */
  fillWidths(portWidths: Float64Array, unitsPerCycle: number): void {
    portWidths.fill(unitsPerCycle, this.firstPort, this.firstPort + this.topology.links.length);
  }

  #nodeOf(region: number | undefined): number {
    return region === undefined ? hostNode : (this.#nodeOfRegion[region] ?? hostNode);
  }
}

/** Most links on the way of a transfer of a machine: to a DMA engine and from there on. */
export function longestWay({ network }: ResolvedConfig): number {
  return network.topology === "none" ? 0 : 2 * new NetworkTopology(network).diameter;
}
