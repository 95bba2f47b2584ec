import { checkedConfig, configFields, flattenConfig, instanceLists, KpuError, nestConfig } from "@kpu-sim/machine";
import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import type { FileFormat } from "../text/file-format.ts";
import { findingText } from "../text/findings.ts";
import { placeOf, placeOfList } from "./file-places.ts";
import { checkConfig, configToText, describeFlat, describeKpu, parseConfig } from "./kpu-file.ts";
import { presetNames, presets } from "./presets.ts";

/** In the layout of the original simulator's files. */
const original = `
name: "Edge AI KPU"
description: "Compact configuration"

host_memory:
  region_count: 1
  region_capacity_mb: 512
  bandwidth_gbps: 25

external_memory:
  bank_count: 2
  bank_capacity_mb: 256
  bandwidth_gbps: 50

memory_controller:
  controller_count: 1
  page_buffer_count: 4
  page_buffer_capacity_kb: 16

on_chip_memory:
  l3:
    tile_count: 2
    tile_capacity_kb: 64
  l2:
    bank_count: 4
    bank_capacity_kb: 32
  l1:
    buffer_count: 64
    buffer_capacity_kb: 32

data_movement:
  dma_engine_count: 1
  block_mover_count: 2
  streamer_count: 4

compute:
  tile_count: 1
  processor_array:
    rows: 8
    cols: 8
    topology: rectangular
  systolic_mode: true

address_map:
  external_memory_base: 0x0000000400000000 # 16 GB
  page_buffer_base: 0x0000000B00000000
`;

const memory = "host_memory: {region_count: 1, region_capacity_mb: 64}\n";

function errorsOf(text: string): readonly string[] {
  return checkConfig(text, "yaml").errors.map(findingText);
}

function warningsOf(text: string): readonly string[] {
  return checkConfig(text, "yaml").warnings.map(findingText);
}

describe("a file of the original", () => {
  it("is read with the meaning that it had", () => {
    const { name, config, memoryController } = parseConfig(original, "yaml");
    expect(name).toBe("Edge AI KPU");
    expect(memoryController).toEqual({
      controllerCount: 1,
      pageBufferCount: 4,
      pageBufferCapacityKb: 16,
      pageBufferBase: 0xb_0000_0000,
    });
    expect(config).toEqual(
      nestConfig({
        ...flattenConfig({}),
        host_memory_region_capacity_mb: 512,
        host_memory_bandwidth_gbps: 25,
        memory_bank_capacity_mb: 256,
        memory_bandwidth_gbps: 50,
        l3_tile_count: 2,
        l3_tile_capacity_kb: 64,
        l2_bank_count: 4,
        l2_bank_capacity_kb: 32,
        scratchpad_count: 64,
        scratchpad_capacity_kb: 32,
        dma_engine_count: 1,
        block_mover_count: 2,
        streamer_count: 4,
        compute_tile_count: 1,
        systolic_array_rows: 8,
        systolic_array_cols: 8,
        external_memory_base: 0x4_0000_0000,
      }),
    );
    expect(warningsOf(original)).toEqual([
      "line 15, column 1: memory_controller is kept in the file, but has no effect: machines have no page buffers",
      "line 46, column 3: address_map.page_buffer_base is kept in the file, but has no effect",
    ]);
  });

  it("has nothing of what it does not mention", () => {
    const { config } = parseConfig(memory, "yaml");
    const { externalMemory, l3Tiles, l2Banks, scratchpads, computeTiles, dmaEngines, blockMovers, streamers } = config;
    expect(externalMemory.bankCount).toBe(0);
    for (const section of [l3Tiles, l2Banks, scratchpads, computeTiles, dmaEngines, blockMovers, streamers]) {
      expect(section.count).toBe(0);
    }
    expect(computeTiles.systolic).toBe(false);
    // What the original does not have takes the default.
    expect(config.hostMemory).toMatchObject({ bandwidthGbps: 50, latencyCycles: 500 });
    expect(config.clockGhz).toBe(1);
    expect(parseConfig(`${memory}on_chip_memory:\n  l3:\n`, "yaml").config).toEqual(config);
  });

  it("gets as many L1 buffers as its arrays have when it says 0", () => {
    const compute = "compute: {tile_count: 3, processor_array: {rows: 4, cols: 8}, systolic_mode: true}\n";
    const l1 = (text: string): number => parseConfig(memory + compute + text, "yaml").config.scratchpads.count;
    expect(l1("on_chip_memory: {l1: {buffer_capacity_kb: 2}}")).toBe(4 * (4 + 8) * 3);
    expect(l1("on_chip_memory: {l1: {buffer_count: 0, buffer_capacity_kb: 2}}")).toBe(4 * (4 + 8) * 3);
    expect(l1("on_chip_memory: {l1: {buffer_count: 5, buffer_capacity_kb: 2}}")).toBe(5);
    expect(l1("on_chip_memory: {l1: {buffer_capacity_kb: 2, buffers: []}}")).toBe(0);
    expect(l1("")).toBe(0);
    const tiles = "compute: {tiles: [{rows: 2, cols: 3}, {rows: 4, cols: 5}], systolic_mode: true}\n";
    const { config } = parseConfig(`${memory}${tiles}on_chip_memory: {l1: {buffer_capacity_kb: 2}}`, "yaml");
    expect(config.scratchpads.count).toBe(4 * (2 + 3) + 4 * (4 + 5));
  });
});

test("errors come all at once, each with its place", () => {
  const text = `
host_memory:
  region_count: 1.5
  regoin_capacity_mb: 64
extrnal_memory: 4
external_memory: {bank_count: -1, bandwidth_gbps: fast}
data_movement: []
compute: {systolic_mode: 1, processor_array: {topology: hexagonal}, dataflow: output}
address_map: {l3_tile_base: 0y1}
clock_ghz: 0
fidelity: exact
`;
  expect(errorsOf(text)).toEqual([
    "line 3, column 3: host_memory.region_count must be a whole number from 0 to 1048576 (instances), got 1.5",
    "line 4, column 3: host_memory.regoin_capacity_mb is not a known key; the nearest is 'region_capacity_mb'",
    "line 5, column 1: extrnal_memory is not a known key; the nearest is 'external_memory'",
    "line 6, column 19: external_memory.bank_count must be a whole number from 0 to 1048576 (instances), got -1",
    "line 6, column 35: external_memory.bandwidth_gbps must be a number from 0 (GB/s), got 'fast'",
    "line 7, column 1: data_movement must be a group of keys, got a list of 0",
    "line 8, column 11: compute.systolic_mode must be true or false, got 1",
    "line 8, column 47: compute.processor_array.topology must be 'rectangular': arrays of other shapes are not simulated, got 'hexagonal'",
    "line 8, column 69: compute.dataflow must be one of output_stationary, weight_stationary, input_stationary, got 'output'",
    "line 9, column 15: address_map.l3_tile_base must be an address: a whole number from 0, or text such as '0x100000000', got '0y1'",
    "line 10, column 1: clock_ghz must be a number above 0 (GHz), got 0",
    "line 11, column 1: fidelity must be one of functional, transaction, cycle, got 'exact'",
  ]);
  const error = thrown(() => parseConfig(text, "yaml"));
  expect(error.code).toBe("KPU_CONFIG");
  expect(error.message).toMatch(/^the configuration has 12 errors:\n {2}line 3, /);
  expect(error.details["faults"]).toEqual(errorsOf(text));
});

function thrown(call: () => unknown): KpuError {
  try {
    call();
  } catch (error) {
    if (error instanceof KpuError) return error;
  }
  throw new Error("no KpuError was thrown");
}

test.each([
  [
    "name: empty",
    "line 1, column 1: the machine has no memory: host_memory.region_count and external_memory.bank_count are both 0; set one to at least 1",
  ],
  [
    "external_memory: {bank_count: 2}",
    "line 1, column 1: external_memory.bank_capacity_mb is missing, but external_memory.bank_count is 2",
  ],
  [
    "external_memory: {bank_count: 2, bank_capacity_mb: 0}",
    "line 1, column 34: external_memory.bank_capacity_mb is 0 but external_memory.bank_count is 2: give them a capacity or set the count to 0",
  ],
  [
    "external_memory: {bank_count: 1, bank_capacity_mb: 1, bandwidth_gbps: 0}",
    "line 1, column 55: external_memory.bandwidth_gbps must be above 0 (GB/s): external_memory.bank_count is 1",
  ],
  [
    `${memory}data_movement: {streamer_count: 3}`,
    "line 2, column 17: data_movement.streamer_count is 3 but on_chip_memory.l2.bank_count and on_chip_memory.l1.buffer_count is 0: streamers work between L2 and the scratchpads; set data_movement.streamer_count to 0 or on_chip_memory.l2.bank_count and on_chip_memory.l1.buffer_count to at least 1",
  ],
  [
    `${memory}compute: {tile_count: 1, systolic_mode: true}`,
    "line 2, column 1: compute.processor_array.rows x compute.processor_array.cols is 0 x 0: both must be at least 1",
  ],
  [
    "external_memory: {bank_count: 2, banks: [{capacity_mb: 4}]}",
    "line 1, column 34: external_memory.banks lists 1, but external_memory.bank_count is 2: leave one out",
  ],
  [
    "external_memory: {banks: [{capacity_mb: 4}, {capacity_mb: 0}]}",
    "line 1, column 46: external_memory.banks[1].capacity_mb must be above 0",
  ],
  [
    "external_memory: {banks: [{}, {capacity_mb: 4}]}",
    "line 1, column 27: external_memory.banks[0].capacity_mb is missing, here and beside the list",
  ],
  [
    `${memory}compute: {tiles: [{rows: 4}, {rows: 4, cols: 4}], systolic_mode: true}`,
    "line 2, column 19: compute.tiles[0].cols is missing, here and beside the list",
  ],
  [
    "external_memory: {banks: [{capacity_mb: 4}, {capcity: 1}]}",
    "line 1, column 46: external_memory.banks[1].capcity is not a known key; the nearest is 'capacity_mb'",
  ],
  [
    `${memory}compute: {tile_count: 1048576, processor_array: {rows: 9, cols: 9}}\non_chip_memory: {l1: {buffer_capacity_kb: 1}}`,
    "line 3, column 18: on_chip_memory.l1.buffer_count is derived from the arrays as 75497472, and at most 1048576 are possible: give a count",
  ],
  [
    `host_memory: {region_count: 1, region_capacity_mb: 1, bandwidth_gbps: 1}\nexternal_memory:\n  dram_part: DDR4-2400\n  dram_figures: tRC=50`,
    "line 4, column 3: external_memory.dram_figures: tRC (50) is less than tRAS + tRP (39 + 16)",
  ],
])("%j is refused", (text, message) => {
  expect(errorsOf(text)).toContain(message);
  expect(checkConfig(text, "yaml").description).toBeUndefined();
});

test("overlapping addresses are errors of the file as well", () => {
  const [message] = errorsOf(`${original.replace("0x0000000400000000", "0x1000")}`);
  expect(message).toMatch(/^line 44, column 1: the address ranges of .*0x1000/);
});

test.each([
  [memory, "compute.tile_count is 0: there are no compute tiles"],
  [
    `${memory}compute: {tile_count: 1, processor_array: {rows: 8}}`,
    "compute.processor_array.rows or cols is 0 although there are compute tiles",
  ],
  [
    `${memory}compute: {tile_count: 1, processor_array: {rows: 8}}`,
    "compute.systolic_mode is missing, which means false: the arrays are not used, a tile does one multiply-accumulate a cycle",
  ],
  [
    "external_memory: {bank_count: 1, bank_capacity_mb: 1}",
    "data_movement.dma_engine_count is 0: no DMA engine reaches the external memory",
  ],
  [`${memory}compute: {tile_count: 1}`, "on_chip_memory.l1.buffer_count is 0 although there are compute tiles"],
  [
    original.replace("buffer_count: 64", "buffer_count: 63"),
    "on_chip_memory.l1.buffer_count is 63; the arrays have 64 buffers along their edges: 4 x (rows + cols) a tile",
  ],
  [
    `${memory}on_chip_memory: {l1: {buffer_count: 1, buffer_capacity_kb: 1}}`,
    "on_chip_memory.l2.bank_count is 0 although there are L1 buffers",
  ],
  [
    `${memory}on_chip_memory: {l1: {buffer_count: 1, buffer_capacity_kb: 1}}`,
    "data_movement.streamer_count is 0: nothing streams to and from the L1 buffers",
  ],
  [
    `${memory}on_chip_memory: {l3: {tile_count: 1, tile_capacity_kb: 1}}`,
    "data_movement.block_mover_count is 0: nothing moves blocks from and to the L3 tiles",
  ],
])("a warning for %j", (text, message) => {
  const { warnings, errors } = checkConfig(text, "yaml");
  expect(errors).toEqual([]);
  expect(warnings.map((warning) => warning.message)).toContain(message);
});

describe("lists of instances", () => {
  it("are kept where they differ; entries take what they leave out from their section", () => {
    const { config } = parseConfig(
      "external_memory:\n  bandwidth_gbps: 30\n  banks: [{capacity_mb: 64}, {capacity_mb: 32, latency_cycles: 80}]",
      "yaml",
    );
    expect(config.externalMemory).toMatchObject({
      bankCount: 2,
      bankCapacityMb: 64,
      bandwidthGbps: 30,
      latencyCycles: 100,
      base: 0,
      instances: [
        { capacityMb: 64, bandwidthGbps: 30, latencyCycles: 100 },
        { capacityMb: 32, bandwidthGbps: 30, latencyCycles: 80 },
      ],
    });
  });

  it("become the section where all are alike", () => {
    const listed = parseConfig(
      "external_memory: {banks: [{capacity_mb: 64, latency_cycles: 7}, {capacity_mb: 64, latency_cycles: 7}]}",
      "yaml",
    );
    const counted = parseConfig("external_memory: {bank_count: 2, bank_capacity_mb: 64, latency_cycles: 7}", "yaml");
    expect(listed).toEqual(counted);
  });
});

/** Random machines: most make sense, as most are made of presets. */
const anyMachine = fc
  .tuple(
    fc.constantFrom(...presetNames),
    fc.record({
      clockGhz: fc.constantFrom(0.5, 0.9, 1, 1.2),
      dataflow: fc.constantFrom("output_stationary" as const, "weight_stationary" as const),
      bandwidth: fc.double({ min: 0.125, max: 4096, noNaN: true }).map((value) => Math.ceil(value * 8) / 8),
      noL1: fc.boolean(),
      base: fc.constantFrom(0, 2 ** 40),
      banks: fc.array(fc.record({ capacityMb: fc.integer({ min: 1, max: 4096 }), latencyCycles: fc.nat(200) }), {
        maxLength: 5,
      }),
      tiles: fc.array(fc.record({ rows: fc.integer({ min: 1, max: 64 }), cols: fc.integer({ min: 1, max: 64 }) }), {
        maxLength: 5,
      }),
      engines: fc.array(fc.record({ bandwidthGbps: fc.constantFrom(10, 12.5, 100) }), { maxLength: 3 }),
      name: fc.option(fc.string(), { nil: undefined }),
    }),
  )
  .map(([preset, { clockGhz, dataflow, bandwidth, noL1, base, banks, tiles, engines, name }]) => {
    const { config, memoryController } = presets[preset];
    return {
      name,
      memoryController,
      config: {
        ...config,
        clockGhz,
        l3Tiles: { ...config.l3Tiles, bandwidthGbps: bandwidth },
        externalMemory: {
          ...config.externalMemory,
          base,
          ...(banks.length > 0 ? { bankCount: banks.length, instances: banks } : {}),
        },
        computeTiles: {
          ...config.computeTiles,
          dataflow,
          ...(tiles.length > 0 ? { count: tiles.length, instances: tiles } : {}),
        },
        dmaEngines: {
          ...config.dmaEngines,
          ...(engines.length > 0 ? { count: engines.length, instances: engines } : {}),
        },
        scratchpads: { ...config.scratchpads, count: noL1 ? 0 : config.scratchpads.count },
        streamers: { count: noL1 ? 0 : config.streamers.count },
      },
    };
  });

test.each<FileFormat>(["yaml", "json"])(
  "what is written in %s reads back equal, and is then written equally",
  (format) => {
    fc.assert(
      fc.property(anyMachine, (given) => {
        const description = describeKpu(given);
        const text = configToText(description, format);
        const read = parseConfig(text, format);
        expect(read).toEqual(description);
        expect(configToText(read, format)).toBe(text);
        expect(describeFlat(flattenConfig(read.config)).config).toEqual(description.config);
        expect(checkedConfig(read.config)).toEqual(read.config);
      }),
      { numRuns: 100 },
    );
  },
);

test("random changes of a file never do worse than a report", () => {
  const lines = original.split("\n");
  const change = fc.record({
    at: fc.nat(lines.length),
    text: fc.oneof(fc.string(), fc.constantFrom("  tiles: [{}]", "a: *b", "- 1", "0x", "  banks: [{capacity_mb: 5}]")),
  });
  fc.assert(
    fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), (changes) => {
      const text = [...lines];
      for (const { at, text: line } of changes) text.splice(at, 1, line);
      const { errors, description } = checkConfig(text.join("\n"), "yaml");
      expect(errors.length === 0).toBe(description !== undefined);
    }),
    { numRuns: 500 },
  );
});

test("every field of a machine has a place of its own in a file, and lists stand beside their section", () => {
  const flat = describeKpu({}).config;
  expect(parseConfig(configToText({ config: flat }, "json"), "json").config).toEqual(checkedConfig({}));
  for (const { flat: name, initial, kind } of configFields) {
    if (kind !== "rate" && kind !== "cycles") continue;
    const changed = nestConfig({ ...flattenConfig(flat), [name]: Number(initial) + 3 });
    expect(parseConfig(configToText({ config: changed }, "yaml"), "yaml").config, name).toEqual(changed);
  }
  const places = [...configFields.map(({ flat: name }) => placeOf(name)), ...instanceLists.map(placeOfList)];
  expect(new Set(places.map((place) => place.join("."))).size).toBe(places.length);
});

test("configurations of programs are checked like files", () => {
  expect(() => describeKpu({ config: { externalMemory: { instances: [{ capacityMb: -1 }] } } })).toThrow(
    "memory_banks[0].capacity_mb must be a whole number from 0",
  );
  expect(() => configToText({ config: { clockGhz: Number.NaN } }, "json")).toThrow(KpuError);
});
