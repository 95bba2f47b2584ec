import { describe, expect, test } from "vitest";
import { NetworkTopology } from "./network-topology.ts";

const meshes = [
  [1, 1],
  [2, 1],
  [1, 5],
  [4, 4],
  [7, 3],
] as const;
const ringSizes = [
  [1, 1],
  [2, 1],
  [3, 1],
  [4, 1],
  [3, 3],
  [4, 4],
] as const;

function pairsOf(nodeCount: number): readonly (readonly [number, number])[] {
  const nodes = Array.from({ length: nodeCount }, (_, node) => node);
  return nodes.flatMap((from) => nodes.map((to) => [from, to] as const));
}

/** The links of a way lead from one of its nodes to the next. */
function expectConnected({ links }: NetworkTopology, way: readonly number[], from: number, to: number): void {
  const ends = way.map((link) => links[link]);
  expect(ends.map((link) => link?.from)).toEqual([from, ...ends.map((link) => link?.to)].slice(0, way.length));
  expect(ends.at(-1)?.to ?? from).toBe(to);
}

/** Whether no link can wait for itself over others: each may wait for the one that comes after it on some way. */
function hasNoCircle(topology: NetworkTopology): boolean {
  const after = topology.links.map(() => new Set<number>());
  for (const [from, to] of pairsOf(topology.nodeCount)) {
    const way = topology.way(from, to);
    for (const [index, link] of way.entries()) {
      const next = way[index + 1];
      if (next !== undefined) after[link]?.add(next);
    }
  }
  const left = new Set(topology.links.keys());
  for (let before = -1; before !== left.size; ) {
    before = left.size;
    for (const link of left) if (![...(after[link] ?? [])].some((next) => left.has(next))) left.delete(link);
  }
  return left.size === 0;
}

describe.each(meshes)("a mesh of %i x %i nodes", (columns, rows) => {
  const topology = new NetworkTopology({ topology: "mesh", columns, rows });

  test("has a link in each direction between neighbours", () => {
    expect(topology.links).toHaveLength(2 * ((columns - 1) * rows + columns * (rows - 1)));
  });

  test("has ways as short as can be, first along the row and then along the column", () => {
    let longest = 0;
    for (const [from, to] of pairsOf(topology.nodeCount)) {
      const way = topology.way(from, to);
      expectConnected(topology, way, from, to);
      const across = Math.abs((to % columns) - (from % columns));
      const down = Math.abs(Math.floor(to / columns) - Math.floor(from / columns));
      expect(way).toHaveLength(across + down);
      const isAlongRow = way.map((link) => {
        const { from: start, to: end } = topology.links[link] ?? { from: 0, to: 0 };
        return Math.floor(start / columns) === Math.floor(end / columns);
      });
      expect(isAlongRow).toEqual([...Array(across).fill(true), ...Array(down).fill(false)]);
      longest = Math.max(longest, way.length);
    }
    expect(topology.diameter).toBe(longest);
  });

  test("has an order in which no links wait for each other in a circle", () => {
    expect(hasNoCircle(topology)).toBe(true);
  });
});

describe.each(ringSizes)("a ring of %i x %i nodes", (columns, rows) => {
  const topology = new NetworkTopology({ topology: "ring", columns, rows });
  const size = columns * rows;

  test("has ways round the shorter side, upwards where both are as long", () => {
    let longest = 0;
    for (const [from, to] of pairsOf(size)) {
      const way = topology.way(from, to);
      expectConnected(topology, way, from, to);
      const upwards = (to - from + size) % size;
      expect(way).toHaveLength(Math.min(upwards, size - upwards));
      const first = topology.links[way[0] ?? -1];
      if (first !== undefined) expect(first.to).toBe((from + (2 * upwards <= size ? 1 : size - 1)) % size);
      longest = Math.max(longest, way.length);
    }
    expect(topology.diameter).toBe(longest);
  });
});

test("the judge of circles finds the one of a large ring, whose links need budgets instead of an order", () => {
  expect(hasNoCircle(new NetworkTopology({ topology: "ring", columns: 6, rows: 1 }))).toBe(false);
});
