import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Machine, traceProblems } from "../src/index.ts";
import { realMachine, theReference } from "./implementations.ts";
import { expectCleanBetweenWindows, expectSame } from "./random/compare.ts";
import { ProgramDriver } from "./random/driver.ts";
import { crowdedHardware, randomHardware, withNetwork } from "./random/machines.ts";
import type { RandomOp, RandomProgram } from "./random/program.ts";
import { randomCredits, randomProgram, randomTraffic } from "./random/programs.ts";
import { fuzzParameters, fuzzTimeoutMs } from "./random/runs.ts";
import type { Fidelity, HardwareConfig, HazardPolicy } from "./reference/hardware.ts";

function describeOp(op: RandomOp, index: number): string {
  return `after op ${index}: ${JSON.stringify(op)}`;
}

/** Every program ends idle, however many of its callbacks raise. */
function ops(program: RandomProgram): readonly RandomOp[] {
  const raises = JSON.stringify(program.ops).split('"raise"').length;
  return [...program.ops, ...Array.from({ length: raises }, () => ({ op: "runUntilIdle" as const }))];
}

function compare(config: HardwareConfig, program: RandomProgram, endsIdle = true): void {
  const expected = new ProgramDriver(theReference.create(config), config, program);
  const machine = realMachine(config);
  machine.startTrace();
  const actual = new ProgramDriver(machine, config, program);
  expected.fillMemories();
  actual.fillMemories();
  for (const [index, op] of ops(program).entries()) {
    expected.perform(op);
    actual.perform(op);
    expectSame(actual, expected, program, describeOp(op, index));
  }
  expectTruthfulTrace(machine);
  // Work that waits for credits may never get them.
  if (endsIdle) {
    expect(actual.machine.isIdle).toBe(true);
  }
  expectCleanBetweenWindows(actual, program);
}

/** The raise policy must only interrupt: a program that goes on after each exception sees what it sees under record. */
function compareRaise(config: HardwareConfig, program: RandomProgram): void {
  const expected = new ProgramDriver(theReference.create({ ...config, hazardPolicy: "record" }), config, program, true);
  const machine = realMachine({ ...config, hazardPolicy: "raise" });
  machine.startTrace();
  const actual = new ProgramDriver(machine, config, program, true);
  expected.fillMemories();
  actual.fillMemories();
  let exceptions = 0;
  for (const [index, op] of ops(program).entries()) {
    const recordsBefore = op.op === "reset" ? 0 : expected.machine.hazards.length;
    expected.perform(op);
    actual.perform(op);
    expectSame(actual, expected, program, describeOp(op, index));
    const added = expected.machine.hazards.length - recordsBefore;
    const raised = actual.hazardExceptions - exceptions;
    exceptions = actual.hazardExceptions;
    expect(raised, `${added} hazards, ${describeOp(op, index)}`).toBeLessThanOrEqual(Math.max(0, added));
    expect(raised > 0, `${added} hazards, ${describeOp(op, index)}`).toBe(added > 0);
  }
  expectTruthfulTrace(machine);
}

/** The trace of the whole program can be true. */
function expectTruthfulTrace(machine: Machine): void {
  const facts = machine.traceFacts();
  expect(machine.trace.length).toBe(facts.completed);
  expect(traceProblems(machine.trace, facts)).toEqual([]);
}

const fidelities: readonly Fidelity[] = ["transaction", "functional"];
const policies: readonly HazardPolicy[] = ["record", "off"];
const combinations = fidelities.flatMap((fidelity) => policies.map((hazardPolicy) => ({ fidelity, hazardPolicy })));

describe("random programs on random machines", () => {
  it.each(combinations)(
    "agree with the reference, $fidelity level, hazard policy $hazardPolicy",
    ({ fidelity, hazardPolicy }) => {
      const property = fc.property(randomHardware, randomProgram, (hardware, program) => {
        compare({ ...hardware, fidelity, hazardPolicy }, program);
      });
      fc.assert(property, fuzzParameters(fidelity === "transaction" ? 100 : 60));
    },
    fuzzTimeoutMs,
  );

  it.each([
    { size: "short", mostElements: 200, runs: 80 },
    { size: "long", mostElements: 2000, runs: 10 },
  ])(
    "agree with the reference in $size crowded traffic",
    ({ mostElements, runs }) => {
      const property = fc.property(crowdedHardware, randomTraffic(mostElements), (hardware, program) => {
        compare(hardware, program);
      });
      fc.assert(property, fuzzParameters(runs));
    },
    fuzzTimeoutMs,
  );

  it.each([
    { size: "short", mostElements: 200, runs: 80 },
    { size: "long", mostElements: 2000, runs: 6 },
  ])(
    "agree with the reference in $size crowded traffic over an on-chip network",
    ({ mostElements, runs }) => {
      const property = fc.property(withNetwork(crowdedHardware), randomTraffic(mostElements), (hardware, program) => {
        compare(hardware, program);
      });
      fc.assert(property, fuzzParameters(runs));
    },
    fuzzTimeoutMs,
  );

  it.each(fidelities)(
    "agree with the reference on machines with an on-chip network, %s level",
    (fidelity) => {
      const property = fc.property(withNetwork(randomHardware), randomProgram, (hardware, program) => {
        compare({ ...hardware, fidelity }, program);
      });
      fc.assert(property, fuzzParameters(fidelity === "transaction" ? 60 : 30));
    },
    fuzzTimeoutMs,
  );

  it.each(fidelities)(
    "agree with the reference where work waits for credits, %s level",
    (fidelity) => {
      const property = fc.property(randomHardware, randomCredits, (hardware, program) => {
        compare({ ...hardware, fidelity }, program, false);
      });
      fc.assert(property, fuzzParameters(fidelity === "transaction" ? 150 : 80));
    },
    fuzzTimeoutMs,
  );

  it.each(fidelities)(
    "agree with the reference, %s level, hazard policy raise",
    (fidelity) => {
      const property = fc.property(randomHardware, randomProgram, (hardware, program) => {
        compareRaise({ ...hardware, fidelity }, program);
      });
      fc.assert(property, fuzzParameters(40));
    },
    fuzzTimeoutMs,
  );
});
