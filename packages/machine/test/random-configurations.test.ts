import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Implementation, theMachine, theReference } from "./implementations.ts";
import { memoryKinds, regionAt } from "./places.ts";
import { randomMap, randomRates } from "./random/maps.ts";
import { fuzzParameters, fuzzTimeoutMs } from "./random/runs.ts";
import { type HardwareConfig, resolveHardware } from "./reference/hardware.ts";

/** The base of every region, or undefined where the configuration is refused. */
function basesOf(implementation: Implementation, config: HardwareConfig): readonly number[] | undefined {
  const counts = resolveHardware(config).levels.map((level) => level.count);
  try {
    const machine = implementation.create(config);
    return memoryKinds.flatMap((kind, index) =>
      Array.from({ length: counts[index] ?? 0 }, (_, id) => regionAt(machine, kind, id).base),
    );
  } catch {
    return undefined;
  }
}

/** When a transfer of 1000 bytes from bank to scratchpad completes, or undefined where the configuration is refused. */
function completionOf(implementation: Implementation, config: HardwareConfig): number | undefined {
  try {
    const machine = implementation.create(config);
    const [source, destination] = [machine.external(0).base, machine.scratchpad(0).base];
    machine.dma(0).transfer({ source, destination, bytes: 7 });
    machine.dma(1).transfer({ source: machine.host(0).base, destination, bytes: 5 });
    machine.runUntil(20_000);
    machine.blockMover(0).transfer({ source: machine.l3(0).base, destination: machine.external(0).base, bytes: 9 });
    machine.runUntilIdle();
    return machine.cycle;
  } catch {
    return undefined;
  }
}

describe("random configurations", () => {
  it(
    "have the reference's address map, or are refused by both (rules 1 and 2)",
    () => {
      const property = fc.property(randomMap, (config) => {
        expect(basesOf(theMachine, config)).toEqual(basesOf(theReference, config));
      });
      fc.assert(property, fuzzParameters(500));
    },
    fuzzTimeoutMs,
  );

  it(
    "count in the reference's exact amounts, or are refused by both (rule 3)",
    () => {
      const bounded = randomRates.filter((config) => {
        const { levels, clockGhz, dmaBandwidthGbps, blockMoverBandwidthGbps } = resolveHardware(config);
        const slowest = Math.min(
          ...levels.map((level) => level.bandwidthGbps),
          dmaBandwidthGbps,
          blockMoverBandwidthGbps,
        );
        // Below this, the cycles of the slowest transfer are too many to step through one by one.
        return slowest / clockGhz > 0.005;
      });
      const property = fc.property(bounded, (config) => {
        expect(completionOf(theMachine, config)).toBe(completionOf(theReference, config));
      });
      fc.assert(property, fuzzParameters(40));
    },
    fuzzTimeoutMs,
  );
});
