import { Machine } from "@kpu-sim/machine";
import { describe, expect, it, test } from "vitest";
import { diffConfigs, diffText } from "./diff.ts";
import { checkConfig, configToText, parseConfig } from "./kpu-file.ts";
import { createForMatmul, presetNamed, presetNames, presets } from "./presets.ts";

describe.each([...presetNames])("the preset %s", (name) => {
  it.each(["yaml", "json"] as const)("is valid and survives %s", (format) => {
    const text = configToText(presets[name], format);
    const { errors, warnings, description } = checkConfig(text, format);
    expect(errors).toEqual([]);
    // The only thing to say about a preset is what every file of the original gets.
    expect(warnings.map(({ path }) => path)).toEqual(["memory_controller"]);
    expect(description).toEqual(presets[name]);
  });

  it("is found by its name", () => {
    expect(presetNamed(name)).toBe(presets[name]);
  });
});

test("the presets of the original have its figures", () => {
  const row = (name: (typeof presetNames)[number]): unknown[] => {
    const { computeTiles, externalMemory, l3Tiles, l2Banks, scratchpads, ...rest } = presets[name].config;
    return [
      [computeTiles.count, computeTiles.rows, computeTiles.cols],
      [externalMemory.bankCount, externalMemory.bankCapacityMb, externalMemory.bandwidthGbps],
      [l3Tiles.count, l3Tiles.capacityKb],
      [l2Banks.count, l2Banks.capacityKb],
      [scratchpads.count, scratchpads.capacityKb],
      [rest.dmaEngines.count, rest.blockMovers.count, rest.streamers.count],
    ];
  };
  expect(row("minimal")).toEqual([
    [1, 8, 8],
    [1, 256, 25],
    [1, 256],
    [4, 16],
    [64, 32],
    [1, 1, 4],
  ]);
  expect(row("edge_ai")).toEqual([
    [2, 16, 16],
    [4, 256, 12],
    [2, 512],
    [8, 32],
    [256, 64],
    [2, 4, 16],
  ]);
  expect(row("embodied_ai")).toEqual([
    [64, 24, 24],
    [8, 512, 25],
    [16, 2048],
    [256, 32],
    [12288, 64],
    [8, 64, 256],
  ]);
  expect(row("datacenter")).toEqual([
    [256, 32, 32],
    [6, 4096, 800],
    [64, 4096],
    [1024, 64],
    [65536, 128],
    [32, 256, 1024],
  ]);
});

test("T64 has the bandwidth of LPDDR5X-8533 on two 16-bit channels a controller, and 64 bytes a cycle for an engine", () => {
  const { externalMemory, dmaEngines, clockGhz, computeTiles } = presets.t64.config;
  expect(externalMemory.bandwidthGbps).toBeCloseTo((2 * 16 * 8533e6) / 8 / 1e9, 9);
  expect(externalMemory.bankCount * externalMemory.bankCapacityMb).toBe(16 * 1024);
  expect(dmaEngines.bandwidthGbps / clockGhz).toBeCloseTo(64, 9);
  expect(computeTiles).toMatchObject({ count: 32, rows: 8, cols: 8 });
});

test("an unknown preset is refused with the nearest", () => {
  expect(() => presetNamed("edgeai")).toThrow("unknown preset 'edgeai'; the nearest is 'edge_ai'");
});

describe("a machine made for a product", () => {
  it("holds the matrices with half as much again, in either bank", () => {
    const { externalMemory, hostMemory, scratchpads, l3Tiles, l2Banks } = createForMatmul(1024, 1024, 1024).config;
    expect(externalMemory).toMatchObject({ bankCount: 2, bankCapacityMb: 19 });
    expect(hostMemory.regionCapacityMb).toBe(19);
    expect([scratchpads.count, scratchpads.capacityKb, l2Banks.capacityKb, l3Tiles.capacityKb]).toEqual([
      128, 6, 24, 96,
    ]);
  });

  it.each([
    [1, 1, 1, 16],
    [1000, 3, 70, 8],
    [4096, 4096, 4096, 32],
    [2 ** 23, 2 ** 23, 2 ** 23, 1],
  ])("can be made for %i x %i x %i", (m, n, k, size) => {
    const made = createForMatmul(m, n, k, size);
    expect(parseConfig(configToText(made, "yaml"), "yaml")).toEqual(made);
    expect(new Machine(made.config).cycle).toBe(0);
  });

  it.each([
    [0, 1, 1],
    [1, 1.5, 1],
    [1, 1, 2 ** 23 + 1],
    [Number.NaN, 1, 1],
  ])("is refused for %d x %d x %d", (m, n, k) => {
    expect(() => createForMatmul(m, n, k)).toThrow(/must be a whole number from 1 to 8388608/);
  });
});

describe("differences", () => {
  it("are fields with their units", () => {
    expect(diffConfigs(presets.minimal.config, presets.minimal.config)).toEqual([]);
    expect(diffText([])).toBe("no differences\n");
    const { config } = presets.minimal;
    const other = { ...config, clockGhz: 1.5, externalMemory: { ...config.externalMemory, bankCount: 3 } };
    const differences = diffConfigs(config, other);
    expect(differences).toEqual([
      { field: "memory_bank_count", path: "external_memory.bank_count", unit: "instances", a: 1, b: 3 },
      { field: "clock_ghz", path: "clock_ghz", unit: "GHz", a: 1, b: 1.5 },
    ]);
    expect(diffText(differences)).toBe(
      "field              a  b    unit\nmemory_bank_count  1  3    instances\nclock_ghz          1  1.5  GHz\n",
    );
  });

  it("are instances where one of the two lists them", () => {
    const read = (text: string) => parseConfig(text, "json").config;
    const alike = read('{"external_memory": {"bank_count": 2, "bank_capacity_mb": 8}}');
    const listed = read('{"external_memory": {"banks": [{"capacity_mb": 8}, {"capacity_mb": 4}, {"capacity_mb": 8}]}}');
    expect(diffConfigs(alike, listed)).toEqual([
      { field: "memory_bank_count", path: "external_memory.bank_count", unit: "instances", a: 2, b: 3 },
      { field: "memory_banks[1].capacity_mb", path: "external_memory.banks[1].capacity_mb", unit: "MB", a: 8, b: 4 },
      {
        field: "memory_banks[2].capacity_mb",
        path: "external_memory.banks[2].capacity_mb",
        unit: "MB",
        a: undefined,
        b: 8,
      },
      {
        field: "memory_banks[2].bandwidth_gbps",
        path: "external_memory.banks[2].bandwidth_gbps",
        unit: "GB/s",
        a: undefined,
        b: 100,
      },
      {
        field: "memory_banks[2].latency_cycles",
        path: "external_memory.banks[2].latency_cycles",
        unit: "cycles",
        a: undefined,
        b: 100,
      },
    ]);
  });
});
