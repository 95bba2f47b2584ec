import { peerWindowBytes } from "./address-map/address-map.ts";
import type { MachineConfig, ResolvedConfig } from "./config/machine-config.ts";
import { hex, KpuError } from "./errors.ts";
import { type LinkConfig, ownHostLink } from "./interconnect/links.ts";
import { type Machine, machineOfGroup } from "./machine.ts";
import { type MachineParts, resolveConfig, systemParts } from "./machine-parts.ts";
import { linkFigures } from "./observe/link-figures.ts";
import type { Figures } from "./observe/statistics.ts";

/** Machines, and how they are connected. */
export type GroupConfig = {
  /** Clock, fidelity, hazard policy, `timingOnly`, host memory and, at cycle fidelity, the kind of DRAM must be the same for all. */
  readonly machines: readonly MachineConfig[];
  /** Between the host and each machine; one for all, or one for each. A machine whose configuration has a `hostLink` of its own has that. */
  readonly hostLink: LinkConfig | readonly LinkConfig[];
  /** From machine to machine without the host; without it they go through the links of the host. */
  readonly peerLink?: LinkConfig | undefined;
};

const mostMachines = 256;
/** What one engine has for all. */
const sharedFields = ["clockGhz", "fidelity", "timingOnly", "hazardPolicy"] as const;

/**
 * Machines that share the host's memories, one engine and one clock: running one runs all, and so does a reset. Each has an address
 * space of its own and sees the memories of machine n from `(n + 1) * 2 ** 44` on (docs/timing-model.md, rules 33 to 35).
 */
export class MachineGroup {
  readonly config: GroupConfig;
  readonly machines: readonly Machine[];
  readonly #parts: readonly MachineParts[];

  /** Errors: KPU_CONFIG, with the number of the machine that is wrong. */
  constructor(config: GroupConfig) {
    const { machines, hostLink, peerLink } = config;
    this.config = config;
    if (machines.length < 1 || machines.length > mostMachines) {
      throw configError(`a group has 1 to ${mostMachines} machines, got ${machines.length}`);
    }
    const configs = machines.map((config, machine) => resolveMember(config, machine));
    for (const [machine, config] of configs.entries()) requireSame(configs[0] ?? config, config, machine);
    const hostLinks: readonly LinkConfig[] = "bandwidthGbps" in hostLink ? configs.map(() => hostLink) : hostLink;
    if (hostLinks.length !== configs.length) {
      throw configError(`there are ${configs.length} machines but ${hostLinks.length} links to the host`);
    }
    for (const [machine, link] of hostLinks.entries()) requireLink(link, `the host link of KPU ${machine}`);
    if (peerLink !== undefined) requireLink(peerLink, "the peer link");
    const host = hostLinks.map((link, machine) => {
      const own = configs[machine];
      return (own === undefined ? undefined : ownHostLink(own)) ?? { fromHost: link, toHost: link };
    });
    this.#parts = systemParts(configs, { host, peer: peerLink }, true);
    for (const [machine, { map }] of this.#parts.entries()) {
      const end = Math.max(...map.classes.map(({ base, totalBytes }) => base + totalBytes));
      if (end > peerWindowBytes) {
        throw configError(`the memories of KPU ${machine} end at ${hex(end)}, above ${hex(peerWindowBytes)}`);
      }
    }
    this.machines = this.#parts.map(machineOfGroup);
  }

  /** A machine by number. Errors: KPU_COMPONENT_ID. */
  machine(id: number): Machine {
    const machine = this.machines[id];
    if (machine !== undefined) return machine;
    throw new KpuError("KPU_COMPONENT_ID", `KPU ${id} does not exist: valid ids are 0 to ${this.machines.length - 1}`);
  }

  get cycle(): number {
    return this.machine(0).cycle;
  }

  get isIdle(): boolean {
    return this.machine(0).isIdle;
  }

  /** Runs all machines until no work is outstanding; see `Machine.runUntilIdle`. */
  runUntilIdle(): void {
    this.machine(0).runUntilIdle();
  }

  /** An address of one machine's own memories as every machine of the group may name it. Errors: KPU_COMPONENT_ID, KPU_ADDRESS_UNMAPPED. */
  sharedAddress(id: number, address: number): number {
    this.machine(id);
    const map = this.#parts[id]?.map;
    const { region } = map?.locate(address, 0, "own") ?? { region: 0 };
    return map?.kindOf(region) === "host" ? address : address + (id + 1) * peerWindowBytes;
  }

  /** What has passed the links, by machine: names as in `Machine.linkStatistics`. */
  linkStatistics(): readonly Figures[] {
    return this.#parts.map(linkFigures);
  }
}

function resolveMember(config: MachineConfig, machine: number): ResolvedConfig {
  try {
    return resolveConfig(config);
  } catch (error) {
    if (!(error instanceof KpuError)) throw error;
    throw new KpuError(error.code, `KPU ${machine}: ${error.message}`, { ...error.details, machine });
  }
}

function requireSame(first: ResolvedConfig, config: ResolvedConfig, machine: number): void {
  for (const field of sharedFields) {
    if (config[field] === first[field]) continue;
    throw configError(
      `${field} of KPU ${machine} is ${String(config[field])} but ${String(first[field])} for KPU 0: one engine and one clock serve all`,
    );
  }
  const { dramPart, dramFigures } = first.externalMemory;
  if (config.fidelity === "cycle" && config.externalMemory.dramFigures !== dramFigures) {
    throw configError(
      `dramFigures of KPU ${machine} are '${config.externalMemory.dramFigures}' but '${dramFigures}' for KPU 0: all DRAM of a group has one clock`,
    );
  }
  if (config.fidelity === "cycle" && config.externalMemory.dramPart !== dramPart) {
    throw configError(
      `dramPart of KPU ${machine} is ${config.externalMemory.dramPart} but ${dramPart} for KPU 0: all DRAM of a group has one clock`,
    );
  }
  if (JSON.stringify(config.hostMemory) !== JSON.stringify(first.hostMemory)) {
    throw configError(`the host memory of KPU ${machine} is not that of KPU 0: they share the host's`);
  }
}

function requireLink({ bandwidthGbps, latencyCycles }: LinkConfig, name: string): void {
  if (!(bandwidthGbps > 0 && Number.isFinite(bandwidthGbps))) {
    throw configError(`${name} must move a positive number of GB/s, got ${bandwidthGbps}`);
  }
  if (!(Number.isInteger(latencyCycles) && latencyCycles >= 0 && latencyCycles <= 2 ** 30)) {
    throw configError(`${name} must have a latency of 0 to 2**30 whole cycles, got ${latencyCycles}`);
  }
}

function configError(message: string): KpuError {
  return new KpuError("KPU_CONFIG", message, { reason: "value" });
}
