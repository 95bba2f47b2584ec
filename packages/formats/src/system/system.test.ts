import { KpuError, Machine } from "@kpu-sim/machine";
import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import { findingText } from "../text/findings.ts";
import type { SystemDescription } from "./system-description.ts";
import { diffSystems, systemDiffText } from "./system-diff.ts";
import { checkSystem, parseSystem, systemToText, validateSystem } from "./system-file.ts";
import { hostLinkOf, machineConfigOf, machineConfigsOf, peerLinkOf } from "./system-machines.ts";
import { systemPreset, systemPresetNames } from "./system-presets.ts";

const small = `
system: {name: Two, clock_frequency_mhz: 500}
host:
  memory:
    modules:
      - {id: m0, capacity_gb: 2, bandwidth_gbps: 25, latency_ns: 81}
      - {id: m1, capacity_gb: 1, bandwidth_gbps: 50, latency_ns: 60}
accelerators:
  - type: KPU
    id: kpu_a
    description: first
    kpu_config:
      memory:
        banks: [{capacity_mb: 64, latency_ns: 20}, {capacity_mb: 32, bandwidth_gbps: 50, latency_ns: 31}]
        l3_tiles: [{capacity_kb: 16}]
        l2_banks: [{capacity_kb: 8}, {capacity_kb: 4}]
        scratchpads: [{capacity_kb: 4}, {capacity_kb: 4}]
      compute_fabric:
        tiles:
          - {systolic_rows: 4, systolic_cols: 4, datatype: fp16}
          - {systolic_rows: 8, systolic_cols: 4}
      data_movement:
        dma_engines: [{bandwidth_gbps: 10}, {}]
        block_movers: [{id: bm}]
        streamers: [{}, {}]
`;

function errorsOf(text: string): readonly string[] {
  return checkSystem(text, "yaml").errors.map(findingText);
}

function warningsOf(system: SystemDescription): readonly string[] {
  return validateSystem(system).warnings.map(({ message }) => message);
}

describe("a KPU of a system as a machine", () => {
  const [first] = machineConfigsOf(parseSystem(small, "yaml"));

  it("has every component as the file lists it", () => {
    expect(first).toMatchObject({ id: "kpu_a", description: "first", datatypes: ["fp16", "fp32"] });
    const { config } = new Machine(first?.config);
    expect(config.hostMemory.instances).toEqual([
      { capacityMb: 2048, bandwidthGbps: 25, latencyCycles: 41 },
      { capacityMb: 1024, bandwidthGbps: 50, latencyCycles: 30 },
    ]);
    expect(config.externalMemory.instances).toEqual([
      { capacityMb: 64, bandwidthGbps: 100, latencyCycles: 10 },
      { capacityMb: 32, bandwidthGbps: 50, latencyCycles: 16 },
    ]);
    expect(config.l2Banks.instances?.map(({ capacityKb }) => capacityKb)).toEqual([8, 4]);
    expect(config.scratchpads).toMatchObject({ count: 2, capacityKb: 4, instances: undefined });
    expect(config.computeTiles).toMatchObject({ count: 2, systolic: true });
    expect(config.computeTiles.instances).toEqual([
      { rows: 4, cols: 4 },
      { rows: 8, cols: 4 },
    ]);
    expect(config.dmaEngines.instances).toEqual([{ bandwidthGbps: 10 }, { bandwidthGbps: 50 }]);
    expect([config.blockMovers.count, config.streamers.count, config.clockGhz]).toEqual([1, 2, 0.5]);
  });

  it("takes the later name of scratchpads as well", () => {
    const renamed = parseSystem(small.replace("scratchpads:", "l1_buffers:"), "yaml");
    expect(machineConfigsOf(renamed)).toEqual([first]);
    expect(errorsOf(small.replace("scratchpads:", "l1_buffers: [{}]\n        scratchpads:"))).toEqual([
      "line 17, column 9: accelerators[0].kpu_config.memory.l1_buffers and scratchpads are two names of the same: give one of them",
    ]);
  });

  it("is asked for by its id, and others are not simulated", () => {
    const system = systemPreset("edge_ai");
    expect(machineConfigOf(system, "kpu_0")).toEqual(machineConfigsOf(system)[0]);
    expect(() => machineConfigOf(system, "npu_0")).toThrow(
      "accelerator 'npu_0' is a NPU: it is kept in the description but not simulated; the KPUs are kpu_0",
    );
    expect(() => machineConfigOf(system, "kpu_1")).toThrow("no accelerator 'kpu_1'; the KPUs are kpu_0");
  });
});

describe.each([...systemPresetNames])("the system preset %s", (name) => {
  const system = systemPreset(name);

  it.each(["yaml", "json"] as const)("survives %s", (format) => {
    const text = systemToText(system, format);
    expect(parseSystem(text, format)).toEqual(system);
    expect(systemToText(parseSystem(text, format), format)).toBe(text);
  });

  it("has a KPU that can be simulated", () => {
    const [kpu] = machineConfigsOf(system);
    const { config } = new Machine(kpu?.config);
    expect(config.externalMemory.bankCount).toBeGreaterThan(0);
  });
});

test("the system presets have the original's figures", () => {
  const { config: minimal } = new Machine(machineConfigsOf(systemPreset("minimal_kpu"))[0]?.config);
  expect(minimal.externalMemory).toMatchObject({
    bankCount: 2,
    bankCapacityMb: 1024,
    bandwidthGbps: 100,
    latencyCycles: 20,
  });
  expect(minimal.hostMemory).toMatchObject({
    regionCount: 1,
    regionCapacityMb: 16_384,
    bandwidthGbps: 25.6,
    latencyCycles: 80,
  });
  expect([minimal.l3Tiles.count, minimal.l2Banks.count, minimal.scratchpads.count]).toEqual([4, 8, 2]);
  expect([minimal.dmaEngines.bandwidthGbps, minimal.blockMovers.count, minimal.streamers.count]).toEqual([50, 4, 8]);
  expect(hostLinkOf(systemPreset("minimal_kpu"))).toEqual({
    type: "PCIe",
    generation: 4,
    lanes: 16,
    bandwidthGbps: 32,
  });
  expect(peerLinkOf(systemPreset("minimal_kpu"))).toBeUndefined();
  const { config: large } = new Machine(machineConfigsOf(systemPreset("datacenter"))[0]?.config);
  expect(large.externalMemory).toMatchObject({ bankCount: 4, bandwidthGbps: 819, latencyCycles: 10 });
  expect(peerLinkOf(systemPreset("datacenter"))).toMatchObject({ type: "NVLink", bandwidthGbps: 900 });
  expect(hostLinkOf(systemPreset("edge_ai"))).toBeUndefined();
  expect(() => systemPreset("edgeai")).toThrow("the nearest is 'edge_ai'");
});

test.each([
  ["{}", "line 1, column 1: system.name is missing: a system has a name"],
  ["{}", "line 1, column 1: host.memory.modules is empty: the host has at least one memory module"],
  [
    small.replace("capacity_gb: 2", "capacity_gb: 0"),
    "line 6, column 18: host.memory.modules[0].capacity_gb must be above 0 (GB)",
  ],
  [
    small.replace("bandwidth_gbps: 25", "bandwidth_gbps: 0"),
    "line 6, column 34: host.memory.modules[0].bandwidth_gbps must be above 0 (GB/s)",
  ],
  [
    small.replace("id: kpu_a", "id: ''"),
    "line 10, column 5: accelerators[0].id is missing: an accelerator is asked for by its id",
  ],
  [`${small}  - {type: KPU, id: kpu_a}`, "line 26, column 17: accelerators[1].id is 'kpu_a', as that of another one"],
  [`${small}  - {type: KPU, id: kpu_b}`, "line 26, column 5: accelerators[1] is a KPU without kpu_config"],
  [
    `${small}  - {type: GPU, id: g, gpu_config: {compute_units: 0}}`,
    "line 26, column 37: accelerators[1].gpu_config.compute_units must be at least 1",
  ],
  [
    `${small}  - {type: NPU, id: n, npu_config: {tops_int8: 0, tops_fp16: 0}}`,
    "line 26, column 37: accelerators[1].npu_config.tops_int8 and tops_fp16 are both 0: give at least one",
  ],
  [
    `${small}  - {type: TPU, id: t, gpu_config: {}}`,
    "line 26, column 24: accelerators[1].gpu_config belongs to a GPU, but the type is TPU",
  ],
  [
    `${small}  - {type: kpu, id: t}`,
    "line 26, column 6: accelerators[1].type must be one of KPU, GPU, TPU, NPU, CGRA, DSP, FPGA, got 'kpu'",
  ],
  [
    small.replace("banks: [{", "bnks: [{"),
    "line 14, column 9: accelerators[0].kpu_config.memory.bnks is not a known key; the nearest is 'banks'",
  ],
  [small.replace("type: KPU", "typ: KPU"), "line 9, column 5: accelerators[0].type is missing"],
  [
    small.replace("capacity_mb: 64", "capacity_mb: 64.5"),
    `line 14, column 18: accelerators[0].kpu_config.memory.banks[0].capacity_mb must be a whole number from 0 to ${2 ** 40} (MB), got 64.5`,
  ],
  [
    small.replace("capacity_mb: 64", "capacity_mb: 0"),
    "line 12, column 5: accelerators[0].kpu_config makes no machine: memory_banks[0] has a capacity of 0: give it one or leave the entry out",
  ],
  [
    small.replace("l2_banks: [{capacity_kb: 8}, {capacity_kb: 4}]", "l2_banks: []"),
    "line 12, column 5: accelerators[0].kpu_config makes no machine: block_mover_count is 1 but l2_bank_count is 0: block movers work between L3 and L2; set block_mover_count to 0 or l2_bank_count to at least 1; streamer_count is 2 but l2_bank_count is 0: streamers work between L2 and the scratchpads; set streamer_count to 0 or l2_bank_count to at least 1",
  ],
  [
    small.replace("datatype: fp16", "type: scalar"),
    "line 12, column 5: accelerators[0].kpu_config makes no machine: KPU 'kpu_a' has tiles with and without systolic arrays; all of a machine are of one kind",
  ],
])("a system with an error: %#", (text, message) => {
  expect(errorsOf(text)).toContain(message);
  expect(checkSystem(text, "yaml").system).toBeUndefined();
  expect(() => parseSystem(text, "yaml")).toThrow(KpuError);
});

test("warnings do not hinder", () => {
  const base = parseSystem(small, "yaml");
  expect(warningsOf(base)).toEqual([]);
  expect(warningsOf({ ...base, accelerators: [] })).toEqual(["accelerators is empty: the system has a host only"]);
  const text = `${small.replace("scratchpads: [{capacity_kb: 4}, ", "scratchpads: [").replace("[{bandwidth_gbps: 10}, {}]", "[{}, {}, {}, {}, {}]")}  - {type: FPGA, id: f}`;
  const { errors, warnings, system } = checkSystem(text, "yaml");
  expect(errors).toEqual([]);
  expect(warnings.map(({ message }) => message)).toEqual([
    "interconnect.accelerator_to_accelerator.type is 'None' although there are several accelerators: they exchange data through the host",
    "accelerators[0].kpu_config.memory.scratchpads has 1 for 2 compute tiles: one for each is usual",
    "accelerators[0].kpu_config.data_movement.dma_engines has 5 for 2 memory banks: more than two for each are hardly used",
    "accelerators[1] is a FPGA: it is kept in the description but not simulated",
  ]);
  expect(system?.accelerators).toHaveLength(2);
});

test("differences name every value", () => {
  const a = parseSystem(small, "yaml");
  const b = parseSystem(
    small.replace("name: Two", "name: Three").replace(", {capacity_kb: 4}]\n      comp", "]\n      comp"),
    "yaml",
  );
  expect(diffSystems(a, a)).toEqual([]);
  expect(diffSystems(a, b)).toEqual([
    { path: "system.name", a: "Two", b: "Three" },
    { path: "accelerators[0].kpu_config.memory.scratchpads[1].capacity_kb", a: 4, b: undefined },
  ]);
  expect(systemDiffText(diffSystems(a, b)).split("\n")[1]).toMatch(/^system\.name +Two +Three$/);
  expect(systemDiffText([])).toBe("no differences\n");
});

test("random values and random changes of a file never do worse than a report", () => {
  fc.assert(
    fc.property(fc.object({ maxDepth: 4 }), (value) => {
      let errors = 0;
      try {
        errors = validateSystem(value).errors.length;
      } catch (error) {
        if (!(error instanceof KpuError)) throw error;
        errors = 1;
      }
      expect(errors).toBeGreaterThan(0);
    }),
  );
  const lines = small.split("\n");
  const change = fc.record({ at: fc.nat(lines.length), text: fc.oneof(fc.string(), fc.constantFrom(...lines)) });
  fc.assert(
    fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), (changes) => {
      const text = [...lines];
      for (const { at, text: line } of changes) text.splice(at, 1, line);
      const { errors, system } = checkSystem(text.join("\n"), "yaml");
      expect(errors.length === 0).toBe(system !== undefined);
      if (system !== undefined) expect(parseSystem(systemToText(system, "json"), "json")).toEqual(system);
    }),
    { numRuns: 500 },
  );
});
