import { describe, expect, it } from "vitest";
import { pathLatencyBetween, pathLatencyCycles, resolveHardware } from "./hardware.ts";
import { widthsOf } from "./widths.ts";

const [host, external, l3, l2, scratchpad] = [0, 1, 2, 3, 4];

describe("path latency (rule 4)", () => {
  const { levels } = resolveHardware({});

  it.each([
    [external, scratchpad, 135],
    [scratchpad, external, 135],
    [host, scratchpad, 635],
    [host, external, 600],
    [external, l3, 120],
    [l3, l2, 30],
    [l2, scratchpad, 15],
    [external, external, 200],
    [scratchpad, scratchpad, 10],
  ])("from level %d to level %d it is %d cycles", (from, to, cycles) => {
    expect(pathLatencyCycles(levels, from, to)).toBe(cycles);
  });

  it("counts a level that has no instances", () => {
    const withoutTiles = resolveHardware({ l3Tiles: { count: 0 }, l2Banks: { count: 0 } });
    expect(pathLatencyCycles(withoutTiles.levels, external, scratchpad)).toBe(135);
  });

  it("is at least 1", () => {
    const free = resolveHardware({ l2Banks: { latencyCycles: 0 }, scratchpads: { latencyCycles: 0 } });
    expect(pathLatencyCycles(free.levels, l2, scratchpad)).toBe(1);
    expect(pathLatencyCycles(free.levels, scratchpad, scratchpad)).toBe(1);
  });
});

describe("instances that are not alike", () => {
  const unlike = resolveHardware({
    externalMemory: { latencyCycles: 100, instances: [{ latencyCycles: 130 }, { capacityMb: 2 }] },
    l3Tiles: { instances: [{ latencyCycles: 25 }, {}] },
  });
  const end = (level: number, id: number) => ({
    level,
    latencyCycles: unlike.levels[level]?.regions[id]?.latencyCycles ?? 0,
  });

  it("count with their own latency at an end of a path, and with that of their level between", () => {
    expect(pathLatencyBetween(unlike.levels, end(external, 0), end(scratchpad, 0))).toBe(130 + 20 + 10 + 5);
    expect(pathLatencyBetween(unlike.levels, end(scratchpad, 1), end(external, 1))).toBe(100 + 20 + 10 + 5);
    expect(pathLatencyBetween(unlike.levels, end(l3, 0), end(l3, 1))).toBe(25 + 20);
  });

  it("are a class of their own figures where they are all alike", () => {
    const { levels } = resolveHardware({ l3Tiles: { instances: [{ latencyCycles: 25 }, { latencyCycles: 25 }] } });
    expect(pathLatencyCycles(levels, external, scratchpad)).toBe(100 + 25 + 10 + 5);
  });
});

describe("widths (rules 3 and 9)", () => {
  it("are exact at the default clock", () => {
    const widths = widthsOf(resolveHardware({}));
    expect(widths.partsPerByte).toBe(2n);
    expect(widths.ports).toEqual([100n, 200n, 800n, 1600n, 3200n]);
    expect([widths.dma, widths.blockMover, widths.streamerRows, widths.streamerColumns]).toEqual([
      200n,
      128n,
      128n,
      128n,
    ]);
  });

  it("are exact at an odd clock, which a streamer does not feel", () => {
    const widths = widthsOf(
      resolveHardware({ clockGhz: 0.9, externalMemory: { bandwidthGbps: 34 }, computeTiles: { rows: 3, cols: 5 } }),
    );
    // 340/9 bytes a cycle and the like: ninths, twice.
    expect(widths.partsPerByte).toBe(18n);
    expect(widths.ports[external]).toBe(680n);
    expect(widths.dma).toBe(2000n);
    expect(widths.streamerRows).toBe(5n * 4n * 18n);
    expect(widths.streamerColumns).toBe(3n * 4n * 18n);
  });

  it("refuse a configuration that would not count in exact integers", () => {
    const fine = { externalMemory: { bandwidthGbps: 0.1234567 } };
    expect(() => widthsOf(resolveHardware(fine))).toThrow("too many");
    const small = { ...fine, hostMemory: { regionCapacityMb: 1 } };
    expect(() =>
      widthsOf(resolveHardware({ ...small, externalMemory: { ...fine.externalMemory, bankCapacityMb: 1 } })),
    ).not.toThrow();
  });
});
