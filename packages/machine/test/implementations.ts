import { Machine } from "../src/index.ts";
import type { MachineUnderTest } from "./machine-under-test.ts";
import type { HardwareConfig } from "./reference/hardware.ts";
import { ReferenceMachine } from "./reference/reference-machine.ts";

export interface Implementation {
  readonly name: string;
  create(config?: HardwareConfig): MachineUnderTest;
}

export const theReference: Implementation = {
  name: "the reference",
  create: (config = {}) => new ReferenceMachine(config),
};
export const theMachine: Implementation = { name: "the machine", create: (config = {}) => new Machine(config) };

/** What a rule says must hold for both; a test that runs on both cannot quietly bend one to the other. */
export const implementations: readonly Implementation[] = [theReference, theMachine];

/** The machine with what only it has, beside what programs use of both. */
export function realMachine(config: HardwareConfig): Machine & MachineUnderTest {
  const machine = theMachine.create(config);
  if (machine instanceof Machine) return machine;
  throw new Error("the machine is not a Machine");
}
