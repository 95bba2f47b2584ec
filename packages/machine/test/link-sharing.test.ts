import fc from "fast-check";
import { expect, test } from "vitest";
import { EventQueue } from "../src/engine/event-queue.ts";
import { PortSharing } from "../src/engine/port-sharing.ts";
import { fuzzParameters } from "./random/runs.ts";
import { type PortUser, PortSharing as ReferenceSharing } from "./reference/port-sharing.ts";

const memoryPorts = 4;
const linkPorts = 4;

type Transfer = {
  readonly mover: number;
  readonly joinsAt: number;
  readonly source: number;
  readonly destination: number;
  readonly links: readonly number[];
  readonly width: number;
  readonly units: number;
};

/** Rule 3: with the factor 2 every amount is even, so that half a port is whole. */
const even = (most: number): fc.Arbitrary<number> => fc.integer({ min: 1, max: most / 2 }).map((half) => 2 * half);
const anyTransfer = fc.record({
  joinsAt: fc.nat(30),
  source: fc.nat(memoryPorts - 1),
  destination: fc.nat(memoryPorts - 1),
  links: fc.uniqueArray(fc.integer({ min: memoryPorts, max: memoryPorts + linkPorts - 1 }), { maxLength: 2 }),
  width: even(20),
  units: even(400),
});
const anyWidths = fc.array(
  fc.integer({ min: 1, max: 12 }).map((half) => 2 * half),
  {
    minLength: memoryPorts + linkPorts,
    maxLength: memoryPorts + linkPorts,
  },
);

/** The last cycle of beats of every transfer, by the rules cycle by cycle. */
function stepped(transfers: readonly Transfer[], widths: readonly number[]): readonly number[] {
  const sharing = new ReferenceSharing(widths.map(BigInt));
  const users: PortUser[] = transfers.map((each, sequence) => ({
    sequence,
    engineNumber: each.mover,
    engineWidth: BigInt(each.width),
    sourcePort: each.source,
    destinationPort: each.destination,
    links: each.links,
    remaining: BigInt(each.units),
  }));
  const ends = transfers.map(() => -1);
  for (let cycle = 0; ends.includes(-1); cycle++) {
    const present = users.filter((user, index) => user.remaining > 0n && (transfers[index]?.joinsAt ?? 0) <= cycle);
    sharing.serveCycle(present);
    for (const user of present) if (user.remaining === 0n) ends[user.sequence] = cycle + 1;
  }
  return ends;
}

/** The same by the engine's sharing of ports. */
function byEvents(transfers: readonly Transfer[], widths: readonly number[]): readonly number[] {
  const count = transfers.length;
  const events = new EventQueue(2 * count);
  const sharing = new PortSharing(count, Float64Array.from(widths), events, count);
  const joins = transfers.toSorted((a, b) => a.joinsAt - b.joinsAt);
  const ends = transfers.map(() => -1);
  const done = new Int32Array(count);
  while (ends.includes(-1)) {
    const cycle = Math.min(joins[0]?.joinsAt ?? Number.POSITIVE_INFINITY, events.earliest);
    while (events.earliest === cycle) {
      const entity = events.pop();
      if (entity < count) {
        sharing.completeFree(entity);
        ends[entity] = cycle;
      } else {
        const doneCount = sharing.complete(entity, done, 0);
        for (const mover of done.subarray(0, doneCount)) ends[mover] = cycle;
      }
    }
    while (joins[0]?.joinsAt === cycle) {
      const join = joins.shift();
      if (join === undefined) break;
      const [first = -1, second = -1] = join.links;
      // What links move is in the width already.
      const width = Math.min(join.width, ...join.links.map((link) => widths[link] ?? 0));
      sharing.join(join.mover, join.source, join.destination, first, second, width, join.units);
    }
    sharing.regroup(cycle);
  }
  return ends;
}

test("transfers that share links as well as ports end when the rules say, cycle by cycle", () => {
  fc.assert(
    fc.property(fc.array(anyTransfer, { minLength: 1, maxLength: 8 }), anyWidths, (drawn, widths) => {
      // No copy within one port goes over a link.
      const transfers = drawn.map((each, mover) => ({
        ...each,
        mover,
        links: each.source === each.destination ? [] : each.links,
      }));
      expect(byEvents(transfers, widths)).toEqual(stepped(transfers, widths));
    }),
    fuzzParameters(400),
  );
});
