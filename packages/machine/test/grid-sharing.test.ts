import fc from "fast-check";
import { expect, test } from "vitest";
import { fuzzParameters } from "./random/runs.ts";
import { type BeatPhase, endsByEvents, endsByRules } from "./random/shared-ports.ts";

/** Rule 3: with the factor 2 every amount is even, so that half a port is whole. */
const even = (most: number): fc.Arbitrary<number> => fc.integer({ min: 1, max: most / 2 }).map((half) => 2 * half);
const restoredAt = fc.option(fc.nat(150), { nil: undefined });

/** Two streams to each tile of a grid, from the bank of its row and from that of its column, in bursts as products want them. */
const anyGrid = fc.record({
  rows: fc.integer({ min: 1, max: 6 }),
  cols: fc.integer({ min: 1, max: 6 }),
  bankWidths: fc.array(even(60), { minLength: 12, maxLength: 12 }),
  tileWidth: fc.oneof(even(40), fc.constant(400)),
  streamWidths: fc.constantFrom([16, 16], [16, 8]),
  units: fc.oneof(even(60), even(1500)),
  starts: fc.array(fc.nat(40), { minLength: 12, maxLength: 12 }),
  /** Some streams are late, so that groups fall apart and come together. */
  late: fc.array(fc.nat(30), { minLength: 72, maxLength: 72 }),
});

test("streams of a grid of tiles, one group through many banks, end when the rules say", () => {
  fc.assert(
    fc.property(anyGrid, restoredAt, ({ rows, cols, bankWidths, tileWidth, streamWidths, units, starts, late }, at) => {
      const firstTile = rows + cols;
      const widths = [...bankWidths.slice(0, firstTile), ...Array.from({ length: rows * cols }, () => tileWidth)];
      const phases = Array.from({ length: 2 * rows * cols }, (_, mover): BeatPhase => {
        const tile = mover >> 1;
        const source = mover % 2 === 0 ? Math.floor(tile / cols) : rows + (tile % cols);
        const joinsAt = (starts[source] ?? 0) + ((late[mover] ?? 0) > 24 ? (late[mover] ?? 0) : 0);
        const width = streamWidths[mover % 2] ?? 2;
        return { mover, joinsAt, source, destination: firstTile + tile, links: [], width, units };
      });
      expect(endsByEvents(phases, widths, at)).toEqual(endsByRules(phases, widths));
    }),
    fuzzParameters(150),
  );
});

const anyFunnelUser = fc.record({
  joinsAt: fc.nat(80),
  /** Most go through the narrow port 0 to the wider ports 1 and 2; some use only one of these, or copy within one. */
  way: fc.constantFrom([0, 1], [0, 1], [0, 1], [0, 2], [1, 0], [1, 2], [0, 3], [0, 0], [1, 1], [2, 3]),
  dropsAt: fc.option(fc.nat(200), { nil: undefined, freq: 8 }),
  width: fc.oneof(fc.constant(20), even(20)),
  units: fc.oneof(even(60), even(2000)),
});

test("transfers through a narrow port to wider ones that are tight, too, end when the rules say", () => {
  fc.assert(
    fc.property(
      fc.array(anyFunnelUser, { minLength: 2, maxLength: 40 }),
      fc.tuple(even(24), even(60), even(60)),
      restoredAt,
      (drawn, [narrow, wide, wider], at) => {
        const phases = drawn.map(({ way: [source = 0, destination = 0], dropsAt, ...each }, mover): BeatPhase => {
          const phase = { ...each, mover, source, destination, links: [] };
          return dropsAt === undefined || dropsAt <= each.joinsAt ? phase : { ...phase, dropsAt };
        });
        const widths = [narrow, narrow + wide, narrow + wider, 4000];
        expect(endsByEvents(phases, widths, at)).toEqual(endsByRules(phases, widths));
      },
    ),
    fuzzParameters(200),
  );
});
