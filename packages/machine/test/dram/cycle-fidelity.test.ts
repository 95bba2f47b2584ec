import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { peakBytesPerSecond } from "../../src/dram/dram-part.ts";
import { dramPartNamed, dramParts } from "../../src/dram/dram-parts.ts";
import { Machine, type MachineConfig } from "../../src/index.ts";
import { realMachine } from "../implementations.ts";
import { expectSameMemories } from "../random/compare.ts";
import { anyDram, hardwareAt } from "../random/dram.ts";
import { ProgramDriver } from "../random/driver.ts";
import { mayHaveNetwork, randomHardware } from "../random/machines.ts";
import type { RandomProgram } from "../random/program.ts";
import { randomChain, randomQueue } from "../random/programs.ts";
import { fuzzParameters, fuzzTimeoutMs } from "../random/runs.ts";
import type { HardwareConfig } from "../reference/hardware.ts";

/** A clock of 1 ns on both sides: ticks are cycles. */
const hbm: MachineConfig["externalMemory"] = { dramPart: "HBM2-x128", bankCapacityMb: 64, dramRefresh: "off" };
/** L3, L2 and scratchpad: what is left of the path from external memory. */
const pathCycles = 35;

function small(externalMemory: MachineConfig["externalMemory"] = hbm): Machine {
  return new Machine({
    fidelity: "cycle",
    externalMemory,
    scratchpads: { capacityKb: 4096 },
    dmaEngines: { count: 4 },
  });
}

function finalOf(hardware: HardwareConfig, program: RandomProgram): ProgramDriver {
  const driver = new ProgramDriver(realMachine(hardware), hardware, program);
  driver.fillMemories();
  for (const op of program.ops) driver.perform(op);
  return driver;
}

describe("values at cycle fidelity", () => {
  it.each([
    { how: "callbacks", programs: randomChain },
    { how: "one engine's queue", programs: randomQueue },
  ])(
    "are those at transaction fidelity for programs ordered by $how, and there is no hazard",
    ({ programs }) => {
      const property = fc.property(
        hardwareAt("cycle", mayHaveNetwork(randomHardware)),
        programs,
        (hardware, program) => {
          const fine = finalOf(hardware, program);
          const coarse = finalOf({ ...hardware, fidelity: "transaction" }, program);
          expectSameMemories(fine, coarse, program, "cycle against transaction level");
          expect(fine.machine.hazards).toEqual([]);
          expect(fine.machine.isIdle).toBe(true);
        },
      );
      fc.assert(property, fuzzParameters(60));
    },
    fuzzTimeoutMs,
  );
});

describe("a transfer alone", () => {
  it("of one burst that is read takes tRCD + CL + burst and the rest of the path", () => {
    const machine = small();
    machine.dma(0).transfer({ source: machine.external(0).base, destination: machine.scratchpad(0).base, bytes: 64 });
    machine.runUntilIdle();
    expect(machine.cycle).toBe(14 + 14 + 2 + pathCycles);
  });

  it("of one burst that is written takes the path, tRCD + CWL + burst", () => {
    const machine = small();
    machine.dma(0).transfer({ source: machine.scratchpad(0).base, destination: machine.external(0).base, bytes: 64 });
    machine.runUntilIdle();
    expect(machine.cycle).toBe(pathCycles + 14 + 4 + 2);
  });

  it("meets the row that the one before has opened", () => {
    const machine = small();
    const read = (offset: number): number => {
      const before = machine.cycle;
      const source = machine.external(0).base + offset;
      machine.dma(0).transfer({ source, destination: machine.scratchpad(0).base, bytes: 64 });
      machine.runUntilIdle();
      return machine.cycle - before - pathCycles;
    };
    // By the mapping robaracobgch the fifth burst is in the row of the first, and banks are 16 KiB apart: rows of 1 KiB, in 4 groups.
    expect([0, 256, 64, 4 * 1024 * 4, 0].map(read)).toEqual([30, 16, 30, 44, 44]);
    expect(machine.statistics().external[0]).toMatchObject({ dramRowHits: 1, dramRowMisses: 2, dramRowConflicts: 2 });
  });

  it.each(dramParts.map(({ name }) => name))(
    "of a megabyte takes about as long as the slowest on its way, %s",
    (name) => {
      const part = dramPartNamed(name);
      const bytes = 2 ** 20;
      for (const isWrite of [false, true]) {
        const machine = small({ dramPart: name, bankCapacityMb: 64, dramQueueDepth: 64 });
        const [external, scratchpad] = [machine.external(0).base, machine.scratchpad(0).base];
        const [source, destination] = isWrite ? [scratchpad, external] : [external, scratchpad];
        machine.dma(0).transfer({ source, destination, bytes });
        machine.runUntilIdle();
        const { readToPrecharge, prechargeAll, refresh, activateToRead, refreshInterval } = part.timing;
        const lost = part.ranks * (readToPrecharge + prechargeAll + refresh + activateToRead);
        const bytesPerCycle = Math.min(100, (peakBytesPerSecond(part) / 1e9) * (1 - lost / refreshInterval));
        expect(machine.cycle).toBeGreaterThan(pathCycles + bytes / Math.min(100, peakBytesPerSecond(part) / 1e9));
        expect(machine.cycle).toBeLessThan(1.06 * (pathCycles + 200 + bytes / bytesPerCycle));
      }
    },
  );

  it("of no bytes touches no DRAM", () => {
    const machine = small();
    machine.dma(0).transfer({ source: machine.external(0).base, destination: machine.scratchpad(0).base, bytes: 0 });
    machine.runUntilIdle();
    expect([machine.cycle, machine.statistics().external[0]?.["dramReads"]]).toEqual([pathCycles, 0]);
  });

  it("of a column takes a burst for each element, a row one for sixteen", () => {
    const bursts = (stride: number): number | undefined => {
      const machine = small();
      const source = { elementBytes: 4, counts: [64], strides: [stride] };
      const layout = { source, destination: { elementBytes: 4, counts: [64], strides: [4] } };
      machine.dma(0).transfer({ source: machine.external(0).base, destination: machine.scratchpad(0).base, layout });
      machine.runUntilIdle();
      return machine.statistics().external[0]?.["dramReads"];
    };
    expect([4, 8, 64, 4096].map(bursts)).toEqual([4, 8, 64, 64]);
  });
});

/** Transfers between external memory and scratchpads, or external memory and itself, with pauses of the program. */
const someMoves = fc.array(
  fc.record({
    engine: fc.nat({ max: 3 }),
    from: fc.nat({ max: 2 }),
    to: fc.nat({ max: 2 }),
    place: fc.nat({ max: 200 }),
    bytes: fc.integer({ min: 1, max: 20_000 }),
    pause: fc.oneof(fc.constant(0), fc.nat({ max: 300 }), fc.nat({ max: 30_000 })),
  }),
  { minLength: 1, maxLength: 25 },
);
type Moves = typeof someMoves extends fc.Arbitrary<infer T> ? T : never;

/** Memories of all 1 MB: two banks of DRAM and a scratchpad. */
function busyMachine(dram: typeof anyDram extends fc.Arbitrary<infer T> ? T : never, clockGhz: number): Machine {
  return realMachine({
    fidelity: "cycle",
    clockGhz,
    externalMemory: { bankCount: 2, bankCapacityMb: 1, ...dram },
    scratchpads: { count: 1, capacityKb: 1024 },
    dmaEngines: { count: 4 },
  });
}

function issue(machine: Machine, move: Moves[number], note: (cycle: number) => void): void {
  const base = (place: number): number => (place === 2 ? machine.scratchpad(0) : machine.external(place)).base;
  const source = base(move.from) + move.place * 2048;
  const destination = base(move.to) + (200 - move.place) * 2048 + 524_288;
  machine.dma(move.engine).transfer({ source, destination, bytes: move.bytes, onComplete: () => note(machine.cycle) });
}

const clocks = fc.constantFrom(0.9, 1, 1.75);

describe("transfers that share DRAM", () => {
  it(
    "take the same cycles and bursts whether the machine runs or is stepped, and are never faster than the bus",
    () => {
      const property = fc.property(anyDram, clocks, someMoves, (dram, clockGhz, moves) => {
        const run = (advance: (machine: Machine, cycles: number) => void) => {
          const machine = busyMachine(dram, clockGhz);
          const completions: number[] = [];
          for (const move of moves) {
            issue(machine, move, (cycle) => completions.push(cycle));
            advance(machine, move.pause);
          }
          machine.runUntilIdle();
          return { completions, statistics: machine.statistics(), cycle: machine.cycle };
        };
        const ran = run((machine, cycles) => machine.runFor(cycles));
        const stepped = run((machine, cycles) => {
          for (let cycle = 0; cycle < cycles; cycle++) {
            machine.step();
            // Looking does not matter.
            if (cycle % 97 === 0) machine.statistics();
          }
        });
        expect(stepped).toEqual(ran);
        expect(ran.completions.length).toBe(moves.length);
        const part = dramPartNamed(dram.dramPart);
        for (const { bytesRead = 0, bytesWritten = 0, ...figures } of ran.statistics.external) {
          const most = (peakBytesPerSecond(part) / 1e9 / clockGhz) * dram.dramChannels * ran.cycle;
          expect(bytesRead + bytesWritten).toBeLessThanOrEqual(most);
          expect(figures["dramBusUtilization"]).toBeLessThanOrEqual(1);
          const bursts = (figures["dramReads"] ?? 0) + (figures["dramWrites"] ?? 0);
          expect(bursts * part.burstBytes).toBeGreaterThanOrEqual(bytesRead + bytesWritten);
          const found = ["dramRowHits", "dramRowMisses", "dramRowConflicts"].map((name) => figures[name] ?? 0);
          expect(found.reduce((sum, count) => sum + count, 0)).toBe(bursts);
        }
      });
      fc.assert(property, fuzzParameters(60));
    },
    fuzzTimeoutMs,
  );

  it("wait for each other at one bank and not at two", () => {
    const [alone, together, apart] = [[0], [0, 0], [0, 1]].map((banks) => {
      const machine = small({ ...hbm, bankCount: 2 });
      for (const [engine, bank] of banks.entries()) {
        const source = machine.external(bank).base + engine * 2 ** 20;
        const destination = machine.scratchpad(engine).base;
        machine.dma(engine).transfer({ source, destination, bytes: 65_536 });
      }
      machine.runUntilIdle();
      return machine.cycle;
    });
    expect(apart).toBe(alone);
    expect(together).toBeGreaterThan(1.9 * (alone ?? 0));
  });

  it(
    "go on when one of them is dropped, wherever it is",
    () => {
      const property = fc.property(
        anyDram,
        someMoves,
        fc.nat({ max: 3 }),
        fc.nat({ max: 3000 }),
        (dram, moves, engine, cycle) => {
          const machine = busyMachine(dram, 1);
          let completed = 0;
          for (const move of moves) issue(machine, move, () => completed++);
          machine.runFor(cycle);
          const before = machine.dma(engine).queueLength;
          machine.dma(engine).reset();
          machine.runUntilIdle();
          expect(completed).toBe(moves.length - before);
          for (const move of moves) issue(machine, { ...move, engine }, () => completed++);
          machine.runUntilIdle();
          expect(completed).toBe(2 * moves.length - before);
          machine.reset();
          expect(machine.statistics().external[0]).toMatchObject({ dramReads: 0, dramWrites: 0, dramRefreshes: 0 });
        },
      );
      fc.assert(property, fuzzParameters(40));
    },
    fuzzTimeoutMs,
  );

  it("are given no command in the past when another is dropped that kept them waiting", () => {
    const machine = busyMachine(
      {
        ...{ dramPart: "HBM4-8000", dramChannels: 2, dramMapping: "rorabgbachco", dramQueueDepth: 32 },
        ...{ dramPagePolicy: "open", dramRefresh: "per_bank", dramPowerDownClocks: 0 },
      },
      1,
    );
    const rows = [
      [1, 0, 0, 0, 769],
      [1, 0, 0, 0, 4961],
      [0, 1, 1, 0, 17_409],
      [2, 0, 1, 102, 11_201],
      [1, 1, 1, 121, 1665],
    ];
    const completions: number[] = [];
    for (const [engine = 0, from = 0, to = 0, place = 0, bytes = 0] of rows) {
      issue(machine, { engine, from, to, place, bytes, pause: 0 }, (cycle) => completions.push(cycle));
    }
    // The last transfer's reads hold the bus, which was free for another's last write long before.
    machine.runFor(1488);
    machine.dma(1).reset();
    machine.runUntilIdle();
    expect(completions.length).toBe(4);
    expect(completions.at(-1)).toBeGreaterThan(1488);
  });
});

describe("clocks of ranks", () => {
  it("add up to all clocks of the banks' channels", () => {
    const machine = small({ dramPart: "DDR4-3200", dramChannels: 2, bankCapacityMb: 64, dramPowerDownClocks: 64 });
    const [source, destination] = [machine.external(0).base, machine.scratchpad(0).base];
    machine.dma(0).transfer({ source, destination, bytes: 100_000 });
    machine.runUntilIdle();
    machine.runFor(50_000);
    const [used = {}, unused = {}] = machine.statistics().external;
    const names = ["ActiveStandby", "PrechargeStandby", "Refreshing", "ActivePowerDown", "PrechargePowerDown"];
    const states = (figures: Readonly<Record<string, number>>) =>
      names.map((name) => figures[`dram${name}Clocks`] ?? 0);
    const clocksOfRanks = 2 * 2 * Math.ceil((machine.cycle * 1000) / 630);
    for (const figures of [used, unused]) {
      expect(states(figures).reduce((sum, clocks) => sum + clocks, 0)).toBe(clocksOfRanks);
      expect(states(figures).at(-1)).toBeGreaterThan(0.5 * clocksOfRanks);
    }
    expect(states(used)[0]).toBeGreaterThan(0);
    expect(states(unused)[0]).toBe(0);
  });
});
