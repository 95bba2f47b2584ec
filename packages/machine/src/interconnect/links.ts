import type { ResolvedConfig } from "../config/machine-config.ts";
import { unitsPerCycle } from "../config/widths.ts";

/** A link: what it moves in each direction, and the cycles that it adds to whatever passes it. */
export type LinkConfig = { readonly bandwidthGbps: number; readonly latencyCycles: number };

/** How the machines of a system are connected. */
export type SystemLinks = {
  /** Between the host and each machine. */
  readonly host: readonly LinkConfig[];
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

  get hasPeerLinks(): boolean {
    return this.#configs.peer !== undefined;
  }

  get portCount(): number {
    return this.#configs.host.length * portCount;
  }

  port(machine: number, direction: LinkDirection): number {
    return this.#firstPort + machine * portCount + portsOfMachine[direction];
  }

  configOf(machine: number, direction: LinkDirection): LinkConfig {
    const { host, peer } = this.#configs;
    const isHostLink = direction === "fromHost" || direction === "toHost";
    const config = isHostLink ? host[machine] : peer;
    if (config === undefined) throw new RangeError(`machine ${machine} has no such link`);
    return config;
  }

  /** Puts the widths of all ports behind those of the regions. */
  fillWidths(portWidths: Float64Array, config: ResolvedConfig, unitsPerByte: bigint): void {
    for (const machine of this.#configs.host.keys()) {
      for (const direction of ["fromHost", "toHost", "fromPeers", "toPeers"] as const) {
        if (direction.endsWith("Peers") && !this.hasPeerLinks) continue;
        const { bandwidthGbps } = this.configOf(machine, direction);
        portWidths[this.port(machine, direction)] = unitsPerCycle(bandwidthGbps, config, unitsPerByte);
      }
    }
  }
}
