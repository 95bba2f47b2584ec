import type { ResolvedConfig } from "../config/machine-config.ts";
import { LinkLists } from "./link-lists.ts";
import { Links, type SystemLinks } from "./links.ts";
import { longestWay, NetworkWays } from "./network-ways.ts";
import { type RegionSource, Regions } from "./regions.ts";

/** All that data passes between the memories of machines, by port: ports of regions come first, then those of links. */
export type Interconnect = {
  readonly regions: Regions;
  /** By machine: latencies of the levels, for those that a path only passes. */
  readonly levelLatencies: readonly (readonly number[])[];
  /** Between machines and the host; undefined for a machine by itself. */
  readonly links: Links | undefined;
  /** By machine: its on-chip network, if it has one. */
  readonly networks: readonly (NetworkWays | undefined)[];
  /** Units that each port moves per cycle. */
  readonly portWidths: Float64Array;
  readonly lists: LinkLists;
  /** Most links on the way of a transfer. */
  readonly mostLinks: number;
};

/** Numbers the ports of machines that share the host, and gives each its width. */
export function interconnectOf(
  sources: readonly RegionSource[],
  systemLinks: SystemLinks | undefined,
  unitsPerByte: bigint,
): Interconnect {
  const regions = new Regions(sources);
  const links = systemLinks === undefined ? undefined : new Links(systemLinks, regions.count);
  let portCount = regions.count + (links?.portCount ?? 0);
  const networks = sources.map(({ config, map }) => {
    if (config.network.topology === "none") return undefined;
    const network = new NetworkWays(config, map, regions.count, portCount);
    portCount += network.topology.links.length;
    return network;
  });
  const portWidths = new Float64Array(portCount);
  portWidths.set(regions.portWidth);
  const [first] = sources;
  if (first !== undefined) links?.fillWidths(portWidths, first.config, unitsPerByte);
  for (const [machine, network] of networks.entries()) {
    const widths = sources[machine]?.widths;
    if (network !== undefined && widths !== undefined) network.fillWidths(portWidths, widths.networkLink);
  }
  return {
    regions,
    levelLatencies: sources.map(({ classes }) => classes.map(({ latencyCycles }) => latencyCycles)),
    links,
    networks,
    portWidths,
    lists: new LinkLists(),
    mostLinks: mostLinksOf(
      sources.map(({ config }) => config),
      links !== undefined,
    ),
  };
}

/** A transfer between machines passes two links, its own machine's network by way of a DMA engine, and the network of the other. */
function mostLinksOf(configs: readonly ResolvedConfig[], isSystem: boolean): number {
  const [longest = 0, second = 0] = configs.map(longestWay).sort((a, b) => b - a);
  return isSystem ? longest + second + 2 : longest;
}
