import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Machine } from "../src/index.ts";
import { realMachine } from "./implementations.ts";
import { hardwareAt } from "./random/dram.ts";
import { type DriverMark, ProgramDriver } from "./random/driver.ts";
import { crowdedHardware, mayHaveNetwork, randomHardware } from "./random/machines.ts";
import type { RandomOp, RandomProgram } from "./random/program.ts";
import { randomCredits, randomProgram, randomTraffic } from "./random/programs.ts";
import { fuzzParameters, fuzzTimeoutMs } from "./random/runs.ts";
import { viewOf } from "./random/view.ts";
import type { HardwareConfig } from "./reference/hardware.ts";

interface Resumption {
  readonly checkpoint: ReturnType<Machine["checkpoint"]>;
  readonly mark: DriverMark;
  /** What has to be done from there on, and what came of it. */
  readonly rest: readonly RandomOp[];
  readonly seen: unknown;
}

/** Runs a program with checkpoints after some operations, then goes back to them in a given order and runs to the end again. */
function expectSameAgain(config: HardwareConfig, program: RandomProgram, places: readonly number[]): void {
  const machine = realMachine(config);
  const driver = new ProgramDriver(machine, config, program);
  driver.fillMemories();
  machine.startTrace();
  const last = program.ops.length;
  const taken = new Map<number, Omit<Resumption, "seen">>();
  for (const [index, op] of program.ops.entries()) {
    if (places.some((place) => place % last === index)) {
      const rest = program.ops.slice(index);
      taken.set(index, { checkpoint: machine.checkpoint(), mark: driver.mark(), rest });
    }
    driver.perform(op);
  }
  const journal = [...driver.journal];
  const expected = viewOf(machine, driver, program);
  for (const place of places) {
    const resumption = taken.get(place % last);
    if (resumption === undefined) throw new Error(`no checkpoint was taken before operation ${place % last}`);
    machine.restore(resumption.checkpoint);
    driver.returnTo(resumption.mark);
    expect(machine.cycle).toBe(resumption.checkpoint.cycle);
    for (const op of resumption.rest) driver.perform(op);
    expect(driver.journal).toEqual(journal);
    expect(viewOf(machine, driver, program)).toEqual(expected);
  }
}

// Older after newer, and one of them twice.
const places = fc
  .array(fc.nat({ max: 29 }), { minLength: 1, maxLength: 3 })
  .map((list) => [...list.toSorted((a, b) => b - a), list[0] ?? 0]);

describe("a restored checkpoint", () => {
  it.each(["transaction", "functional", "cycle"] as const)(
    "is the machine as it was: everything happens again, %s level",
    (fidelity) => {
      const programs = fc.oneof(randomProgram, randomCredits);
      const property = fc.property(
        hardwareAt(fidelity, mayHaveNetwork(randomHardware)),
        programs,
        places,
        (hardware, program, order) => {
          expectSameAgain(hardware, program, order);
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
        places,
        (hardware, program, order) => {
          expectSameAgain(hardware, program, order);
        },
      );
      fc.assert(property, fuzzParameters(60));
    },
    fuzzTimeoutMs,
  );
});
