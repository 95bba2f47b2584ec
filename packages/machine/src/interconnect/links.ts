import type { ResolvedConfig } from "../config/machine-config.ts";
import { unitsPerCycle } from "../config/widths.ts";
import { pcieLink } from "./pcie.ts";

/** A link: what it moves in each direction, and the cycles that it adds to whatever passes it. */
export type LinkConfig = { readonly bandwidthGbps: number; readonly latencyCycles: number };

/** Between the host and a machine; the directions need not be alike. */
export type HostLink = { readonly fromHost: LinkConfig; readonly toHost: LinkConfig };

/** How the machines of a system are connected. */
export type SystemLinks = {
  /** Between the host and each machine. */
  readonly host: readonly HostLink[];
  /** Of each machine to the others, without the host; where there is none, they go through the host's links. */
  readonly peer: LinkConfig | undefined;
};

/** Ports of the links of one machine, beginning at its first: one for each direction. */
const portsOfMachine = { fromHost: 0, toHost: 1, fromPeers: 2, toPeers: 3 } as const;
export type LinkDirection = keyof typeof portsOfMachine;
const portCount = Object.keys(portsOfMachine).length;

/** The ports of all links of a system; they come after those of the regions. */
export class Links {
  readonly #configs: SystemLinks;
  readonly #firstPort: number;

  constructor(configs: SystemLinks, firstPort: number) {
    this.#configs = configs;
    this.#firstPort = firstPort;
  }

  /** What they were made of. */
  get configs(): SystemLinks {
    return this.#configs;
  }

  get hasPeerLinks(): boolean {
    return this.#configs.peer !== undefined;
  }

  get portCount(): number {
    return this.#configs.host.length * portCount;
  }

  /** The directions in which there are links. */
  get directions(): readonly LinkDirection[] {
    return this.hasPeerLinks ? ["fromHost", "toHost", "fromPeers", "toPeers"] : ["fromHost", "toHost"];
  }

  port(machine: number, direction: LinkDirection): number {
    return this.#firstPort + machine * portCount + portsOfMachine[direction];
  }

  configOf(machine: number, direction: LinkDirection): LinkConfig {
    const { host, peer } = this.#configs;
    const config = direction === "fromHost" || direction === "toHost" ? host[machine]?.[direction] : peer;
    if (config === undefined) throw new RangeError(`machine ${machine} has no such link`);
    return config;
  }

  /** Puts the widths of all ports behind those of the regions. */
  fillWidths(portWidths: Float64Array, config: ResolvedConfig, unitsPerByte: bigint): void {
    for (const machine of this.#configs.host.keys()) {
      for (const direction of this.directions) {
        const { bandwidthGbps } = this.configOf(machine, direction);
        portWidths[this.port(machine, direction)] = unitsPerCycle(bandwidthGbps, config, unitsPerByte);
      }
    }
  }
}

/** The link that a machine's configuration has between host and machine; undefined where the host is as near as other memory. */
export function ownHostLink({ hostLink, clockGhz }: ResolvedConfig): HostLink | undefined {
  return hostLink.type === "pcie" ? pcieLink(hostLink, clockGhz) : undefined;
}

/** The links of a machine by itself. */
export function ownLinks(config: ResolvedConfig): SystemLinks | undefined {
  const link = ownHostLink(config);
  return link === undefined ? undefined : { host: [link], peer: undefined };
}

/** The bandwidths of all links, GB/s. */
export function bandwidthsOf(links: SystemLinks | undefined): readonly number[] {
  if (links === undefined) return [];
  const all = [
    ...links.host.flatMap(({ fromHost, toHost }) => [fromHost, toHost]),
    ...(links.peer === undefined ? [] : [links.peer]),
  ];
  return all.map(({ bandwidthGbps }) => bandwidthGbps);
}
