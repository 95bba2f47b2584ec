import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { realMachine } from "./implementations.ts";
import { hardwareAt } from "./random/dram.ts";
import { ProgramDriver } from "./random/driver.ts";
import { crowdedHardware, mayHaveNetwork, randomHardware } from "./random/machines.ts";
import type { RandomOp, RandomProgram } from "./random/program.ts";
import { randomCredits, randomProgram, randomTraffic } from "./random/programs.ts";
import { fuzzParameters, fuzzTimeoutMs } from "./random/runs.ts";
import { viewOf } from "./random/view.ts";
import type { HardwareConfig } from "./reference/hardware.ts";

/** A reset begins a new history, so it is left out. */
function withoutResets({ ops }: RandomProgram): readonly RandomOp[] {
  return ops.filter(({ op }) => op !== "reset");
}

/** Performs an operation; true if a callback failed in it. */
function isInterrupted(driver: ProgramDriver, op: RandomOp): boolean {
  const { lines } = driver.mark();
  driver.perform(op);
  return driver.journal.slice(lines).some((line) => line.includes("came out"));
}

/** What was seen at each cycle at which the program rested, when it was there last. */
function expectSameWhenRewound(config: HardwareConfig, program: RandomProgram, order: readonly number[]): void {
  const machine = realMachine(config);
  machine.startHistory({ checkpointEveryEvents: 5 });
  machine.startTrace();
  const driver = new ProgramDriver(machine, config, program);
  driver.fillMemories();
  const seen = new Map<number, unknown>();
  for (const op of withoutResets(program)) {
    // Callbacks that wait behind one that failed run later, at the same cycle: it is not yet what it will have been.
    for (let next = op; isInterrupted(driver, next); next = { op: "runUntilIdle" }) seen.delete(machine.cycle);
    // At functional fidelity a cycle goes on after it was seen, unless nothing is left to do.
    if (config.fidelity === "functional") {
      while (isInterrupted(driver, { op: "runUntilIdle" })) seen.delete(machine.cycle);
    }
    seen.set(machine.cycle, viewOf(machine, driver, program));
  }
  const journal = [...driver.journal];
  const [latest, end] = [machine.cycle, viewOf(machine, driver, program)];
  seen.set(latest, end);
  const cycles = [...seen.keys()];
  for (const place of order) {
    const cycle = cycles[place % cycles.length] ?? latest;
    machine.rewindTo(cycle);
    expect(machine.cycle).toBe(cycle);
    expect(viewOf(machine, driver, program), `cycle ${cycle} of ${latest}`).toEqual(seen.get(cycle));
  }
  machine.rewindTo(latest);
  expect(viewOf(machine, driver, program)).toEqual(end);
  expect(driver.journal).toEqual(journal);
}

const order = fc.array(fc.nat({ max: 29 }), { minLength: 1, maxLength: 6 });

describe("a rewound machine", () => {
  it.each(["transaction", "functional", "cycle"] as const)(
    "is what it was at that cycle, %s level",
    (fidelity) => {
      const programs = fc.oneof(randomProgram, randomCredits);
      const property = fc.property(
        hardwareAt(fidelity, mayHaveNetwork(randomHardware)),
        programs,
        order,
        (hardware, program, cycles) => {
          expectSameWhenRewound(hardware, program, cycles);
        },
      );
      fc.assert(property, fuzzParameters(fidelity === "transaction" ? 150 : 60));
    },
    fuzzTimeoutMs,
  );

  it.each(["transaction", "cycle"] as const)(
    "is so amid transfers that share ports, %s level",
    (fidelity) => {
      const property = fc.property(
        hardwareAt(fidelity, mayHaveNetwork(crowdedHardware)),
        randomTraffic(400),
        order,
        (hardware, program, cycles) => {
          expectSameWhenRewound(hardware, program, cycles);
        },
      );
      fc.assert(property, fuzzParameters(60));
    },
    fuzzTimeoutMs,
  );
});
