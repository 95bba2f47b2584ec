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
  }),
  vectorUnits: fc.record({ width: edge, pipelineDepth: fc.nat({ max: 4 }) }),
  dmaEngines: fc.record({ count: some, bandwidthGbps: gbps }),
  blockMovers: fc.record({ count: someOrNone, bandwidthGbps: gbps }),
  streamers: fc.record({ count: someOrNone }),
  clockGhz: fc.constantFrom(0.9, 1, 1.3, 1.75),
});

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
export const randomHardware: fc.Arbitrary<HardwareConfig> = anyHardware.map(withoutStrandedMovers);

/** One or two regions of a kind and many engines, so that ports are shared by several most of the time. */
export const crowdedHardware: fc.Arbitrary<HardwareConfig> = fc
  .tuple(anyHardware, fc.array(fc.integer({ min: 1, max: 2 }), { minLength: 5, maxLength: 5 }))
  .map(([config, [hosts = 1, banks = 1, l3 = 1, l2 = 1, scratchpads = 1]]) => ({
    ...config,
    hostMemory: { ...config.hostMemory, regionCount: hosts },
    externalMemory: { ...config.externalMemory, bankCount: banks },
    l3Tiles: { ...config.l3Tiles, count: l3, capacityKb: 64 },
    l2Banks: { ...config.l2Banks, count: l2, capacityKb: 64 },
    scratchpads: { ...config.scratchpads, count: scratchpads, capacityKb: 64 },
    dmaEngines: { ...config.dmaEngines, count: 4 },
    blockMovers: { ...config.blockMovers, count: 3 },
    streamers: { count: 3 },
  }));
