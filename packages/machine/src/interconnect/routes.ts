import { KpuError } from "../errors.ts";
import type { Links } from "./links.ts";
import { hostOwner, type Regions } from "./regions.ts";

const none = -1;
/** The level by which machines are connected. */
const externalLevel = 1;

/** The way between two memories. */
export type Route = {
  /** Of both ends, of the levels between them, and of links. At least 1. */
  readonly latencyCycles: number;
  /** Ports of links on the way, or -1. */
  readonly firstLink: number;
  readonly secondLink: number;
  /** Units per cycle of the narrowest of them. */
  readonly linkWidth: number;
};

/**
 * Ways between memories, as an engine of one machine goes them (timing rule 4): a path has the latencies of its two ends and of
 * every level between them in the chain host - external - L3 - L2 - scratchpad; from one machine to another it goes up to the level of
 * external memory, over links, and down again.
 */
export class Routes {
  readonly #regions: Regions;
  /** By machine: latencies of the levels, for those that a path only passes. */
  readonly #levelLatencies: readonly (readonly number[])[];
  readonly #links: Links | undefined;
  readonly #portWidths: Float64Array;
  readonly #machine: number;

  constructor(
    regions: Regions,
    levelLatencies: readonly (readonly number[])[],
    links: Links | undefined,
    portWidths: Float64Array,
    machine: number,
  ) {
    this.#regions = regions;
    this.#levelLatencies = levelLatencies;
    this.#links = links;
    this.#portWidths = portWidths;
    this.#machine = machine;
  }

  /** Errors: KPU_REACH for a way that neither begins nor ends at this machine or the host. */
  between(source: number, destination: number): Route {
    const { owner } = this.#regions;
    const [from = hostOwner, to = hostOwner] = [owner[source], owner[destination]];
    if (this.#links === undefined || (from === to && from === this.#machine)) {
      return this.#route(this.#within(source, destination, this.#machine), []);
    }
    const ports = this.#linksBetween(source, destination, this.#links);
    if (from === hostOwner || to === hostOwner) {
      return this.#route(this.#within(source, destination, this.#machine), ports);
    }
    const ends = this.#latencyOf(source) + this.#latencyOf(destination);
    return this.#route(ends + this.#down(source, from) + this.#down(destination, to), ports);
  }

  /** Links that data passes from one machine (or the host) to another: port and latency of each. */
  #linksBetween(source: number, destination: number, links: Links): readonly LinkOnWay[] {
    const { owner } = this.#regions;
    const [from = hostOwner, to = hostOwner] = [owner[source], owner[destination]];
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

  #route(pathCycles: number, links: readonly LinkOnWay[]): Route {
    const [first, second] = links;
    const widthOf = (link: LinkOnWay | undefined): number =>
      link === undefined ? Number.POSITIVE_INFINITY : (this.#portWidths[link.port] ?? 0);
    return {
      latencyCycles: Math.max(1, pathCycles) + (first?.latencyCycles ?? 0) + (second?.latencyCycles ?? 0),
      firstLink: first?.port ?? none,
      secondLink: second?.port ?? none,
      linkWidth: Math.min(widthOf(first), widthOf(second)),
    };
  }

  /** Within one chain: both ends and what lies between them. */
  #within(source: number, destination: number, machine: number): number {
    const { level } = this.#regions;
    const [from = 0, to = 0] = [level[source], level[destination]];
    const [low, high] = [Math.min(from, to), Math.max(from, to)];
    return this.#latencyOf(source) + this.#latencyOf(destination) + this.#between(machine, low + 1, high);
  }

  /** Levels that a path passes from the links of a machine down to a memory, without that. */
  #down(region: number, machine: number): number {
    return this.#between(machine, externalLevel, this.#regions.level[region] ?? 0);
  }

  /** Latencies of the levels from `first` up to, but without, `end`. */
  #between(machine: number, first: number, end: number): number {
    let sum = 0;
    for (let level = first; level < end; level++) sum += this.#levelLatencies[machine]?.[level] ?? 0;
    return sum;
  }

  #latencyOf(region: number): number {
    return this.#regions.latencyCycles[region] ?? 0;
  }
}

type LinkOnWay = { readonly port: number; readonly latencyCycles: number };

function ownerName(owner: number): string {
  return owner === hostOwner ? "the host" : `KPU ${owner}`;
}
