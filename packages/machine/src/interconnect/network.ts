import { componentIdError } from "../address-map/address-map.ts";
import type { ResolvedConfig } from "../config/machine-config.ts";
import { memoryClasses } from "../config/memory-classes.ts";
import type { Engine } from "../engine/engine.ts";
import { KpuError } from "../errors.ts";
import { memoryKinds, memoryNames } from "../memory/memory-kind.ts";
import { moverNames } from "../movement/mover-kind.ts";
import type { RegionTotals } from "../observe/region-totals.ts";
import { type NetworkClient, nodeOf } from "./network-places.ts";
import type { NetworkLink } from "./network-topology.ts";
import type { NetworkWays } from "./network-ways.ts";

/** What has passed a link of the network since the start or reset. */
export type NetworkLinkFigures = NetworkLink & {
  /** Of completed transfers. */
  readonly bytes: number;
  /** Cycles that these take at the full width of the link. */
  readonly busyCycles: number;
  /** Busy cycles over all cycles so far. */
  readonly utilization: number;
};

/** What of a machine the handle of its network looks at. */
type NetworkParts = {
  readonly config: ResolvedConfig;
  readonly engine: Engine;
  readonly totals: RegionTotals;
  readonly network: NetworkWays | undefined;
};

/** The on-chip network of a machine: where everything sits, and what passes its links. Nodes are numbers from 0 on, row by row. */
export class Network {
  readonly #parts: NetworkParts;
  readonly #ways: NetworkWays;

  constructor(parts: NetworkParts, ways: NetworkWays) {
    this.#parts = parts;
    this.#ways = ways;
  }

  get nodeCount(): number {
    return this.#ways.topology.nodeCount;
  }

  /** The node at which a memory or a DMA engine sits. Errors: KPU_COMPONENT_ID. */
  nodeOf(kind: NetworkClient, id: number): number {
    const { config } = this.#parts;
    const count = kind === "dma" ? config.dmaEngines.count : memoryCount(config, kind);
    const name = kind === "dma" ? moverNames.dma : memoryNames[kind];
    if (!Number.isInteger(id) || id < 0 || id >= count) throw componentIdError(name, id, count);
    return nodeOf(config.network, kind, id, count);
  }

  /** The nodes that data passes from one to another, both included. Errors: KPU_COMPONENT_ID. */
  nodesBetween(from: number, to: number): readonly number[] {
    const { topology } = this.#ways;
    for (const node of [from, to]) {
      if (Number.isInteger(node) && node >= 0 && node < topology.nodeCount) continue;
      throw componentIdError("network node", node, topology.nodeCount);
    }
    return [from, ...topology.way(from, to).map((link) => topology.links[link]?.to ?? from)];
  }

  /** Every link, in order of the node from which it leads, with what has passed it. */
  links(): readonly NetworkLinkFigures[] {
    const { config, engine, totals } = this.#parts;
    return this.#ways.topology.links.map((link, number) => {
      const bytes = totals.portBytes[this.#ways.firstPort + number] ?? 0;
      const busyCycles = bytes / config.network.linkBytesPerCycle;
      return { ...link, bytes, busyCycles, utilization: engine.cycle === 0 ? 0 : busyCycles / engine.cycle };
    });
  }
}

/** The handle of a machine's network; undefined without one. */
export function networkOf(parts: NetworkParts): Network | undefined {
  return parts.network === undefined ? undefined : new Network(parts, parts.network);
}

function memoryCount(config: ResolvedConfig, kind: Exclude<NetworkClient, "dma">): number {
  const count = memoryClasses(config)[memoryKinds.indexOf(kind)]?.count;
  if (count !== undefined) return count;
  throw new KpuError("KPU_ARGUMENT", `nothing of the kind '${String(kind)}' sits in a network`);
}
