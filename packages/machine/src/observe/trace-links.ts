import type { ResolvedConfig } from "../config/machine-config.ts";
import { memoryClasses } from "../config/memory-classes.ts";
import { nestConfig } from "../config/nest-config.ts";
import { requireSensible } from "../config/validate.ts";
import { KpuError } from "../errors.ts";
import { type ConnectedMachine, type ConnectedSystem, connectedSystem } from "../interconnect/connected-system.ts";
import type { LinkRange } from "../interconnect/link-lists.ts";
import type { LinkDirection } from "../interconnect/links.ts";
import type { TraceOrigin } from "./trace-origin.ts";

/** A link that transfers of a trace may have passed, in one direction. */
export type TraceLink = {
  /** `network link 3 to 7`, `link from host`, `link to other KPUs`; in a group with its machine in front: `KPU 1 link to host`. */
  readonly name: string;
  /** Of the on-chip network, to the host, or between machines. */
  readonly kind: "network" | "host" | "peer";
  readonly machine: number;
  readonly bytesPerCycle: number;
};

const directionNames: Readonly<Record<LinkDirection, string>> = {
  fromHost: "from host",
  toHost: "to host",
  fromPeers: "from other KPUs",
  toPeers: "to other KPUs",
};
const none = new Int32Array(0);

/**
 * The links between the memories of a trace. Which of them a transfer has passed follows from its ends and its engine, and so stands in no event: the ways
 * are those that the machines take, made anew from their configurations.
 */
export class TraceLinks {
  /** Of each machine those of its network, then those to the host and to other machines. */
  readonly links: readonly TraceLink[];
  readonly #origin: TraceOrigin;
  readonly #system: ConnectedSystem | undefined;
  /** Place in `links` by port, counted from the first port of a link. */
  readonly #placeOf: Int32Array;
  /** Places by where a list of ports begins. */
  readonly #known = new Map<number, Int32Array>();

  constructor(origin: TraceOrigin) {
    this.#origin = origin;
    this.#system = systemOf(origin);
    const { found, placeOf } = this.#system === undefined ? { found: [], placeOf: none } : linksOf(this.#system);
    this.links = found;
    this.#placeOf = placeOf;
  }

  /** Places in `links` of those that a unit's transfer from one memory to another passes, all by number; of anything else nothing. */
  passedBy(unit: number, source: number, destination: number): Int32Array {
    if (this.#system === undefined) return none;
    const { kind, id = 0, machine = 0 } = this.#origin.units[unit] ?? {};
    if (kind === undefined || kind === "tile" || kind === "vector") return none;
    if (Math.max(source, destination) >= this.#origin.memories.length) return none;
    const { interconnect, machines } = this.#system;
    const range = linksBetween(machines[machine], source, destination, kind === "dma" ? id : undefined);
    if (range === undefined || range.first === range.end) return none;
    const known = this.#known.get(range.first);
    if (known !== undefined) return known;
    const ports = interconnect.lists.ports.subarray(range.first, range.end);
    const places = ports.map((port) => this.#placeOf[port - interconnect.regions.count] ?? 0);
    this.#known.set(range.first, places);
    return places;
  }
}

/** Where the links of a way stand. A damaged file may have transfers that no engine can carry out: those pass nothing. */
function linksBetween(
  machine: ConnectedMachine | undefined,
  source: number,
  destination: number,
  dma: number | undefined,
): LinkRange | undefined {
  try {
    return machine?.routes.between(source, destination, dma).links;
  } catch (error) {
    if (error instanceof KpuError) return undefined;
    throw error;
  }
}

/** The machines' memories and links; undefined where there are no links, and for configurations that do not fit the trace, as in a damaged file. */
function systemOf(origin: TraceOrigin): ConnectedSystem | undefined {
  const { configs, memories, links } = origin;
  if (links === undefined && configs.every((config) => config["network_topology"] === "none")) return undefined;
  if (links !== undefined && links.host.length !== configs.length) return undefined;
  try {
    const resolved = configs.map(nestConfig);
    for (const config of resolved) requireSensible(config);
    // Counted first: a damaged file may name far more memories than it has.
    return memoryCountOf(resolved) === memories.length ? connectedSystem(resolved, links) : undefined;
  } catch (error) {
    if (error instanceof KpuError) return undefined;
    throw error;
  }
}

/** The host's memories are the same for all machines. */
function memoryCountOf(configs: readonly ResolvedConfig[]): number {
  const counts = configs.flatMap((config, machine) =>
    memoryClasses(config).map(({ kind, count }) => (kind === "host" && machine > 0 ? 0 : count)),
  );
  return counts.reduce((sum, count) => sum + count, 0);
}

function linksOf(system: ConnectedSystem): { readonly found: readonly TraceLink[]; readonly placeOf: Int32Array } {
  const { interconnect, machines, unitsPerByte } = system;
  const { regions, links, networks, portWidths } = interconnect;
  const placeOf = new Int32Array(portWidths.length - regions.count);
  const found: TraceLink[] = [];
  const add = (port: number, name: string, kind: TraceLink["kind"], machine: number): void => {
    const prefix = machines.length > 1 ? `KPU ${machine} ` : "";
    const bytesPerCycle = (portWidths[port] ?? 0) / Number(unitsPerByte);
    placeOf[port - regions.count] = found.push({ name: `${prefix}${name}`, kind, machine, bytesPerCycle }) - 1;
  };
  for (const machine of machines.keys()) {
    const network = networks[machine];
    for (const [number, { from, to }] of network?.topology.links.entries() ?? []) {
      add((network?.firstPort ?? 0) + number, `network link ${from} to ${to}`, "network", machine);
    }
    for (const direction of links?.directions ?? []) {
      const kind = direction === "fromHost" || direction === "toHost" ? "host" : "peer";
      add(links?.port(machine, direction) ?? 0, `link ${directionNames[direction]}`, kind, machine);
    }
  }
  return { found, placeOf };
}
