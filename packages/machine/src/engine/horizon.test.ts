import fc from "fast-check";
import { expect, test } from "vitest";
import { Machine } from "../machine.ts";

const engines = 4;
const transfers = fc.array(
  fc.record({
    engine: fc.integer({ min: 0, max: engines - 1 }),
    from: fc.integer({ min: 0, max: 4 }),
    to: fc.integer({ min: 0, max: 4 }),
    bytes: fc.oneof(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 0, max: 3000 })),
    waitCycles: fc.integer({ min: 0, max: 200 }),
  }),
  { minLength: 1, maxLength: 14 },
);
const rates = fc.record({ external: fc.constantFrom(100, 34, 3.3), clockGhz: fc.constantFrom(1, 0.9, 1.3) });

/** All that a program can see of the machine besides the cycle. */
function visible(machine: Machine, completions: number): string {
  const queues = Array.from({ length: engines }, (_, id) => machine.dma(id).queueLength);
  return JSON.stringify([queues, machine.tile(0).isBusy, machine.isIdle, completions]);
}

test("nothing can be seen to change before the horizon, whatever shares ports and joins later", () => {
  fc.assert(
    fc.property(transfers, rates, (program, { external, clockGhz }) => {
      const machine = new Machine({
        clockGhz,
        externalMemory: { bandwidthGbps: external },
        dmaEngines: { count: engines },
        hazardPolicy: "off",
      });
      const places = [machine.host(0), machine.external(0), machine.l3(0), machine.l2(0), machine.scratchpad(0)];
      let completions = 0;
      const onComplete = (): void => {
        completions++;
      };
      const approach = (limit: number): void => {
        while (machine.cycle < limit && !machine.isIdle) {
          const { horizon } = machine;
          expect(horizon).toBeGreaterThan(machine.cycle);
          const before = visible(machine, completions);
          machine.runUntil(Math.min(limit, horizon - 1));
          expect(visible(machine, completions)).toBe(before);
          if (machine.cycle < limit) machine.step();
        }
      };
      for (const { engine, from, to, bytes, waitCycles } of program) {
        const [source = 0, destination = 0] = [places[from]?.base, places[to]?.base];
        machine.dma(engine).transfer({ source, destination, bytes, onComplete });
        if (waitCycles > 100 && !machine.tile(0).isBusy) {
          machine.tile(0).matmul({ scratchpad: 0, m: 3, n: 4, k: waitCycles, a: 0, b: 8192, c: 16384, onComplete });
        }
        approach(machine.cycle + waitCycles);
      }
      approach(Number.POSITIVE_INFINITY);
      expect(completions).toBeGreaterThanOrEqual(program.length);
    }),
    { numRuns: 300 },
  );
});
