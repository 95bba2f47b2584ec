/**
 * What the reference knows of a configuration: the nested fields of the machine's public configuration with their defaults,
 * resolved into plain numbers. Written anew from the published table, so that a wrong default in the engine is seen.
 */

export type MemoryKind = "host" | "external" | "l3" | "l2" | "scratchpad";
export type Dataflow = "output_stationary" | "weight_stationary" | "input_stationary";
/** The reference knows no DRAM, so none of its own machines is at cycle fidelity. */
export type Fidelity = "transaction" | "functional" | "cycle";
export type HazardPolicy = "record" | "raise" | "off";

interface MemoryTiming {
  readonly bandwidthGbps?: number;
  readonly latencyCycles?: number;
  readonly base?: number;
}

interface InstanceTiming {
  readonly bandwidthGbps?: number;
  readonly latencyCycles?: number;
}
type OffChipInstance = InstanceTiming & { readonly capacityMb?: number };
type OnChipInstance = InstanceTiming & { readonly capacityKb?: number };
type OnChipConfig = MemoryTiming & {
  readonly count?: number;
  readonly capacityKb?: number;
  readonly instances?: readonly OnChipInstance[];
};
interface MoverConfig {
  readonly count?: number;
  readonly bandwidthGbps?: number;
  readonly instances?: readonly { readonly bandwidthGbps?: number }[];
}

export interface NetworkHardware {
  readonly topology: "none" | "mesh" | "ring";
  readonly columns: number;
  readonly rows: number;
  readonly linkBytesPerCycle: number;
  readonly hopLatencyCycles: number;
}

export interface HostLinkHardware {
  readonly type: "none" | "pcie";
  readonly pcieGeneration: number;
  readonly pcieLanes: number;
  readonly pcieMaxPayloadBytes: number;
  readonly pciePacketsInFlight: number;
  readonly pcieLatencyNs: number;
}

export interface HardwareConfig {
  readonly hostMemory?: MemoryTiming & {
    readonly regionCount?: number;
    readonly regionCapacityMb?: number;
    readonly instances?: readonly OffChipInstance[];
  };
  readonly externalMemory?: MemoryTiming & {
    readonly bankCount?: number;
    readonly bankCapacityMb?: number;
    readonly instances?: readonly OffChipInstance[];
  };
  readonly l3Tiles?: OnChipConfig;
  readonly l2Banks?: OnChipConfig;
  readonly scratchpads?: OnChipConfig;
  readonly computeTiles?: {
    readonly count?: number;
    readonly rows?: number;
    readonly cols?: number;
    readonly systolic?: boolean;
    readonly dataflow?: Dataflow;
    readonly operandBits?: number;
    readonly instances?: readonly { readonly rows?: number; readonly cols?: number }[];
  };
  readonly vectorUnits?: { readonly width?: number; readonly pipelineDepth?: number };
  readonly dmaEngines?: MoverConfig;
  readonly blockMovers?: MoverConfig;
  readonly streamers?: { readonly count?: number };
  readonly network?: Partial<NetworkHardware>;
  readonly hostLink?: Partial<HostLinkHardware>;
  readonly clockGhz?: number;
  readonly fidelity?: Fidelity;
  readonly hazardPolicy?: HazardPolicy;
}

/** One host region, bank, tile or scratchpad, which need not be like the others of its level. */
interface LevelRegion {
  readonly capacityBytes: number;
  readonly bandwidthGbps: number;
  readonly latencyCycles: number;
}

/** One level of the chain host - external - L3 - L2 - scratchpad. */
export interface Level {
  readonly kind: MemoryKind;
  readonly count: number;
  readonly capacityBytes: number;
  readonly bandwidthGbps: number;
  readonly latencyCycles: number;
  /** 0 means automatic. */
  readonly configuredBase: number;
  /** All of them, by id; the figures above are what a region has that says nothing else. */
  readonly regions: readonly LevelRegion[];
}

/** The array of a tile. */
export interface TileArray {
  readonly rows: number;
  readonly cols: number;
  readonly systolic: boolean;
}

export interface Hardware {
  /** In chain order, host first. */
  readonly levels: readonly Level[];
  readonly tileCount: number;
  /** What a streamer moves in a cycle, and the array of a tile that says nothing else. */
  readonly rows: number;
  readonly cols: number;
  readonly systolic: boolean;
  /** By id. */
  readonly tiles: readonly TileArray[];
  readonly dataflow: Dataflow;
  /** What a processing element takes of each operand a cycle, and so the unit in which streamers move. */
  readonly operandBits: number;
  readonly vectorUnits: { readonly width: number; readonly pipelineDepth: number };
  readonly dmaCount: number;
  readonly dmaBandwidthGbps: number;
  /** By id. */
  readonly dmaBandwidthsGbps: readonly number[];
  readonly blockMoverCount: number;
  readonly blockMoverBandwidthGbps: number;
  readonly blockMoverBandwidthsGbps: readonly number[];
  readonly streamerCount: number;
  readonly network: NetworkHardware;
  readonly hostLink: HostLinkHardware;
  readonly clockGhz: number;
  readonly fidelity: Fidelity;
  readonly hazardPolicy: HazardPolicy;
}

const kilobyte = 2 ** 10;
const megabyte = 2 ** 20;

/** An empty list says nothing. */
function listed<T>(instances: readonly T[] | undefined): readonly T[] | undefined {
  return instances?.length === 0 ? undefined : instances;
}

/** A list of instances that are all alike is a class whose figures these are. */
function commonOf<T extends object>(list: readonly T[]): T | undefined {
  const [first] = list;
  return list.every((each) => JSON.stringify(each) === JSON.stringify(first)) ? first : undefined;
}

function level(
  kind: MemoryKind,
  count: number,
  capacityBytes: number,
  timing: (MemoryTiming & { readonly instances?: readonly (OffChipInstance & OnChipInstance)[] }) | undefined,
  defaultBandwidthGbps: number,
  defaultLatencyCycles: number,
): Level {
  const alike: LevelRegion = {
    capacityBytes,
    bandwidthGbps: timing?.bandwidthGbps ?? defaultBandwidthGbps,
    latencyCycles: timing?.latencyCycles ?? defaultLatencyCycles,
  };
  const regions = listed(timing?.instances)?.map(
    ({ capacityMb, capacityKb, bandwidthGbps, latencyCycles }): LevelRegion => ({
      capacityBytes:
        capacityMb !== undefined ? capacityMb * megabyte : (capacityKb ?? capacityBytes / kilobyte) * kilobyte,
      bandwidthGbps: bandwidthGbps ?? alike.bandwidthGbps,
      latencyCycles: latencyCycles ?? alike.latencyCycles,
    }),
  );
  return {
    kind,
    ...(commonOf(regions ?? []) ?? alike),
    count: regions?.length ?? count,
    configuredBase: timing?.base ?? 0,
    regions: regions ?? Array.from({ length: count }, () => alike),
  };
}

function movers(config: MoverConfig | undefined, defaultCount: number, defaultGbps: number): readonly number[] {
  const gbps = config?.bandwidthGbps ?? defaultGbps;
  const alike = Array.from({ length: config?.count ?? defaultCount }, () => gbps);
  return listed(config?.instances)?.map((each) => each.bandwidthGbps ?? gbps) ?? alike;
}

export function resolveHardware(config: HardwareConfig): Hardware {
  const { hostMemory: host, externalMemory: external, l3Tiles: l3, l2Banks: l2, scratchpads, computeTiles } = config;
  const { rows = 16, cols = 16, systolic = true, operandBits = 32 } = computeTiles ?? {};
  const array: TileArray = { rows, cols, systolic };
  const alike = Array.from({ length: computeTiles?.count ?? 2 }, () => array);
  const tiles = listed(computeTiles?.instances)?.map(({ rows = array.rows, cols = array.cols }) => ({
    ...array,
    rows,
    cols,
  }));
  const [dmas, blockMovers] = [movers(config.dmaEngines, 2, 100), movers(config.blockMovers, 4, 64)];
  return {
    levels: [
      level("host", host?.regionCount ?? 1, (host?.regionCapacityMb ?? 4096) * megabyte, host, 50, 500),
      level("external", external?.bankCount ?? 2, (external?.bankCapacityMb ?? 1024) * megabyte, external, 100, 100),
      level("l3", l3?.count ?? 4, (l3?.capacityKb ?? 128) * kilobyte, l3, 400, 20),
      level("l2", l2?.count ?? 8, (l2?.capacityKb ?? 64) * kilobyte, l2, 800, 10),
      level("scratchpad", scratchpads?.count ?? 2, (scratchpads?.capacityKb ?? 64) * kilobyte, scratchpads, 1600, 5),
    ],
    ...(commonOf(tiles ?? []) ?? array),
    tiles: tiles ?? alike,
    tileCount: (tiles ?? alike).length,
    dataflow: computeTiles?.dataflow ?? "output_stationary",
    operandBits,
    vectorUnits: { width: 8, pipelineDepth: 3, ...config.vectorUnits },
    dmaCount: dmas.length,
    dmaBandwidthGbps: config.dmaEngines?.bandwidthGbps ?? 100,
    dmaBandwidthsGbps: dmas,
    blockMoverCount: blockMovers.length,
    blockMoverBandwidthGbps: config.blockMovers?.bandwidthGbps ?? 64,
    blockMoverBandwidthsGbps: blockMovers,
    streamerCount: config.streamers?.count ?? 8,
    network: { topology: "none", columns: 4, rows: 4, linkBytesPerCycle: 64, hopLatencyCycles: 1, ...config.network },
    hostLink: {
      type: "none",
      pcieGeneration: 4,
      pcieLanes: 16,
      pcieMaxPayloadBytes: 256,
      pciePacketsInFlight: 64,
      pcieLatencyNs: 200,
      ...config.hostLink,
    },
    clockGhz: config.clockGhz ?? 1,
    fidelity: config.fidelity ?? "transaction",
    hazardPolicy: config.hazardPolicy ?? "record",
  };
}

/** An end of a path: the place of its level in the chain, and its own latency. */
interface PathEnd {
  readonly level: number;
  readonly latencyCycles: number;
}

/** Rule 4. The ends count with their own latencies, levels between them with that of the level; direction does not matter. */
export function pathLatencyBetween(levels: readonly Level[], from: PathEnd, to: PathEnd): number {
  const between = levels.slice(Math.min(from.level, to.level) + 1, Math.max(from.level, to.level));
  const sum = between.reduce((total, each) => total + each.latencyCycles, from.latencyCycles + to.latencyCycles);
  return Math.max(1, sum);
}

/** Rule 4 between instances that say nothing of their own. `from` and `to` are places in the chain. */
export function pathLatencyCycles(levels: readonly Level[], from: number, to: number): number {
  const end = (place: number): PathEnd => ({ level: place, latencyCycles: levels[place]?.latencyCycles ?? 0 });
  return pathLatencyBetween(levels, end(from), end(to));
}
