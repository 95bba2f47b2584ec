import { expect, it } from "vitest";
import { KpuError, MachineGroup } from "../../src/index.ts";

const hostLink = { bandwidthGbps: 64, latencyCycles: 100 };
const small = { hostMemory: { regionCapacityMb: 64 }, fidelity: "cycle" } as const;

it("machines of a group have their own DRAM, and each is as fast as alone", () => {
  const cycles = (transfers: readonly (readonly [machine: number, bank: number])[]): number => {
    const machine = { ...small, externalMemory: { bankCapacityMb: 64 } };
    const group = new MachineGroup({ machines: [machine, machine], hostLink });
    for (const [engine, [number, bank]] of transfers.entries()) {
      const { base } = group.machine(number).external(bank);
      group
        .machine(number)
        .dma(engine % 2)
        .transfer({
          source: base + engine * 65_536,
          destination: group.machine(number).scratchpad(0).base,
          bytes: 32_768,
        });
    }
    group.runUntilIdle();
    const figures = transfers.map(([number, bank]) => group.machine(number).statistics().external[bank]?.["dramReads"]);
    expect(new Set(figures)).toEqual(new Set([(512 * transfers.length) / new Set(transfers.map(String)).size]));
    return group.cycle;
  };
  const alone = cycles([[0, 0]]);
  expect(cycles([[1, 1]])).toBe(alone);
  expect(
    cycles([
      [0, 0],
      [1, 0],
    ]),
  ).toBe(alone);
  expect(
    cycles([
      [0, 0],
      [0, 0],
    ]),
  ).toBeGreaterThan(1.8 * alone);
});

it("machines of a group have one kind of DRAM, in as many channels as they like", () => {
  const group = (dramPart: string, dramChannels: number, dramFigures = ""): MachineGroup =>
    new MachineGroup({
      machines: [small, { ...small, externalMemory: { dramPart, dramChannels, dramFigures } }],
      hostLink,
    });
  expect(() => group("DDR4-3200", 4)).not.toThrow();
  expect(() => group("DDR4-3200", 1, "CL=30")).toThrow("dramFigures of KPU 1 are 'CL=30' but '' for KPU 0");
  expect(() => group("DDR4-2400", 1)).toThrow(KpuError);
  expect(() => group("DDR4-2400", 1)).toThrow("dramPart of KPU 1 is DDR4-2400 but DDR4-3200 for KPU 0");
});
