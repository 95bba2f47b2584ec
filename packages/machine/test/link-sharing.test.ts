import fc from "fast-check";
import { expect, test } from "vitest";
import { fuzzParameters } from "./random/runs.ts";
import { type BeatPhase, endsByEvents, endsByRules } from "./random/shared-ports.ts";

const memoryPorts = 4;
const linkPorts = 6;

/** Rule 3: with the factor 2 every amount is even, so that half a port is whole. */
const even = (most: number): fc.Arbitrary<number> => fc.integer({ min: 1, max: most / 2 }).map((half) => 2 * half);
const anyTransfer = fc.record({
  joinsAt: fc.nat(30),
  source: fc.nat(memoryPorts - 1),
  destination: fc.nat(memoryPorts - 1),
  links: fc.uniqueArray(fc.integer({ min: memoryPorts, max: memoryPorts + linkPorts - 1 }), { maxLength: 5 }),
  width: even(20),
  units: even(400),
});
const anyWidths = fc.array(even(24), { minLength: memoryPorts + linkPorts, maxLength: memoryPorts + linkPorts });

test("transfers that share links as well as ports end when the rules say, cycle by cycle", () => {
  fc.assert(
    fc.property(fc.array(anyTransfer, { minLength: 1, maxLength: 8 }), anyWidths, (drawn, widths) => {
      // No copy within one port goes over a link.
      const transfers = drawn.map((each, mover) => ({
        ...each,
        mover,
        links: each.source === each.destination ? [] : each.links,
      }));
      expect(endsByEvents(transfers, widths)).toEqual(endsByRules(transfers, widths));
    }),
    fuzzParameters(400),
  );
});

/** Ports of very unlike widths, so that some users of a group are slowed down at one port, some at several, and some at none. */
const unlikeWidths = fc.array(fc.oneof(even(12), even(200), fc.constant(4000)), { minLength: 20, maxLength: 20 });
const anyOfMany = fc.record({
  joinsAt: fc.nat(60),
  dropsAt: fc.option(fc.nat(200), { nil: undefined, freq: 8 }),
  source: fc.nat(7),
  destination: fc.nat(7),
  // Three ways of several links, which have some of them in common, and single links.
  links: fc.oneof(
    fc.constantFrom([8, 9, 10], [9, 10, 11, 12], [12, 8], []),
    fc.integer({ min: 8, max: 19 }).map((link) => [link]),
  ),
  width: even(20),
  units: fc.oneof(even(60), even(2000)),
});

test("groups of many engines, in several parts, end when the rules say, also where some are taken out", () => {
  fc.assert(
    fc.property(
      fc.array(anyOfMany, { minLength: 8, maxLength: 70 }),
      unlikeWidths,
      fc.option(fc.nat(150), { nil: undefined }),
      (drawn, widths, restoredAt) => {
        const transfers = drawn.map(({ dropsAt, ...each }, mover): BeatPhase => {
          const links = each.source === each.destination ? [] : each.links;
          const phase = { ...each, mover, links };
          return dropsAt === undefined || dropsAt <= each.joinsAt ? phase : { ...phase, dropsAt };
        });
        expect(endsByEvents(transfers, widths, restoredAt)).toEqual(endsByRules(transfers, widths));
      },
    ),
    fuzzParameters(60),
  );
});
