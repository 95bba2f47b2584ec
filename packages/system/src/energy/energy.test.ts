import type { EnergyTable } from "@kpu-sim/formats";
import { Machine, type MachineConfig, MachineGroup } from "@kpu-sim/machine";
import fc from "fast-check";
import { expect, test } from "vitest";
import { energyDefinitions, energyOf } from "./energy.ts";
import { energyTableNamed, energyTables } from "./energy-tables.ts";

const { horowitz_45nm: horowitz, t64 } = energyTables;

/** A transfer of 1024 bytes to a scratchpad, and a product of 8 x 8 x 8 there. */
function ran(config: MachineConfig = {}): Machine {
  const machine = new Machine(config);
  machine.dma(0).transfer({ source: machine.external(0).base, destination: machine.scratchpad(0).base, bytes: 1024 });
  machine.runUntilIdle();
  machine.tile(0).matmul({ scratchpad: 0, m: 8, n: 8, k: 8, a: 0, b: 256, c: 512 });
  machine.runUntilIdle();
  return machine;
}

function partOf(machine: Machine, table: EnergyTable, component: string): number {
  return energyOf(machine, table).parts.find((part) => part.component === component)?.dynamicPj ?? Number.NaN;
}

test("a transfer and a product cost what the table says", () => {
  const machine = ran();
  // 64 KB scratchpads are beyond 32 KB: the figure of 1 MB.
  expect(partOf(machine, horowitz, "external")).toBeCloseTo(1024 * (1950 / 8), 6);
  expect(partOf(machine, horowitz, "scratchpad")).toBeCloseTo((1024 + 512 + 256) * (100 / 8), 6);
  expect(partOf(machine, horowitz, "arrays")).toBeCloseTo(512 * 4.6, 6);
  expect(partOf(ran({ scratchpads: { count: 1, capacityKb: 8 } }), horowitz, "scratchpad")).toBeCloseTo(
    1792 * (10 / 8),
    6,
  );
  expect(partOf(machine, t64, "scratchpad")).toBeCloseTo(512 * 0.2 + (1024 + 256) * 0.3, 6);
  const report = energyOf(machine, t64);
  expect(report.totalPj).toBeCloseTo(1024 * 12 + 512 * 0.2 + 1280 * 0.3 + 512 * 0.8, 6);
  expect(report.pjPerOperation).toBeCloseTo(report.totalPj / 1024, 9);
  expect(report.averageMw).toBeCloseTo(report.totalPj / machine.simulatedTimeNs, 9);
  expect(report.energyDelayPjNs).toBeCloseTo(report.totalPj * machine.simulatedTimeNs, 3);
});

test("every figure of a report has a definition", () => {
  const named = new Set(energyDefinitions.map(({ name }) => name));
  const others = ["table", "cycles", "timeNs", "parts", "multiplyAccumulates", "unit", "dram", "operations"];
  expect(Object.keys(energyOf(ran(), t64)).filter((name) => !named.has(name))).toEqual(others);
});

test("operations have the energies of their memories and of their unit, and add up", () => {
  const machine = ran();
  machine.blockMover(0).transfer({ source: machine.l3(0).base, destination: machine.l2(0).base, bytes: 100 });
  machine.streamer(0).transfer({ source: machine.l2(0).base, destination: machine.scratchpad(0).base, bytes: 60 });
  machine.runUntilIdle();
  const { operations, dynamicPj } = energyOf(machine, t64);
  const of = (name: string) => operations.find(({ operation }) => operation === name);
  expect(of("dma")).toMatchObject({ completed: 1, memoriesPj: 1024 * 12 + 1024 * 0.3, unitPj: 0 });
  expect(of("blockMover")?.dynamicPj).toBeCloseTo(100 * 1.5 + 100 * 0.7, 9);
  expect(of("streamer")).toMatchObject({ completed: 1, unitPj: 60 * 0.15 });
  expect(of("streamer")?.memoriesPj).toBeCloseTo(60 * 0.7 + 60 * 0.3, 9);
  expect(of("product")).toMatchObject({ completed: 1, unitPj: 512 * 0.8 });
  expect(of("product")?.memoriesPj).toBeCloseTo(512 * 0.2 + 256 * 0.3, 9);
  expect(of("vector")).toMatchObject({ completed: 0, dynamicPj: 0 });
  expect(operations.reduce((all, operation) => all + operation.dynamicPj, 0)).toBeCloseTo(dynamicPj, 6);
});

test("static power goes with time and instances, at any clock", () => {
  const table = { ...t64, staticMw: { tile: 2, machine: 10, l2: 0.5 } };
  for (const clockGhz of [1, 2]) {
    const machine = ran({ clockGhz });
    const report = energyOf(machine, table);
    expect(report.staticPj).toBeCloseTo((2 * 2 + 10 + 0.5 * 8) * machine.simulatedTimeNs, 6);
    expect(report.totalPj).toBeCloseTo(report.dynamicPj + report.staticPj, 9);
  }
  expect(energyOf(new Machine(), table)).toMatchObject({ totalPj: 0, averageMw: 0, pjPerOperation: undefined });
});

test("parts add up, runs add up, and a figure that is doubled doubles its part only", () => {
  const bytes = fc.integer({ min: 0, max: 4096 });
  fc.assert(
    fc.property(bytes, bytes, fc.integer({ min: 1, max: 16 }), (first, second, side) => {
      const machine = new Machine();
      const move = (count: number): void => {
        const ends = { source: machine.host(0).base, destination: machine.l2(1).base };
        machine.dma(0).transfer({ ...ends, bytes: count });
        machine.tile(1).matmul({ scratchpad: 1, m: side, n: side, k: side, a: 0, b: 4096, c: 8192 });
        machine.runUntilIdle();
      };
      move(first);
      const before = energyOf(machine, horowitz);
      move(second);
      const after = energyOf(machine, horowitz);
      expect(after.dynamicPj).toBeCloseTo(
        after.parts.reduce((sum, part) => sum + part.dynamicPj, 0),
        6,
      );
      const alone = new Machine();
      alone.dma(0).transfer({ source: alone.host(0).base, destination: alone.l2(1).base, bytes: second });
      alone.tile(1).matmul({ scratchpad: 1, m: side, n: side, k: side, a: 0, b: 4096, c: 8192 });
      alone.runUntilIdle();
      expect(after.dynamicPj - before.dynamicPj).toBeCloseTo(energyOf(alone, horowitz).dynamicPj, 4);
      const doubled = { ...horowitz, multiplyAccumulatePj: { float32: 9.2 } };
      const growth = energyOf(machine, doubled).dynamicPj - after.dynamicPj;
      expect(growth).toBeCloseTo(partOf(machine, horowitz, "arrays"), 4);
    }),
    { numRuns: 60 },
  );
});

test("counts by format survive checkpoints, and are the same at every fidelity", () => {
  const machine = new Machine();
  const product = { scratchpad: 0, m: 4, n: 4, k: 8, a: 0, b: 1024, c: 2048, queued: true };
  machine.tile(0).matmul({ ...product, format: "int8" });
  machine.runUntilIdle();
  const saved = machine.checkpoint();
  machine.tile(0).matmul(product);
  machine.runUntilIdle();
  expect(machine.tile(0).multiplyAccumulates()).toEqual({ int8: 128, float32: 128 });
  machine.restore(saved);
  expect(machine.tile(0).multiplyAccumulates()).toEqual({ int8: 128 });
  const energies = (["functional", "transaction"] as const).map(
    (fidelity) => energyOf(ran({ fidelity }), t64).dynamicPj,
  );
  expect(new Set(energies).size).toBe(1);
});

test("DRAM is accounted for by its commands and states where its currents are known", () => {
  const dram = ran({ fidelity: "cycle" });
  const report = energyOf(dram, t64);
  const external = report.parts.find(({ component }) => component === "external");
  const { activatePj = 0, readPj = 0, writePj = 0, refreshPj = 0, backgroundPj = 0 } = report.dram ?? {};
  expect(external?.dynamicPj).toBe(activatePj + readPj + writePj + refreshPj);
  expect(external?.staticPj).toBe(backgroundPj);
  expect(Math.min(activatePj, readPj, backgroundPj)).toBeGreaterThan(0);
  // DDR4-3200 by hand: 8 devices, 1.2 V, (168 - 52) mA over 4 clocks of 0.63 ns for each burst of 64 bytes.
  const [figures] = dram.statistics().external;
  expect(readPj).toBeCloseTo((figures?.["dramReads"] ?? 0) * 8 * 1.2 * (168 - 52) * 4 * 0.63, 6);
  expect(energyOf(ran(), t64).dram).toBeUndefined();
  const unknown = ran({ fidelity: "cycle", externalMemory: { dramPart: "DDR5-4800" } });
  expect(energyOf(unknown, t64).dram).toBeUndefined();
  expect(energyOf(unknown, t64).dynamicPj).toBe(energyOf(ran(), t64).dynamicPj);
  // No currents are published of a refresh of one bank, and none of figures of one's own.
  for (const changed of [{ dramPart: "GDDR6-x128", dramRefresh: "per_bank" }, { dramFigures: "CL=30" }] as const) {
    const machine = ran({ fidelity: "cycle", externalMemory: { bankCapacityMb: 64, ...changed } });
    expect(energyOf(machine, t64).dram).toBeUndefined();
  }
});

test("links cost what passes them, each link by itself, and what uses them pays", () => {
  const table = { ...t64, linkPjPerByte: { network: 0.1, host: 5, peer: 7 } };
  const machine = new Machine({
    network: { topology: "mesh", columns: 2, rows: 2 },
    hostLink: { type: "pcie" },
    l3Tiles: { count: 4, capacityKb: 128 },
    l2Banks: { count: 4, capacityKb: 64 },
  });
  machine.blockMover(0).transfer({ source: machine.l3(0).base, destination: machine.l2(3).base, bytes: 100 });
  machine.dma(0).transfer({ source: machine.host(0).base, destination: machine.external(0).base, bytes: 64 });
  machine.runUntilIdle();
  // From the top left to the bottom right there are two links; bank 0 and engine 0 are where the host is.
  expect(partOf(machine, table, "network")).toBeCloseTo(2 * 100 * 0.1, 9);
  expect(partOf(machine, table, "hostLink")).toBe(64 * 5);
  expect(partOf(machine, table, "peerLink")).toBe(0);
  const { operations, dynamicPj } = energyOf(machine, table);
  expect(operations.map(({ operation, linksPj }) => [operation, linksPj])).toEqual([
    ["dma", 64 * 5],
    ["blockMover", expect.closeTo(20, 9)],
    ["streamer", 0],
    ["product", 0],
    ["vector", 0],
  ]);
  expect(operations.reduce((all, operation) => all + operation.dynamicPj, 0)).toBeCloseTo(dynamicPj, 6);
  expect(dynamicPj - energyOf(machine, t64).dynamicPj).toBeCloseTo(340, 6);
  expect(() => energyOf(machine, { ...table, linkPjPerByte: { host: -1 } })).toThrow("linkPjPerByte of host must be");
});

test("a byte between two KPUs passes the sender's link once, or both links to the host", () => {
  const table = { ...t64, linkPjPerByte: { host: 5, peer: 7 } };
  const link = { bandwidthGbps: 32, latencyCycles: 10 };
  const energies = (peer: typeof link | undefined): readonly (readonly number[])[] => {
    const group = new MachineGroup({ machines: [{}, {}], hostLink: link, ...(peer && { peerLink: peer }) });
    const [first, second] = [group.machine(0), group.machine(1)];
    const destination = group.sharedAddress(1, second.external(0).base);
    first.dma(0).transfer({ source: first.external(0).base, destination, bytes: 64 });
    group.runUntilIdle();
    return [first, second].map((machine) => ["hostLink", "peerLink"].map((part) => partOf(machine, table, part)));
  };
  expect(energies(link)).toEqual([
    [0, 64 * 7],
    [0, 0],
  ]);
  expect(energies(undefined)).toEqual([
    [64 * 5, 0],
    [64 * 5, 0],
  ]);
});

test("check bits add an eighth to what a memory takes", () => {
  const partOf = (machine: Machine, kind: string): number =>
    energyOf(machine, t64).parts.find(({ component }) => component === kind)?.dynamicPj ?? Number.NaN;
  const guarded = ran({ externalMemory: { ecc: "secded" } });
  expect(partOf(guarded, "external")).toBeCloseTo((9 / 8) * partOf(ran(), "external"), 9);
  expect(partOf(guarded, "scratchpad")).toBe(partOf(ran(), "scratchpad"));
  const dram = ran({ fidelity: "cycle", externalMemory: { ecc: "parity", dramRefresh: "off" } });
  expect(energyOf(dram, t64).dram?.readPj).toBeCloseTo(
    (9 / 8) * (energyOf(ran({ fidelity: "cycle" }), t64).dram?.readPj ?? 0),
    6,
  );
});

test("ratios of Eyeriss count in multiply-accumulates", () => {
  const report = energyOf(ran(), energyTables.eyeriss_ratios);
  const arrays = report.parts.find(({ component }) => component === "arrays");
  expect(arrays?.dynamicPj).toBe(report.multiplyAccumulates);
  expect(report.unit).toBe("MAC");
  // Picojoules of DRAM's commands are not added to ratios.
  const cycle = energyOf(ran({ fidelity: "cycle" }), energyTables.eyeriss_ratios);
  expect(cycle.dram).toBeUndefined();
  expect(cycle.dynamicPj).toBe(report.dynamicPj);
});

test("what a table does not have, and wrong tables, are refused", () => {
  const machine = new Machine();
  machine.tile(0).matmul({ scratchpad: 0, m: 2, n: 2, k: 2, a: 0, b: 64, c: 128, format: "float8_e5m2" });
  machine.runUntilIdle();
  expect(() => energyOf(machine, t64)).toThrow(
    "energy table 't64' has no figure for multiply-accumulates of float8_e5m2",
  );
  for (const [wrong, message] of [
    [{ ...t64, vectorElementPj: -1 }, "vectorElementPj must be a number from 0, got -1"],
    [{ ...t64, staticMw: { tile: Number.NaN } }, "staticMw of tile must be"],
    [{ ...t64, memories: { ...t64.memories, l2: [] } }, "memories: l2 must be"],
  ] as const) {
    expect(() => energyOf(new Machine(), wrong)).toThrow(message);
  }
  expect(() => energyTableNamed("t63")).toThrow(
    "there is no energy table 't63'; there are horowitz_45nm, t64, eyeriss_ratios; the nearest is 't64'",
  );
});
