import { Machine, type MachineConfig } from "@kpu-sim/machine";
import { expect, test } from "vitest";
import { areaOf } from "./area.ts";
import { areaTableNamed, areaTables } from "./area-table.ts";

const { timeloop_40nm: table } = areaTables;

function areaOfMachine(config: MachineConfig): ReturnType<typeof areaOf> {
  return areaOf(new Machine(config).config, table);
}

test("memories and elements take what the table says, unlike instances one by one", () => {
  const report = areaOfMachine({
    l3Tiles: { count: 2, capacityKb: 256 },
    l2Banks: { count: 1, capacityKb: 128 },
    scratchpads: { instances: [{ capacityKb: 64 }, { capacityKb: 192 }] },
    computeTiles: { count: 2, rows: 8, cols: 4, operandBits: 8 },
  });
  const found = Object.fromEntries(report.parts.map(({ component, count, mm2 }) => [component, [count, mm2]]));
  expect(found).toEqual({
    l3: [2, 2 * 0.707084],
    l2: [1, 0.707084 / 2],
    scratchpad: [2, 0.707084],
    arrays: [64, (64 * 332.25) / 1e6],
  });
  expect(report.totalMm2).toBeCloseTo(3.5 * 0.707084 + 0.021264, 12);
  expect(report.notCounted).toContain("DMA engines");
});

test("a tile that is not systolic has one element, and unlike arrays have theirs", () => {
  const elements = (computeTiles: MachineConfig["computeTiles"]): number | undefined =>
    areaOfMachine({ computeTiles: { operandBits: 8, ...computeTiles } }).parts.at(-1)?.count;
  expect(elements({ count: 3, systolic: false })).toBe(3);
  expect(elements({ instances: [{ rows: 4 }, { rows: 16, cols: 2 }] })).toBe(4 * 16 + 16 * 2);
});

test("what a table does not have, and wrong tables, are refused", () => {
  expect(() => areaOfMachine({ computeTiles: { operandBits: 16 } })).toThrow(
    "area table 'timeloop_40nm' has no figure for elements with operands of 16 bits; it has 8: give a table that has one",
  );
  const { config } = new Machine({ computeTiles: { operandBits: 8 } });
  expect(() => areaOf(config, { ...table, memoryUm2PerKb: { l3: 1, l2: 1 } })).toThrow(
    "has no figure for memories of kind scratchpad; it has l3, l2",
  );
  expect(() => areaOf(config, { ...table, elementUm2: { 8: -1 } })).toThrow(
    "area table 'timeloop_40nm': elementUm2 of 8 must be a number from 0 (um2), got -1",
  );
  expect(() => areaOf(config, { ...table, memoryUm2PerKb: { l3: Number.NaN } })).toThrow("memoryUm2PerKb of l3");
  expect(() => areaTableNamed("timeloop_45nm")).toThrow("the nearest is 'timeloop_40nm'");
});
