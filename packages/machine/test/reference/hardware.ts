/**
 * What the reference knows of a configuration: the nested fields of the machine's public configuration with their defaults,
 * resolved into plain numbers. Written anew from the published table, so that a wrong default in the engine is seen.
 */

export type MemoryKind = "host" | "external" | "l3" | "l2" | "scratchpad";
export type Dataflow = "output_stationary" | "weight_stationary" | "input_stationary";
export type Fidelity = "transaction" | "functional";
export type HazardPolicy = "record" | "raise" | "off";

interface MemoryTiming {
  readonly bandwidthGbps?: number;
  readonly latencyCycles?: number;
  readonly base?: number;
}

export interface HardwareConfig {
  readonly hostMemory?: MemoryTiming & { readonly regionCount?: number; readonly regionCapacityMb?: number };
  readonly externalMemory?: MemoryTiming & { readonly bankCount?: number; readonly bankCapacityMb?: number };
  readonly l3Tiles?: MemoryTiming & { readonly count?: number; readonly capacityKb?: number };
  readonly l2Banks?: MemoryTiming & { readonly count?: number; readonly capacityKb?: number };
  readonly scratchpads?: MemoryTiming & { readonly count?: number; readonly capacityKb?: number };
  readonly computeTiles?: {
    readonly count?: number;
    readonly rows?: number;
    readonly cols?: number;
    readonly systolic?: boolean;
    readonly dataflow?: Dataflow;
  };
  readonly vectorUnits?: { readonly width?: number; readonly pipelineDepth?: number };
  readonly dmaEngines?: { readonly count?: number; readonly bandwidthGbps?: number };
  readonly blockMovers?: { readonly count?: number; readonly bandwidthGbps?: number };
  readonly streamers?: { readonly count?: number };
  readonly clockGhz?: number;
  readonly fidelity?: Fidelity;
  readonly hazardPolicy?: HazardPolicy;
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
}

export interface Hardware {
  /** In chain order, host first. */
  readonly levels: readonly Level[];
  readonly tileCount: number;
  readonly rows: number;
  readonly cols: number;
  readonly systolic: boolean;
  readonly dataflow: Dataflow;
  readonly vectorUnits: { readonly width: number; readonly pipelineDepth: number };
  readonly dmaCount: number;
  readonly dmaBandwidthGbps: number;
  readonly blockMoverCount: number;
  readonly blockMoverBandwidthGbps: number;
  readonly streamerCount: number;
  readonly clockGhz: number;
  readonly fidelity: Fidelity;
  readonly hazardPolicy: HazardPolicy;
}

const kilobyte = 2 ** 10;
const megabyte = 2 ** 20;

function level(
  kind: MemoryKind,
  count: number,
  capacityBytes: number,
  timing: MemoryTiming | undefined,
  defaultBandwidthGbps: number,
  defaultLatencyCycles: number,
): Level {
  return {
    kind,
    count,
    capacityBytes,
    bandwidthGbps: timing?.bandwidthGbps ?? defaultBandwidthGbps,
    latencyCycles: timing?.latencyCycles ?? defaultLatencyCycles,
    configuredBase: timing?.base ?? 0,
  };
}

export function resolveHardware(config: HardwareConfig): Hardware {
  const { hostMemory: host, externalMemory: external, l3Tiles: l3, l2Banks: l2, scratchpads, computeTiles } = config;
  return {
    levels: [
      level("host", host?.regionCount ?? 1, (host?.regionCapacityMb ?? 4096) * megabyte, host, 50, 500),
      level("external", external?.bankCount ?? 2, (external?.bankCapacityMb ?? 1024) * megabyte, external, 100, 100),
      level("l3", l3?.count ?? 4, (l3?.capacityKb ?? 128) * kilobyte, l3, 400, 20),
      level("l2", l2?.count ?? 8, (l2?.capacityKb ?? 64) * kilobyte, l2, 800, 10),
      level("scratchpad", scratchpads?.count ?? 2, (scratchpads?.capacityKb ?? 64) * kilobyte, scratchpads, 1600, 5),
    ],
    tileCount: computeTiles?.count ?? 2,
    rows: computeTiles?.rows ?? 16,
    cols: computeTiles?.cols ?? 16,
    systolic: computeTiles?.systolic ?? true,
    dataflow: computeTiles?.dataflow ?? "output_stationary",
    vectorUnits: { width: config.vectorUnits?.width ?? 8, pipelineDepth: config.vectorUnits?.pipelineDepth ?? 3 },
    dmaCount: config.dmaEngines?.count ?? 2,
    dmaBandwidthGbps: config.dmaEngines?.bandwidthGbps ?? 100,
    blockMoverCount: config.blockMovers?.count ?? 4,
    blockMoverBandwidthGbps: config.blockMovers?.bandwidthGbps ?? 64,
    streamerCount: config.streamers?.count ?? 8,
    clockGhz: config.clockGhz ?? 1,
    fidelity: config.fidelity ?? "transaction",
    hazardPolicy: config.hazardPolicy ?? "record",
  };
}

/** Rule 4. `from` and `to` are places in the chain; direction does not matter. */
export function pathLatencyCycles(levels: readonly Level[], from: number, to: number): number {
  const latencies = levels.map((each) => each.latencyCycles);
  const onPath =
    from === to ? [latencies[from], latencies[to]] : latencies.slice(Math.min(from, to), Math.max(from, to) + 1);
  const sum = onPath.reduce<number>((total, latency) => total + (latency ?? 0), 0);
  return Math.max(1, sum);
}
