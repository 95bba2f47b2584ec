import fc from "fast-check";
import type { HardwareConfig } from "../reference/hardware.ts";

/** Configurations whose regions lie anywhere, also over each other or beyond the address space, and whose figures may be too fine. */

const base = fc.oneof(
  { weight: 4, arbitrary: fc.constant(0) },
  { weight: 2, arbitrary: fc.nat({ max: 40 }).map((steps) => steps * 0x2000_0000) },
  { weight: 1, arbitrary: fc.nat({ max: 40 }).map((steps) => 0x1_8000_0000 + steps * 1024) },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: 64 }).map((steps) => 2 ** 53 - steps * 65_536) },
);
const count = fc.integer({ min: 0, max: 3 });
const megabytes = fc.constantFrom(1, 512, 1024, 2047, 2048, 4096, 4097);
const kilobytes = fc.constantFrom(1, 64, 128, 1_048_576, 2_097_152);

/** Regions of unlike sizes, some as large as the class says; their number is that of the list. */
const unlikeMb = fc.array(fc.oneof(fc.constant({}), fc.record({ capacityMb: megabytes })), {
  minLength: 1,
  maxLength: 4,
});
const unlikeKb = fc.array(fc.oneof(fc.constant({}), fc.record({ capacityKb: kilobytes })), {
  minLength: 1,
  maxLength: 4,
});
const onChip = fc.oneof(
  { weight: 2, arbitrary: fc.record({ count, capacityKb: kilobytes, base }) },
  { weight: 1, arbitrary: fc.record({ instances: unlikeKb, capacityKb: kilobytes, base }) },
);

export const randomMap: fc.Arbitrary<HardwareConfig> = fc.record({
  // A machine without any host or external memory is refused for another reason than its map.
  hostMemory: fc.oneof(
    fc.record({ regionCount: fc.integer({ min: 1, max: 3 }), regionCapacityMb: megabytes, base }),
    fc.record({ instances: unlikeMb, regionCapacityMb: megabytes, base }),
  ),
  externalMemory: fc.oneof(
    fc.record({ bankCount: count, bankCapacityMb: megabytes, base }),
    fc.record({ instances: unlikeMb, bankCapacityMb: megabytes, base }),
  ),
  l3Tiles: onChip,
  l2Banks: onChip,
  scratchpads: onChip,
  blockMovers: fc.constant({ count: 0 }),
  streamers: fc.constant({ count: 0 }),
});

const decimals = fc
  .tuple(fc.integer({ min: 1, max: 99_999 }), fc.integer({ min: 0, max: 5 }))
  .map(([digits, places]) => Number(`${digits}e-${places}`));

/** Bandwidths and clocks of up to five decimals, with every kind of memory present. */
export const randomRates: fc.Arbitrary<HardwareConfig> = fc.record({
  hostMemory: fc.record({ regionCapacityMb: fc.constantFrom(1, 4096), bandwidthGbps: decimals }),
  externalMemory: fc.record({ bandwidthGbps: decimals, bankCapacityMb: fc.constantFrom(1, 64) }),
  l3Tiles: fc.record({ bandwidthGbps: decimals }),
  dmaEngines: fc.record({ bandwidthGbps: decimals }),
  blockMovers: fc.record({ bandwidthGbps: decimals }),
  clockGhz: fc.oneof(fc.constantFrom(1, 0.5, 0.9, 1.3), decimals),
});
