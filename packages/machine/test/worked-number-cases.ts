import type { HardwareConfig, MemoryKind } from "./reference/hardware.ts";
import type { LayoutPair } from "./reference/layout.ts";

/** The worked numbers of the timing rules as data: every row of their tables, run on the reference and on the machine. */

export interface Place {
  readonly kind: MemoryKind;
  readonly id: number;
  readonly offset?: number;
}

export interface PlannedTransfer {
  readonly engine: "dma" | "block mover" | "streamer";
  readonly id: number;
  readonly from: Place;
  readonly to: Place;
  /** Either this or a layout. */
  readonly bytes?: number;
  readonly layout?: LayoutPair;
  readonly stream?: "rows" | "columns";
  readonly staggerLanes?: number;
}

export interface TransferCase {
  readonly name: string;
  readonly config: HardwareConfig;
  /** All issued at cycle 0, in this order. */
  readonly transfers: readonly PlannedTransfer[];
  /** Completion cycles, transfer by transfer. */
  readonly completeAt: readonly number[];
}

const host: Place = { kind: "host", id: 0 };
const bank0: Place = { kind: "external", id: 0 };
const bank1: Place = { kind: "external", id: 1 };
const l3: Place = { kind: "l3", id: 0 };
const l2: Place = { kind: "l2", id: 0 };
const scratchpad0: Place = { kind: "scratchpad", id: 0 };
const scratchpad1: Place = { kind: "scratchpad", id: 1 };

function at(place: Place, offset: number): Place {
  return { ...place, offset };
}

function one(
  name: string,
  config: HardwareConfig,
  from: Place,
  to: Place,
  bytes: number,
  cycles: number,
): TransferCase {
  return { name, config, transfers: [{ engine: "dma", id: 0, from, to, bytes }], completeAt: [cycles] };
}

function externalGbps(bandwidthGbps: number): HardwareConfig {
  return { externalMemory: { bandwidthGbps } };
}

const noLatency: HardwareConfig = {
  hostMemory: { latencyCycles: 0 },
  externalMemory: { latencyCycles: 0 },
  l3Tiles: { latencyCycles: 0 },
  l2Banks: { latencyCycles: 0 },
  scratchpads: { latencyCycles: 0 },
};

const single: readonly TransferCase[] = [
  one("E to S, 1024 B (the seed document)", {}, bank0, scratchpad0, 1024, 145),
  one("E to S, 1024 B at 50 GB/s", externalGbps(50), bank0, scratchpad0, 1024, 155),
  one("E to S, 1024 B at 34 GB/s", externalGbps(34), bank0, scratchpad0, 1024, 165),
  one("E to S, 1024 B at 200 GB/s, the engine is narrowest", externalGbps(200), bank0, scratchpad0, 1024, 145),
  one("E to S, 1024 B, 100 GB/s at 0.9 GHz", { clockGhz: 0.9 }, bank0, scratchpad0, 1024, 144),
  one("E to S, 1024 B, 34 GB/s at 0.9 GHz", { ...externalGbps(34), clockGhz: 0.9 }, bank0, scratchpad0, 1024, 162),
  one("E to S, 0 B", {}, bank0, scratchpad0, 0, 135),
  one("E to S, 1 B", {}, bank0, scratchpad0, 1, 135),
  one("E to S, 100 B", {}, bank0, scratchpad0, 100, 135),
  one("E to S, 101 B", {}, bank0, scratchpad0, 101, 136),
  one("E to S, 1024 B, all latencies 0", noLatency, bank0, scratchpad0, 1024, 11),
  one("host to S, 1024 B", {}, host, scratchpad0, 1024, 655),
  one("host to E, 64 KiB", {}, host, bank0, 65536, 1910),
  one("E to L3, 1024 B", {}, bank0, l3, 1024, 130),
  one("L2 to S, 1024 B", {}, l2, scratchpad0, 1024, 25),
  {
    name: "block mover L3 to L2, 4096 B",
    config: {},
    transfers: [{ engine: "block mover", id: 0, from: l3, to: l2, bytes: 4096 }],
    completeAt: [93],
  },
  {
    name: "streamer L2 to S, 4096 B",
    config: {},
    transfers: [{ engine: "streamer", id: 0, from: l2, to: scratchpad0, bytes: 4096 }],
    completeAt: [78],
  },
  one("bank 0 to bank 1, 1024 B", {}, bank0, bank1, 1024, 210),
  one("bank 0 to bank 0, 1024 B", {}, bank0, at(bank0, 4096), 1024, 220),
  one("L3 tile to the same tile, 1024 B", {}, l3, at(l3, 4096), 1024, 50),
];

/** `count` engines, one transfer each from bank 0 to a stretch of scratchpad 0 of its own. */
function crowd(
  name: string,
  config: HardwareConfig,
  count: number,
  bytes: number,
  completeAt: readonly number[],
): TransferCase {
  const transfers = Array.from({ length: count }, (_, id): PlannedTransfer => {
    return { engine: "dma", id, from: at(bank0, id * bytes), to: at(scratchpad0, id * bytes), bytes };
  });
  return { name, config: { ...config, dmaEngines: { count } }, transfers, completeAt };
}

const several: readonly TransferCase[] = [
  {
    name: "2 x 1024 B on one engine",
    config: {},
    transfers: [
      { engine: "dma", id: 0, from: bank0, to: scratchpad0, bytes: 1024 },
      { engine: "dma", id: 0, from: bank0, to: at(scratchpad0, 1024), bytes: 1024 },
    ],
    completeAt: [145, 290],
  },
  crowd("2 engines, same bank, 1024 B", {}, 2, 1024, [155, 155]),
  crowd("3 engines, same bank, 1024 B", {}, 3, 1024, [165, 165, 165]),
  crowd("4 engines, same bank, 1024 B", {}, 4, 1024, [175, 175, 175, 175]),
  crowd("4 engines, same bank, 1000 B", {}, 4, 1000, [171, 172, 173, 174]),
  crowd("4 engines, same bank, 8000 B", {}, 4, 8000, [451, 452, 453, 454]),
  crowd("4 engines, 34 GB/s, 1024 B", externalGbps(34), 4, 1024, [255, 255, 255, 255]),
  crowd("2 engines, 0.9 GHz, 1024 B", { clockGhz: 0.9 }, 2, 1024, [153, 153]),
  {
    name: "2 engines, two banks",
    config: {},
    transfers: [
      { engine: "dma", id: 0, from: bank0, to: scratchpad0, bytes: 1024 },
      { engine: "dma", id: 1, from: bank1, to: at(scratchpad0, 1024), bytes: 1024 },
    ],
    completeAt: [145, 145],
  },
  {
    name: "E to S and S1 to E, 1000 B",
    config: {},
    transfers: [
      { engine: "dma", id: 0, from: bank0, to: scratchpad0, bytes: 1000 },
      { engine: "dma", id: 1, from: scratchpad1, to: at(bank0, 4096), bytes: 1000 },
    ],
    completeAt: [153, 154],
  },
  {
    name: "engine 0 E to S 8000 B; engine 1 E to bank 1, 1000 B",
    config: {},
    transfers: [
      { engine: "dma", id: 0, from: bank0, to: scratchpad0, bytes: 8000 },
      { engine: "dma", id: 1, from: at(bank0, 8000), to: bank1, bytes: 1000 },
    ],
    completeAt: [224, 219],
  },
];

export const transferCases: readonly TransferCase[] = [...single, ...several];

export interface ProductCase {
  readonly m: number;
  readonly n: number;
  readonly k: number;
  /** Output-, weight-, input-stationary, then without systolic mode; on a 16 x 16 array. */
  readonly cycles: readonly [number, number, number, number];
}

export const productCases: readonly ProductCase[] = [
  { m: 1, n: 1, k: 1, cycles: [31, 47, 47, 1] },
  { m: 16, n: 16, k: 16, cycles: [46, 62, 62, 4096] },
  { m: 17, n: 16, k: 16, cycles: [92, 63, 124, 4352] },
  { m: 64, n: 64, k: 64, cycles: [1504, 1760, 1760, 262144] },
];

/** In the order of a product case's cycles. */
export const productConfigs: readonly (readonly [string, HardwareConfig])[] = [
  ["output-stationary", { computeTiles: { dataflow: "output_stationary" } }],
  ["weight-stationary", { computeTiles: { dataflow: "weight_stationary" } }],
  ["input-stationary", { computeTiles: { dataflow: "input_stationary" } }],
  ["non-systolic", { computeTiles: { systolic: false } }],
];

export interface MapCase {
  readonly name: string;
  readonly config: HardwareConfig;
  /** Bases of host, external, L3, L2 and scratchpad 0. */
  readonly bases: readonly [number, number, number, number, number];
}

const defaultBases = [0x0, 0x1_0000_0000, 0x1_8000_0000, 0x1_8008_0000, 0x1_8010_0000] as const;
const grownHostBases = [0x0, 0x1_8000_0000, 0x2_0000_0000, 0x2_0008_0000, 0x2_0010_0000] as const;
const seedScript: HardwareConfig = {
  externalMemory: { bankCount: 2, bankCapacityMb: 64 },
  scratchpads: { count: 2, capacityKb: 256 },
};

export const mapCases: readonly MapCase[] = [
  { name: "default", config: {}, bases: defaultBases },
  { name: "the seed's script", config: seedScript, bases: defaultBases },
  { name: "host 4097 MB", config: { hostMemory: { regionCapacityMb: 4097 } }, bases: grownHostBases },
  { name: "host 6144 MB", config: { hostMemory: { regionCapacityMb: 6144 } }, bases: grownHostBases },
  {
    name: "3 x 1024 MB external",
    config: { externalMemory: { bankCount: 3 } },
    bases: [0x0, 0x1_0000_0000, 0x2_0000_0000, 0x2_0008_0000, 0x2_0010_0000],
  },
  {
    name: "external_memory_base 0x500000000",
    config: { externalMemory: { base: 0x5_0000_0000 } },
    bases: [0x0, 0x5_0000_0000, 0x5_8000_0000, 0x5_8008_0000, 0x5_8010_0000],
  },
];
