import fc from "fast-check";
import type { Dataflow, HardwareConfig } from "../reference/hardware.ts";

/** Small machines with awkward figures: odd bandwidths and clocks, latencies down to none, engines of unlike widths. */

const gbps = fc.constantFrom(0.7, 3.3, 5, 7.25, 10, 12.8, 16, 34, 50, 100);
const latencyCycles = fc.integer({ min: 0, max: 7 });
const someOrNone = fc.integer({ min: 0, max: 3 });
const some = fc.integer({ min: 1, max: 4 });
const edge = fc.integer({ min: 1, max: 5 });
const dataflows: readonly Dataflow[] = ["output_stationary", "weight_stationary", "input_stationary"];

const timing = { bandwidthGbps: gbps, latencyCycles };
const onChip = { ...timing, capacityKb: fc.integer({ min: 1, max: 4 }) };

const anyHardware: fc.Arbitrary<HardwareConfig> = fc.record({
  hostMemory: fc.record({ ...timing, regionCount: someOrNone, regionCapacityMb: fc.constantFrom(1, 2) }),
  externalMemory: fc.record({ ...timing, bankCount: some, bankCapacityMb: fc.constantFrom(1, 2) }),
  l3Tiles: fc.record({ ...onChip, count: someOrNone }),
  l2Banks: fc.record({ ...onChip, count: someOrNone }),
  scratchpads: fc.record({ ...onChip, count: some }),
  computeTiles: fc.record({
    count: some,
    rows: edge,
    cols: edge,
    systolic: fc.boolean(),
    dataflow: fc.constantFrom(...dataflows),
    operandBits: fc.constantFrom(32, 32, 16, 8),
  }),
  vectorUnits: fc.record({ width: edge, pipelineDepth: fc.nat({ max: 4 }) }),
  dmaEngines: fc.record({ count: some, bandwidthGbps: gbps }),
  blockMovers: fc.record({ count: someOrNone, bandwidthGbps: gbps }),
  streamers: fc.record({ count: someOrNone }),
  clockGhz: fc.constantFrom(0.9, 1, 1.3, 1.75),
});

/** Networks whose links are often narrower than what they connect. */
const anyNetwork = fc.record({
  topology: fc.constantFrom("mesh" as const, "ring" as const, "none" as const),
  columns: fc.integer({ min: 1, max: 4 }),
  rows: fc.integer({ min: 1, max: 3 }),
  linkBytesPerCycle: fc.constantFrom(1, 3, 8, 17, 64),
  hopLatencyCycles: fc.nat({ max: 3 }),
});

/** Narrow links to the host, which also round their latency. */
const anyHostLink = fc.record({
  type: fc.constantFrom("none" as const, "pcie" as const),
  pcieGeneration: fc.integer({ min: 1, max: 6 }),
  pcieLanes: fc.constantFrom(1, 2, 16),
  pcieMaxPayloadBytes: fc.constantFrom(128, 512),
  pciePacketsInFlight: fc.constantFrom(1, 2, 1000),
  pcieLatencyNs: fc.constantFrom(0.3, 2, 17.5),
});

const mostInstances = 4;
const instanceTiming = { bandwidthGbps: gbps, latencyCycles };
type Entry = Readonly<Record<string, number>>;

/** In some machines, a list of entries that say some of their figures themselves. */
function perhaps(figures: Readonly<Record<string, fc.Arbitrary<number>>>): fc.Arbitrary<readonly Entry[] | undefined> {
  const keys = Object.keys(figures);
  const entry = fc
    .tuple(fc.tuple(...Object.values(figures)), fc.subarray(keys))
    .map(
      ([values, said]): Entry =>
        Object.fromEntries(
          keys.map((key, index) => [key, values[index] ?? 0] as const).filter(([key]) => said.includes(key)),
        ),
    );
  return fc.option(fc.array(entry, { minLength: mostInstances, maxLength: mostInstances }), {
    nil: undefined,
    freq: 3,
  });
}

/** What the first instances of each class say of their own, where they do. */
const anyInstances = fc.record({
  host: perhaps({ ...instanceTiming, capacityMb: fc.constantFrom(1, 2) }),
  external: perhaps({ ...instanceTiming, capacityMb: fc.constantFrom(1, 2) }),
  l3: perhaps({ ...instanceTiming, capacityKb: fc.integer({ min: 1, max: 4 }) }),
  l2: perhaps({ ...instanceTiming, capacityKb: fc.integer({ min: 1, max: 4 }) }),
  scratchpads: perhaps({ ...instanceTiming, capacityKb: fc.integer({ min: 1, max: 4 }) }),
  tiles: perhaps({ rows: edge, cols: edge }),
  dmas: perhaps({ bandwidthGbps: gbps }),
  blockMovers: perhaps({ bandwidthGbps: gbps }),
});

type Unlike<T> = { readonly instances?: readonly T[] };

/** The list for as many instances as there are. */
function listFor<T>(entries: readonly T[] | undefined, count: number | undefined): Unlike<T> {
  return entries === undefined || count === undefined || count === 0 ? {} : { instances: entries.slice(0, count) };
}

type Instances = typeof anyInstances extends fc.Arbitrary<infer T> ? T : never;

/** The same machine with instances that are not alike. */
function withInstances(config: HardwareConfig, instances: Instances): HardwareConfig {
  const { host, external, l3, l2, scratchpads, tiles, dmas, blockMovers } = instances;
  return {
    ...config,
    hostMemory: { ...config.hostMemory, ...listFor(host, config.hostMemory?.regionCount) },
    externalMemory: { ...config.externalMemory, ...listFor(external, config.externalMemory?.bankCount) },
    l3Tiles: { ...config.l3Tiles, ...listFor(l3, config.l3Tiles?.count) },
    l2Banks: { ...config.l2Banks, ...listFor(l2, config.l2Banks?.count) },
    scratchpads: { ...config.scratchpads, ...listFor(scratchpads, config.scratchpads?.count) },
    computeTiles: { ...config.computeTiles, ...listFor(tiles, config.computeTiles?.count) },
    dmaEngines: { ...config.dmaEngines, ...listFor(dmas, config.dmaEngines?.count) },
    blockMovers: { ...config.blockMovers, ...listFor(blockMovers, config.blockMovers?.count) },
  };
}

/** Instances without capacities of their own. */
function withoutCapacities(instances: Instances): Instances {
  const stripped = (entries: readonly Entry[] | undefined): readonly Entry[] | undefined =>
    entries?.map((entry) => Object.fromEntries(Object.entries(entry).filter(([key]) => !key.startsWith("capacity"))));
  return {
    ...instances,
    l3: stripped(instances.l3),
    l2: stripped(instances.l2),
    scratchpads: stripped(instances.scratchpads),
  };
}

/** The machine refuses movers whose levels it does not have, so there are none then. */
function withoutStrandedMovers(config: HardwareConfig): HardwareConfig {
  const hasL3 = config.l3Tiles?.count !== 0;
  const hasL2 = config.l2Banks?.count !== 0;
  return {
    ...config,
    ...(hasL3 && hasL2 ? {} : { blockMovers: { ...config.blockMovers, count: 0 } }),
    ...(hasL2 ? {} : { streamers: { count: 0 } }),
  };
}

/** Fidelity and hazard policy are left to the test. There is at least one bank, one scratchpad, one tile and one DMA engine. */
export const randomHardware: fc.Arbitrary<HardwareConfig> = fc
  .tuple(anyHardware, anyInstances)
  .map(([config, instances]) => withInstances(withoutStrandedMovers(config), instances));

/** One or two regions of a kind and many engines, so that ports are shared by several most of the time. */
export const crowdedHardware: fc.Arbitrary<HardwareConfig> = fc
  .tuple(anyHardware, fc.array(fc.integer({ min: 1, max: 2 }), { minLength: 5, maxLength: 5 }), anyInstances)
  .map(([config, [hosts = 1, banks = 1, l3 = 1, l2 = 1, scratchpads = 1], instances]) =>
    withInstances(
      {
        ...config,
        hostMemory: { ...config.hostMemory, regionCount: hosts },
        externalMemory: { ...config.externalMemory, bankCount: banks },
        l3Tiles: { ...config.l3Tiles, count: l3, capacityKb: 64 },
        l2Banks: { ...config.l2Banks, count: l2, capacityKb: 64 },
        scratchpads: { ...config.scratchpads, count: scratchpads, capacityKb: 64 },
        dmaEngines: { ...config.dmaEngines, count: 4 },
        blockMovers: { ...config.blockMovers, count: 3 },
        streamers: { count: 3 },
      },
      withoutCapacities(instances),
    ),
  );

/** The same machines with an on-chip network, and half of them with a link to the host. */
export function withNetwork(hardware: fc.Arbitrary<HardwareConfig>): fc.Arbitrary<HardwareConfig> {
  return fc
    .tuple(hardware, anyNetwork, anyHostLink)
    .map(([config, network, hostLink]) => ({ ...config, network, hostLink }));
}

/** Half of them with one. */
export function mayHaveNetwork(hardware: fc.Arbitrary<HardwareConfig>): fc.Arbitrary<HardwareConfig> {
  return fc.oneof(hardware, withNetwork(hardware));
}
