import { Machine, type MachineConfig } from "@kpu-sim/machine";
import { describe, expect, test } from "vitest";
import { selfTest } from "./self-test.ts";

describe("the self-test", () => {
  test.each<[string, MachineConfig]>([
    ["the default machine", {}],
    [
      "a machine without on-chip memory",
      {
        l3Tiles: { count: 0 },
        l2Banks: { count: 0 },
        scratchpads: { count: 0 },
        blockMovers: { count: 0 },
        streamers: { count: 0 },
      },
    ],
    [
      "one without engines and tiles",
      { dmaEngines: { count: 0 }, blockMovers: { count: 0 }, streamers: { count: 0 }, computeTiles: { count: 0 } },
    ],
    ["one with hierarchical reach", { reachPolicy: "hierarchical" }],
    [
      "hierarchical reach without L3",
      { reachPolicy: "hierarchical", hostMemory: { regionCount: 0 }, l3Tiles: { count: 0 }, blockMovers: { count: 0 } },
    ],
    ["a functional one", { fidelity: "functional" }],
    ["scalar tiles at an odd clock", { computeTiles: { count: 3, systolic: false }, clockGhz: 0.9 }],
    ["weight-stationary arrays", { computeTiles: { rows: 4, cols: 8, dataflow: "weight_stationary" } }],
    ["operands of 16 bits", { computeTiles: { operandBits: 16 } }],
    ["operands of 8 bits, stepped", { computeTiles: { operandBits: 8, arrayModel: "stepped" } }],
    ["many small scratchpads", { scratchpads: { count: 300, capacityKb: 1 }, computeTiles: { count: 300 } }],
  ])("passes on %s", (_, config) => {
    const report = selfTest(config);
    expect(report.checks.filter(({ passed }) => !passed)).toEqual([]);
    expect(report.passed).toBe(true);
    expect(report.checks.length).toBeGreaterThan(2);
  });

  test("tries every pair of levels and every tile", () => {
    const names = selfTest({}).checks.map(({ name }) => name);
    for (const from of ["host region", "external bank", "L3 tile", "L2 bank", "scratchpad"]) {
      for (const to of ["host region", "external bank", "L3 tile", "L2 bank", "scratchpad"]) {
        expect(
          names.some((name) => name.includes(`${from} 0 to ${to}`)),
          `${from} to ${to}`,
        ).toBe(true);
      }
    }
    expect(names).toContain("compute tile 1 multiplies");
    expect(names).toContain("vector unit 1 adds and compares");
  });

  test("names what is broken: a scratchpad that loses a bit, a tile that multiplies wrongly", () => {
    class Broken extends Machine {
      override runUntilIdle(): void {
        super.runUntilIdle();
        const scratchpad = this.scratchpad(1);
        const byte = scratchpad.read(0, 1)[0] ?? 0;
        scratchpad.write(0, Uint8Array.of(byte ^ 64));
        const c = this.scratchpad(0).readFloat32(1500, 1)[0] ?? 0;
        this.scratchpad(0).writeFloat32(1500, [c + 1]);
        // Into the result of the vector unit, 3 x 9 elements behind as many and a bias.
        this.scratchpad(0).writeFloat32(4 * (27 + 9), [-1]);
      }
    }
    const failed = selfTest({}, (config) => new Broken(config)).checks.filter(({ passed }) => !passed);
    expect(failed.map(({ name }) => name)).toContain("DMA engine 0: host region 0 to scratchpad 1");
    expect(failed.find(({ name }) => name === "compute tile 0 multiplies")?.detail).toMatch(
      /C\[\d+\]\[\d+\] is -?[\d.]+, expected/,
    );
    expect(failed.find(({ name }) => name === "vector unit 0 adds and compares")?.detail).toBe(
      "element 0 of the result is -1",
    );
    expect(failed[0]?.detail).toMatch(/byte 0 is \d+, expected \d+/);
  });
});
