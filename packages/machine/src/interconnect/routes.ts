import { KpuError } from "../errors.ts";
import type { Interconnect } from "./interconnect.ts";
import type { LinkRange } from "./link-lists.ts";
import type { Links } from "./links.ts";
import type { NetworkWays } from "./network-ways.ts";
import { hostOwner } from "./regions.ts";

/** The level by which machines are connected. */
const externalLevel = 1;

/** The way between two memories. */
export type Route = {
  /** Of both ends, of the levels between them, and of links. At least 1. */
  readonly latencyCycles: number;
  /** The ports of the links on the way. */
  readonly links: LinkRange;
  /** Units per cycle of the narrowest of them. */
  readonly linkWidth: number;
};

/**
 * Ways between memories, as an engine of one machine goes them (timing rule 4): a path has the latencies of its two ends and of
 * every level between them in the chain host - external - L3 - L2 - scratchpad; from one machine to another it goes up to the level of
 * external memory, over links, and down again. Links between machines and of on-chip networks add their latencies.
 */
export class Routes {
  readonly #interconnect: Interconnect;
  readonly #machine: number;
  /** By DMA engine, that of block movers and streamers first, and by pair of regions. */
  readonly #known: Map<number, Route>[] = [];

  constructor(interconnect: Interconnect, machine: number) {
    this.#interconnect = interconnect;
    this.#machine = machine;
  }

  /**
   * The way of what a DMA engine moves, or a block mover or streamer if that is undefined. Errors: KPU_REACH for a way that neither begins nor ends at
   * this machine or the host.
   */
  between(source: number, destination: number, dma: number | undefined): Route {
    const { links, networks, regions } = this.#interconnect;
    if (links === undefined && networks[this.#machine] === undefined) return this.#route(source, destination, dma);
    const engine = dma === undefined ? 0 : dma + 1;
    const ofEngine = this.#known[engine] ?? new Map<number, Route>();
    this.#known[engine] = ofEngine;
    const pair = source * regions.count + destination;
    const known = ofEngine.get(pair);
    if (known !== undefined) return known;
    const route = this.#route(source, destination, dma);
    ofEngine.set(pair, route);
    return route;
  }

  #route(source: number, destination: number, dma: number | undefined): Route {
    const { links, portWidths, lists } = this.#interconnect;
    const [from, to] = [this.#ownerOf(source), this.#ownerOf(destination)];
    const isInside = links === undefined || (from === to && from === this.#machine);
    const onWay = [
      ...(isInside ? [] : this.#linksBetween(source, destination, links)),
      ...this.#networkLinks(source, destination, dma),
    ];
    const path =
      isInside || from === hostOwner || to === hostOwner
        ? this.#within(source, destination, this.#machine)
        : this.#latencyOf(source) +
          this.#latencyOf(destination) +
          this.#down(source, from) +
          this.#down(destination, to);
    return {
      latencyCycles: onWay.reduce((sum, { latencyCycles }) => sum + latencyCycles, Math.max(1, path)),
      links: lists.placeOf(onWay.map(({ port }) => port)),
      linkWidth: onWay.reduce((least, { port }) => Math.min(least, portWidths[port] ?? 0), Number.POSITIVE_INFINITY),
    };
  }

  /**
   * Links of on-chip networks: that of the engine's machine, and that of another one if an end is there. A copy within one memory does not leave its
   * node: half of what it takes of its port would pass links, and amounts would no longer be whole (timing rule 3).
   */
  #networkLinks(source: number, destination: number, dma: number | undefined): readonly LinkOnWay[] {
    if (source === destination) return [];
    const { networks, links } = this.#interconnect;
    const [from, to] = [this.#ownerOf(source), this.#ownerOf(destination)];
    const own = networks[this.#machine];
    const sideOf = (region: number, owner: number, machine: number): number | undefined =>
      owner === machine ? region : undefined;
    const way = (network: NetworkWays | undefined, machine: number, engine: number | undefined): LinkOnWay[] =>
      (network?.between(sideOf(source, from, machine), sideOf(destination, to, machine), engine) ?? []).map((port) => ({
        port,
        latencyCycles: network?.hopLatencyCycles ?? 0,
      }));
    const peer = [from, to].find((owner) => owner !== hostOwner && owner !== this.#machine);
    if (links === undefined || peer === undefined) return way(own, this.#machine, dma);
    return [...way(own, this.#machine, dma), ...way(networks[peer], peer, undefined)];
  }

  /** Links that data passes from one machine (or the host) to another. */
  #linksBetween(source: number, destination: number, links: Links): readonly LinkOnWay[] {
    const [from, to] = [this.#ownerOf(source), this.#ownerOf(destination)];
    const self = this.#machine;
    const isHostOnly = from === hostOwner && to === hostOwner;
    if (!isHostOnly && from !== self && to !== self) {
      throw new KpuError(
        "KPU_REACH",
        `an engine of KPU ${self} cannot move data from ${ownerName(from)} to ${ownerName(to)}: one end must be a memory of its own, ` +
          `or both the host's; use a DMA engine of ${ownerName(from === hostOwner ? to : from)}`,
        { from, to },
      );
    }
    if (source === destination) {
      // Half of what such a copy takes of its port would pass the links: amounts would no longer be whole (timing rule 3).
      throw new KpuError(
        "KPU_REACH",
        `an engine of KPU ${self} cannot copy within a host memory region over its link: go through a memory of the KPU`,
        { from, to },
      );
    }
    const link = (machine: number, direction: Parameters<Links["port"]>[1]): LinkOnWay => ({
      port: links.port(machine, direction),
      latencyCycles: links.configOf(machine, direction).latencyCycles,
    });
    if (isHostOnly) return [link(self, "fromHost"), link(self, "toHost")];
    if (from === hostOwner) return [link(to, "fromHost")];
    if (to === hostOwner) return [link(from, "toHost")];
    // Both ends of a peer link are the same cable: its latency counts once.
    if (links.hasPeerLinks) return [link(from, "toPeers"), { ...link(to, "fromPeers"), latencyCycles: 0 }];
    return [link(from, "toHost"), link(to, "fromHost")];
  }

  #ownerOf(region: number): number {
    return this.#interconnect.regions.owner[region] ?? hostOwner;
  }

  /** Within one chain: both ends and what lies between them. */
  #within(source: number, destination: number, machine: number): number {
    const { level } = this.#interconnect.regions;
    const [from = 0, to = 0] = [level[source], level[destination]];
    const [low, high] = [Math.min(from, to), Math.max(from, to)];
    return this.#latencyOf(source) + this.#latencyOf(destination) + this.#between(machine, low + 1, high);
  }

  /** Levels that a path passes from the links of a machine down to a memory, without that. */
  #down(region: number, machine: number): number {
    return this.#between(machine, externalLevel, this.#interconnect.regions.level[region] ?? 0);
  }

  /** Latencies of the levels from `first` up to, but without, `end`. */
  #between(machine: number, first: number, end: number): number {
    const latencies = this.#interconnect.levelLatencies[machine];
    let sum = 0;
    for (let level = first; level < end; level++) sum += latencies?.[level] ?? 0;
    return sum;
  }

  #latencyOf(region: number): number {
    return this.#interconnect.regions.latencyCycles[region] ?? 0;
  }
}

type LinkOnWay = { readonly port: number; readonly latencyCycles: number };

function ownerName(owner: number): string {
  return owner === hostOwner ? "the host" : `KPU ${owner}`;
}
