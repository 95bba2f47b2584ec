import { describe, expect, test } from "vitest";
import type { MachineConfig } from "./config/machine-config.ts";
import { KpuError } from "./errors.ts";
import { Machine } from "./machine.ts";
import { MachineGroup } from "./machine-group.ts";

const small: MachineConfig = { externalMemory: { bankCapacityMb: 1 }, hostMemory: { regionCapacityMb: 1 } };
const hostLink = { bandwidthGbps: 32, latencyCycles: 200 };

function refusal(attempt: () => unknown): KpuError {
  try {
    attempt();
  } catch (error) {
    if (error instanceof KpuError) return error;
    throw error;
  }
  throw new Error("nothing was refused");
}

function pattern(count: number, seed: number): Uint8Array {
  return Uint8Array.from({ length: count }, (_, index) => (index * 7 + seed) % 251);
}

describe("machines in a group", () => {
  test("go over their link to the host: its latency and its width", () => {
    const group = new MachineGroup({ machines: [small, small], hostLink });
    const kpu = group.machine(1);
    const data = pattern(1024, 1);
    kpu.host(0).write(0, data);
    kpu.dma(0).transfer({ source: kpu.host(0).base, destination: kpu.external(0).base, bytes: 1024 });
    group.runUntilIdle();
    expect(group.cycle).toBe(500 + 100 + 200 + 1024 / 32 - 1);
    expect(kpu.external(0).read(0, 1024)).toEqual(data);
    expect(group.machine(0).external(0).read(0, 1024)).toEqual(new Uint8Array(1024));
    expect(group.linkStatistics()[1]).toMatchObject({ fromHostBytes: 1024, toHostBytes: 0 });
    expect(group.linkStatistics()[0]).toMatchObject({ fromHostBytes: 0, toHostBytes: 0 });
  });

  test("share the host's memory and its port", () => {
    const group = new MachineGroup({ machines: [small, small], hostLink });
    const data = pattern(64_000, 2);
    group.machine(0).host(0).write(0, data);
    expect(group.machine(1).host(0).read(0, 64_000)).toEqual(data);
    for (const kpu of group.machines) {
      kpu.dma(0).transfer({ source: 0, destination: kpu.external(0).base, bytes: 64_000 });
    }
    group.runUntilIdle();
    // Each link could move 32 B a cycle, the host's port 50 for both together.
    expect(group.cycle).toBe(800 + (2 * 64_000) / 50 - 1);
    for (const kpu of group.machines) expect(kpu.external(0).read(0, 64_000)).toEqual(data);
  });

  test("send to each other through the host's links, or over a link of their own", () => {
    const cycles = (peerLink?: { bandwidthGbps: number; latencyCycles: number }): number => {
      const group = new MachineGroup({ machines: [small, small], hostLink, ...(peerLink ? { peerLink } : {}) });
      const [from, to] = [group.machine(0), group.machine(1)];
      const data = pattern(3200, 3);
      from.external(1).write(64, data);
      from.dma(0).transfer({
        source: from.external(1).base + 64,
        destination: group.sharedAddress(1, to.l3(2).base),
        bytes: 3200,
      });
      group.runUntilIdle();
      expect(to.l3(2).read(0, 3200)).toEqual(data);
      expect(from.l3(2).read(0, 3200)).toEqual(new Uint8Array(3200));
      return group.cycle;
    };
    // External memory of one, external memory (passed) and L3 of the other.
    expect(cycles()).toBe(100 + 100 + 20 + 2 * 200 + 3200 / 32 - 1);
    expect(cycles({ bandwidthGbps: 64, latencyCycles: 30 })).toBe(100 + 100 + 20 + 30 + 3200 / 64 - 1);
  });

  test("fetch from each other too, and name their own memories by shared addresses", () => {
    const group = new MachineGroup({ machines: [small, small, small], hostLink });
    const [first, , third] = group.machines;
    if (first === undefined || third === undefined) throw new Error("no machines");
    const data = pattern(100, 4);
    first.scratchpad(1).write(16, data);
    const source = group.sharedAddress(0, first.scratchpad(1).base + 16);
    third.dma(1).transfer({ source, destination: group.sharedAddress(2, third.l2(0).base), bytes: 100 });
    group.runUntilIdle();
    expect(third.l2(0).read(0, 100)).toEqual(data);
    expect(group.sharedAddress(1, 5)).toBe(5);
  });

  test("have units and memories of their own, with names that say whose", () => {
    const group = new MachineGroup({
      machines: [small, { ...small, computeTiles: { count: 1, rows: 4, cols: 8 }, dmaEngines: { count: 1 } }],
      hostLink,
      peerLink: hostLink,
    });
    const kpu = group.machine(1);
    kpu.startTrace();
    kpu.scratchpad(0).writeFloat32(0, [1, 2, 3, 4, 5, 6, 7, 8]);
    kpu.tile(0).matmul({ scratchpad: 0, m: 2, n: 2, k: 2, a: 0, b: 16, c: 32 });
    group
      .machine(0)
      .dma(1)
      .transfer({
        source: group.machine(0).external(0).base,
        destination: group.sharedAddress(1, kpu.external(0).base),
        bytes: 8,
      });
    group.runUntilIdle();
    expect([...kpu.scratchpad(0).readFloat32(32, 4)]).toEqual([19, 22, 43, 50]);
    const events = Array.from({ length: kpu.trace.length }, (_, index) => kpu.trace.event(index));
    expect(events.map(({ unit, destination }) => [unit, destination])).toEqual([
      ["KPU 1 tile 0", "scratchpad 0 of KPU 1"],
      ["KPU 0 dma 1", "external bank 0 of KPU 1"],
    ]);
    expect(kpu.statistics().tile).toMatchObject([{ productsCompleted: 1, multiplyAccumulates: 8 }]);
    expect(group.machine(0).statistics().tile).toMatchObject([{ productsCompleted: 0 }, { productsCompleted: 0 }]);
    expect(kpu.hasWork).toBe(false);
  });

  test("do what single machines do as long as nothing passes between them", () => {
    const alone = new MachineGroup({ machines: [small], hostLink }).machine(0);
    const group = new MachineGroup({ machines: [small, small], hostLink });
    const run = (kpu: typeof alone): void => {
      for (let id = 0; id < 2; id++) {
        kpu.dma(id).transfer({ source: kpu.external(0).base, destination: kpu.l3(id).base, bytes: 5000 });
        kpu.blockMover(id).transfer({ source: kpu.l3(3).base, destination: kpu.l2(id).base, bytes: 777 });
      }
      kpu.tile(1).matmul({ scratchpad: 0, m: 20, n: 20, k: 20, a: 0, b: 2000, c: 4000 });
    };
    run(alone);
    alone.runUntilIdle();
    for (const kpu of group.machines) run(kpu);
    group.runUntilIdle();
    for (const kpu of group.machines) expect(kpu.statistics()).toEqual(alone.statistics());
  });
});

describe("what a group refuses", () => {
  const group = new MachineGroup({ machines: [small, small, small], hostLink });

  test("work of engines for others", () => {
    const source = group.sharedAddress(1, group.machine(1).external(0).base);
    const destination = group.sharedAddress(2, group.machine(2).external(0).base);
    const error = refusal(() => group.machine(0).dma(0).transfer({ source, destination, bytes: 4 }));
    expect(error.code).toBe("KPU_REACH");
    expect(error.message).toContain("use a DMA engine of KPU 1");
    const own = group.machine(0).l2(0).base;
    expect(
      refusal(() => group.machine(0).blockMover(0).transfer({ source: own, destination, bytes: 4 })).message,
    ).toContain("only DMA engines move data from one KPU to another");
    expect(group.isIdle).toBe(true);
  });

  test.each([
    [[{}, { clockGhz: 2 }], "clockGhz of KPU 1 is 2 but 1 for KPU 0"],
    [[{}, { timingOnly: true }], "timingOnly of KPU 1"],
    [[{}, { hostMemory: { regionCount: 2 } }], "host memory of KPU 1"],
    [[{}, { l3Tiles: { count: 1, capacityKb: 0 } }], "KPU 1: l3_tile_capacity_kb is 0"],
    [[], "1 to 256 machines"],
  ])("machines that do not fit together: %j", (machines, message) => {
    const error = refusal(() => new MachineGroup({ machines, hostLink }));
    expect(error.code).toBe("KPU_CONFIG");
    expect(error.message).toContain(message);
  });

  test.each([
    [{ bandwidthGbps: 0, latencyCycles: 1 }, "positive number of GB/s"],
    [{ bandwidthGbps: 1, latencyCycles: 0.5 }, "whole cycles"],
    [[hostLink, hostLink], "1 machines but 2 links"],
  ])("links that are none: %j", (link, message) => {
    expect(refusal(() => new MachineGroup({ machines: [{}], hostLink: link })).message).toContain(message);
  });

  test("addresses of nobody, with the windows named", () => {
    const error = refusal(() =>
      group
        .machine(0)
        .dma(0)
        .transfer({ source: 9 * 2 ** 44, destination: 0, bytes: 4 }),
    );
    expect(error.code).toBe("KPU_ADDRESS_UNMAPPED");
    expect(error.message).toContain("(n + 1) * 0x100000000000");
    expect(refusal(() => group.machine(3)).message).toContain("valid ids are 0 to 2");
  });
});

describe("unlike instances", () => {
  test("have their own sizes, places, widths and latencies", () => {
    const { machine } = {
      machine: new MachineGroup({
        machines: [
          {
            externalMemory: {
              instances: [{ capacityMb: 2 }, { capacityMb: 1, bandwidthGbps: 10, latencyCycles: 7 }, { capacityMb: 4 }],
            },
            dmaEngines: { instances: [{}, { bandwidthGbps: 5 }] },
            computeTiles: {
              instances: [
                { rows: 4, cols: 4 },
                { rows: 8, cols: 2 },
              ],
            },
          },
        ],
        hostLink,
      }).machine(0),
    };
    expect(machine.config.externalMemory.bankCount).toBe(3);
    expect([0, 1, 2].map((id) => machine.external(id).base - 0x1_0000_0000)).toEqual([0, 2 ** 21, 3 * 2 ** 20]);
    expect(machine.external(1)).toMatchObject({ capacityBytes: 2 ** 20, bandwidthGbps: 10 });
    const [, , last] = [machine.external(0), machine.external(1), machine.external(2)];
    machine.dma(0).transfer({ source: machine.external(1).base, destination: machine.l3(0).base, bytes: 100 });
    machine.runUntilIdle();
    expect(machine.cycle).toBe(7 + 20 + 10 - 1);
    machine.dma(1).transfer({ source: last.base + 100, destination: machine.l3(0).base, bytes: 100 });
    machine.runUntilIdle();
    expect(machine.cycle).toBe(36 + 100 + 20 + 20 - 1);
    machine.tile(1).matmul({ scratchpad: 0, m: 8, n: 4, k: 3, a: 0, b: 500, c: 1000 });
    machine.runUntilIdle();
    expect(machine.cycle).toBe(175 + 2 * (8 + 2 + 3 - 2));
    expect(machine.tile(1).peActivity()).toEqual(new Float64Array(16).fill(6));
    expect(refusal(() => machine.external(1).read(2 ** 20, 1)).code).toBe("KPU_ADDRESS_RANGE");
  });

  test("that are all alike are a class without a list", () => {
    const [listed, plain] = [
      new MachineGroup({ machines: [{ l2Banks: { instances: [{ capacityKb: 32 }, { capacityKb: 32 }] } }], hostLink }),
      new MachineGroup({ machines: [{ l2Banks: { count: 2, capacityKb: 32 } }], hostLink }),
    ];
    expect(listed.machine(0).config).toEqual(plain.machine(0).config);
  });

  test.each([
    [{ l2Banks: { count: 3, instances: [{}, { capacityKb: 1 }] } }, "l2_banks has 2 entries but l2_bank_count is 3"],
    [{ l2Banks: { instances: [{ capacityKb: 0 }, {}] } }, "l2_banks[0] has a capacity of 0"],
    [{ l2Banks: { instances: [{ capacityKb: -1 }, {}] } }, "l2_banks[0].capacity_kb must be a whole number"],
    [{ computeTiles: { instances: [{ rows: 0 }, {}] } }, "compute_tiles[0] has an array without rows"],
  ])("that are wrong are refused by name: %j", (config, message) => {
    expect(refusal(() => new MachineGroup({ machines: [config], hostLink })).message).toContain(message);
  });
});

test("a machine made of a member's configuration is a machine by itself", () => {
  const group = new MachineGroup({ machines: [{}, {}], hostLink: { bandwidthGbps: 32, latencyCycles: 200 } });
  const alone = new Machine(group.machine(1).config);
  alone.step(5);
  alone.host(0).writeFloat32(0, [1]);
  expect([alone.isInGroup, group.machine(1).isInGroup, group.cycle]).toEqual([false, true, 0]);
  expect(group.machine(1).host(0).readFloat32(0, 1)[0]).toBe(0);
});
