import { Machine, TraceLinks } from "kpu-sim";
import { expect, test } from "vitest";
import { type Lane, lanesOf } from "../timeline/lanes.ts";
import { pairedLanes } from "./paired-lanes.ts";

function lanesFor(config: ConstructorParameters<typeof Machine>[0], open: readonly string[]): readonly Lane[] {
  const origin = new Machine(config).traceOrigin();
  return lanesOf({ origin, links: new TraceLinks(origin).links }, new Set(open), new Set());
}

const titlesOf = (lanes: readonly (Lane | undefined)[]): readonly string[] =>
  lanes.map((lane) => (lane === undefined ? "-" : lane.title));

test("lanes of alike components stand side by side, whatever the numbers of units are", () => {
  const open = ["dma", "blockMover"];
  const a = lanesFor({ dmaEngines: { count: 1 }, blockMovers: { count: 3 } }, open);
  const b = lanesFor({ dmaEngines: { count: 2 }, blockMovers: { count: 1 } }, open);
  const pairs = pairedLanes(a, b).slice(0, 7);
  expect(titlesOf(pairs.map((pair) => pair.a))).toEqual([
    "DMA engines",
    "dma 0",
    "-",
    "Block movers",
    "block mover 0",
    "block mover 1",
    "block mover 2",
  ]);
  expect(titlesOf(pairs.map((pair) => pair.b))).toEqual([
    "DMA engines",
    "dma 0",
    "dma 1",
    "Block movers",
    "block mover 0",
    "-",
    "-",
  ]);
});

test("a group that one machine lacks has its place, and no lane is lost", () => {
  const open = ["streamer", "ports l2"];
  const [a, b] = [lanesFor({}, open), lanesFor({ streamers: { count: 0 }, l2Banks: { count: 3 } }, open)];
  for (const [one, other] of [
    [a, b],
    [b, a],
  ] as const) {
    const pairs = pairedLanes(one, other);
    expect(pairs.map((pair) => pair.a).filter((lane) => lane !== undefined)).toEqual(one);
    expect(pairs.map((pair) => pair.b).filter((lane) => lane !== undefined)).toEqual(other);
    for (const pair of pairs) if (pair.a && pair.b) expect(pair.a.title).toBe(pair.b.title);
  }
});
