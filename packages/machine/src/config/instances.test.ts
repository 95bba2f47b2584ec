import { describe, expect, it } from "vitest";
import { Machine } from "../machine.ts";
import type { MachineConfig, ResolvedConfig } from "./machine-config.ts";

function resolved(config: MachineConfig): ResolvedConfig {
  return new Machine(config).config;
}

describe("lists of instances", () => {
  it("are complete in the resolved configuration, and give the count", () => {
    const { externalMemory } = resolved({
      externalMemory: { bandwidthGbps: 80, instances: [{ capacityMb: 512 }, {}, { latencyCycles: 7 }] },
    });
    expect(externalMemory.bankCount).toBe(3);
    expect(externalMemory.instances).toEqual([
      { capacityMb: 512, bandwidthGbps: 80, latencyCycles: 100 },
      { capacityMb: 1024, bandwidthGbps: 80, latencyCycles: 100 },
      { capacityMb: 1024, bandwidthGbps: 80, latencyCycles: 7 },
    ]);
  });

  it("that are all alike are the class, so that equal machines have equal configurations", () => {
    const listed = resolved({ scratchpads: { instances: [{ capacityKb: 32 }, { capacityKb: 32, latencyCycles: 5 }] } });
    expect(listed).toEqual(resolved({ scratchpads: { count: 2, capacityKb: 32 } }));
    expect(listed.scratchpads.instances).toBeUndefined();
    expect(resolved({ computeTiles: { instances: [{ rows: 8 }] } })).toEqual(
      resolved({ computeTiles: { count: 1, rows: 8 } }),
    );
    expect(resolved({ l2Banks: { instances: [] } })).toEqual(resolved({}));
  });

  it("are a configuration again, and cannot be changed", () => {
    const config = resolved({ l3Tiles: { instances: [{ capacityKb: 32 }, {}] } });
    expect(resolved(config)).toEqual(config);
    expect(Object.isFrozen(config.l3Tiles.instances)).toBe(true);
    expect(config.l3Tiles.instances?.every((each) => Object.isFrozen(each))).toBe(true);
  });

  it.each([
    [{ externalMemory: { bankCount: 3, instances: [{}] } }, "memory_banks has 1 entries but memory_bank_count is 3"],
    [
      { l2Banks: { instances: [{}, { capacityKb: -1 }] } },
      "l2_banks[1].capacity_kb must be a whole number from 0, got -1",
    ],
    [{ dmaEngines: { instances: [{ bandwidthGbps: 0 }] } }, "dma_engines[0].bandwidth_gbps must be a positive number"],
    [{ scratchpads: { instances: [{}, { capacityKb: 0 }] } }, "scratchpads[1] has a capacity of 0"],
    [{ computeTiles: { instances: [{}, { rows: 0 }] } }, "compute_tiles[1] has an array without rows or columns"],
  ])("are refused where they do not fit: %j", (config, message) => {
    expect(() => new Machine(config)).toThrow(message);
  });

  it.each([
    [
      { l2Banks: { instances: [{}, { capacityKB: 4 }] } },
      "unknown key 'capacityKB' in l2Banks.instances[1]; the nearest is 'capacityKb'",
    ],
    [{ l2Banks: { instances: [4] } }, "l2Banks.instances[0] must be a mapping"],
    [{ l2Banks: { instances: { capacityKb: 4 } } }, "l2Banks.instances must be a list"],
    [{ streamers: { instances: [{}] } }, "unknown configuration field 'streamers.instances'"],
  ])("are refused where they are none: %j", (given, message) => {
    // As plain JavaScript gives it.
    const config: object = given;
    expect(() => new Machine(config)).toThrow(message);
  });

  it("of very many instances are read once: 65,536 of two kinds are two objects", () => {
    const instances = Array.from({ length: 65_536 }, (_, id) => (id % 2 === 0 ? {} : { capacityKb: 64 }));
    const machine = new Machine({ scratchpads: { capacityKb: 128, instances } });
    expect(new Set(machine.config.scratchpads.instances).size).toBe(2);
    const [first, last] = [machine.scratchpad(0), machine.scratchpad(65_535)];
    expect([first.capacityBytes, last.capacityBytes]).toEqual([128 * 1024, 64 * 1024]);
    expect(last.base - first.base).toBe(32_768 * (128 + 64) * 1024 - 64 * 1024);
  });
});

describe("unlike instances", () => {
  it("time transfers by the ends themselves and the levels between", () => {
    const machine = new Machine({
      externalMemory: { instances: [{ latencyCycles: 130 }, { bandwidthGbps: 50 }] },
      l3Tiles: { instances: [{ latencyCycles: 999 }, {}] },
      dmaEngines: { instances: [{}, { bandwidthGbps: 25 }] },
    });
    const cycles = (engine: number, bank: number): number => {
      machine.reset();
      const [source, destination] = [machine.external(bank).base, machine.scratchpad(0).base];
      machine.dma(engine).transfer({ source, destination, bytes: 1000 });
      machine.runUntilIdle();
      return machine.cycle;
    };
    expect(cycles(0, 0)).toBe(130 + 20 + 10 + 5 + 10 - 1);
    expect(cycles(0, 1)).toBe(100 + 20 + 10 + 5 + 20 - 1);
    expect(cycles(1, 1)).toBe(100 + 20 + 10 + 5 + 40 - 1);
    expect(machine.statistics().external[1]).toMatchObject({ portUtilization: 1000 / (50 * 174) });
  });
});
