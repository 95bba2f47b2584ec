import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { implementations } from "./implementations.ts";
import { expectSameMemories } from "./random/compare.ts";
import { ProgramDriver } from "./random/driver.ts";
import { mayHaveNetwork, randomHardware } from "./random/machines.ts";
import type { RandomProgram } from "./random/program.ts";
import { randomChain, randomQueue } from "./random/programs.ts";
import { fuzzParameters, fuzzTimeoutMs } from "./random/runs.ts";
import type { HardwareConfig } from "./reference/hardware.ts";

const orderedPrograms = [
  { how: "callbacks", programs: randomChain },
  { how: "one engine's queue", programs: randomQueue },
];

describe.each(implementations)("fidelity (rule 23), $name", ({ create }) => {
  const ranAt = (fidelity: "transaction" | "functional", hardware: HardwareConfig, program: RandomProgram) => {
    const config = { ...hardware, fidelity };
    const driver = new ProgramDriver(create(config), config, program);
    driver.fillMemories();
    for (const op of program.ops) {
      driver.perform(op);
    }
    return driver;
  };

  it.each(orderedPrograms)(
    "does not change the memory of a program ordered by $how, nor is there a hazard in it",
    ({ programs }) => {
      const property = fc.property(mayHaveNetwork(randomHardware), programs, (hardware, program) => {
        const functional = ranAt("functional", hardware, program);
        const transaction = ranAt("transaction", hardware, program);
        expectSameMemories(functional, transaction, program, "functional against transaction level");
        expect([functional.machine.cycle, functional.machine.hazards, transaction.machine.hazards]).toEqual([
          0,
          [],
          [],
        ]);
        // Work is never free of time at the transaction level; a program whose every call is refused is.
        const issued = transaction.journal.some((line) => line.startsWith("callback"));
        expect(transaction.machine.cycle > 0).toBe(issued);
      });
      fc.assert(property, fuzzParameters(40));
    },
    fuzzTimeoutMs,
  );
});
