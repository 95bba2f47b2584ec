import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Figures, Machine, Statistics } from "../src/index.ts";
import { realMachine } from "./implementations.ts";
import { hardwareAt } from "./random/dram.ts";
import { ProgramDriver } from "./random/driver.ts";
import { randomHardware } from "./random/machines.ts";
import { randomCredits } from "./random/programs.ts";
import { fuzzParameters, fuzzTimeoutMs } from "./random/runs.ts";

function unitsOf({ dma, blockMover, streamer, tile, vector }: Statistics): readonly Figures[] {
  return [...dma, ...blockMover, ...streamer, ...tile, ...vector];
}

function figure(figures: Figures, name: string): number {
  const value = figures[name];
  if (value === undefined) throw new Error(`there is no statistic ${name}`);
  return value;
}

/** Every cycle of a unit is busy, waiting for data, waiting for space, or idle. */
function expectEveryCycleOnce(machine: Machine): void {
  for (const figures of unitsOf(machine.statistics())) {
    const sum = ["busyCycles", "waitingForDataCycles", "waitingForSpaceCycles", "idleCycles"]
      .map((name) => figure(figures, name))
      .reduce((total, cycles) => total + cycles);
    expect(sum).toBe(machine.cycle);
  }
}

/** What units waited by the trace is what they waited by the statistics, but for waits whose work has not completed. */
function expectWaitsOfTrace(machine: Machine): void {
  const names = machine.trace.unitNames;
  const waited = new Map(names.map((name) => [name, 0]));
  const ports = new Map(names.map((name) => [name, false]));
  for (const { unit, waitedCycles, slowedByPorts, cause } of machine.trace) {
    expect(cause !== "none" || waitedCycles === 0).toBe(true);
    waited.set(unit, (waited.get(unit) ?? 0) + waitedCycles);
    ports.set(unit, ports.get(unit) === true || slowedByPorts);
  }
  for (const [unit, figures] of unitsOf(machine.statistics()).entries()) {
    const name = names[unit] ?? "";
    const all = figure(figures, "waitingForDataCycles") + figure(figures, "waitingForSpaceCycles");
    expect(waited.get(name)).toBeLessThanOrEqual(all);
    if (machine.isIdle) expect(waited.get(name)).toBe(all);
    expect(ports.get(name)).toBe((figures["waitingForPortsCycles"] ?? 0) > 0);
  }
}

describe("on random programs with credits", () => {
  it.each(["transaction", "functional", "cycle"] as const)(
    "every cycle of every unit has one reason, also between two steps, %s level",
    (fidelity) => {
      const property = fc.property(hardwareAt(fidelity, randomHardware), randomCredits, (config, program) => {
        const machine = realMachine(config);
        machine.startTrace();
        const driver = new ProgramDriver(machine, config, program);
        driver.fillMemories();
        for (const op of program.ops) {
          driver.perform(op);
          expectEveryCycleOnce(machine);
          expectWaitsOfTrace(machine);
        }
      });
      fc.assert(property, fuzzParameters(fidelity === "transaction" ? 150 : 50));
    },
    fuzzTimeoutMs,
  );

  it(
    "what is seen to wait during a step has waited a cycle more",
    () => {
      const property = fc.property(randomHardware, randomCredits, (hardware, program) => {
        const machine = realMachine(hardware);
        const driver = new ProgramDriver(machine, hardware, program);
        driver.fillMemories();
        for (const op of program.ops) {
          driver.perform(op);
          const before = waitsByWork(machine);
          // A step may end in an exception of a callback, at its last cycle.
          driver.perform({ op: "step", cycles: 1 });
          if (driver.journal.at(-1)?.includes("came out") === true) return;
          for (const [work, cycles] of waitsByWork(machine)) {
            expect(cycles - (before.get(work) ?? cycles - 1)).toBe(1);
          }
        }
      });
      fc.assert(property, fuzzParameters(100));
    },
    fuzzTimeoutMs,
  );
});

/** Cycles that the units of waiting work have waited so far, by work. */
function waitsByWork(machine: Machine): ReadonlyMap<string, number> {
  const statistics = unitsOf(machine.statistics());
  const names = machine.trace.unitNames;
  return new Map(
    machine.waiting.map(({ work: { unit, sequence } }) => {
      const figures = statistics[names.indexOf(unit)] ?? {};
      return [
        `${unit} ${sequence}`,
        figure(figures, "waitingForDataCycles") + figure(figures, "waitingForSpaceCycles"),
      ];
    }),
  );
}
