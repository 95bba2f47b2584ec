import { Machine, type MachineConfig } from "@kpu-sim/machine";
import fc from "fast-check";

/** Two rings of one buffer each: transfers wait for space, products for data, and transfers share the ports of an external bank. */
export function tracedPipeline(products = 5, config: MachineConfig = {}): Machine {
  const machine = new Machine(config);
  const side = 16;
  const bytes = 4 * side * side;
  machine.startTrace();
  for (const lane of [0, 1]) {
    const full = machine.semaphore("full");
    const empty = machine.semaphore("empty", 1, "space");
    const { base } = machine.scratchpad(lane);
    for (let product = 0; product < products; product++) {
      const order = { source: machine.external(0).base, destination: base, bytes: 2 * bytes };
      machine.dma(lane).transfer({ ...order, waitFor: [empty], signal: [full] });
      const operands = { scratchpad: lane, m: side, n: side, k: side, a: 0, b: bytes, c: 2 * bytes };
      machine.tile(lane).matmul({ ...operands, queued: true, waitFor: [full], signal: [empty] });
    }
  }
  machine.runUntilIdle();
  return machine;
}

/** Transfers that follow each other closely on several engines. */
export type Traffic = {
  readonly engines: number;
  readonly transfers: readonly { readonly engine: number; readonly bytes: number; readonly late: number }[];
};

export const traffic: fc.Arbitrary<Traffic> = fc.record({
  engines: fc.integer({ min: 1, max: 5 }),
  transfers: fc.array(
    fc.record({
      engine: fc.nat(),
      bytes: fc.oneof(fc.nat(8), fc.nat(4096)),
      late: fc.oneof(fc.constant(0), fc.nat(3), fc.constantFrom(300, 70_000, 2 ** 33)),
    }),
    { maxLength: 40 },
  ),
});

/** A machine whose trace has such transfers, each of which waits for the one before it on another engine. */
export function tracedTraffic({ engines, transfers }: Traffic, config: MachineConfig = {}): Machine {
  const machine = new Machine({ ...config, dmaEngines: { count: engines } });
  machine.startTrace();
  const [source, destination] = [machine.external(1).base, machine.scratchpad(1).base];
  for (const { engine, bytes, late } of transfers) {
    const turn = machine.semaphore("turn", 0, bytes % 2 === 0 ? "data" : "space");
    const [first, second] = [engine % engines, (engine + 1) % engines];
    machine.dma(first).transfer({ source, destination, bytes, signal: [turn] });
    machine.dma(second).transfer({ source: destination, destination, bytes, waitFor: [turn] });
    machine.runFor(late);
  }
  machine.runUntilIdle();
  return machine;
}
