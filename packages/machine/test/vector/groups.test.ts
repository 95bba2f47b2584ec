import { expect, test } from "vitest";
import { MachineGroup } from "../../src/index.ts";

test("machines of a group have vector units of their own, each as its machine is configured", () => {
  const common = { externalMemory: { bankCapacityMb: 1 }, hostMemory: { regionCapacityMb: 1 } };
  const group = new MachineGroup({
    machines: [
      { ...common, computeTiles: { count: 3 } },
      { ...common, vectorUnits: { width: 1, pipelineDepth: 0, functions: "table", tableSize: 2, tableRange: 1 } },
    ],
    hostLink: { bandwidthGbps: 32, latencyCycles: 200 },
  });
  const [first, second] = [group.machine(0), group.machine(1)];
  const never = second.semaphore("never");
  const ends: string[] = [];
  for (const [machine, tile] of [
    [first, 2],
    [second, 1],
  ] as const) {
    machine.scratchpad(0).writeFloat32(0, [0.5, -1, 3, 0]);
    const note = (what: string) => () => {
      ends.push(`${what} of ${tile} at ${group.cycle}`);
    };
    const row = { scratchpad: 0, rows: 1, cols: 4, source: 0, destination: 64 };
    machine.vector(tile).activation({ ...row, activation: "tanh", onComplete: note("tanh") });
    const product = { scratchpad: 0, m: 1, n: 1, k: 1, a: 0, b: 8, c: 128 };
    machine.tile(tile).matmul({ ...product, epilogue: {}, onComplete: note("product") });
    expect(machine.vector(tile).queueLength).toBe(2);
  }
  group.runUntilIdle();
  expect(ends).toEqual(["tanh of 2 at 4", "tanh of 1 at 4", "product of 1 at 32", "product of 2 at 35"]);
  expect([...first.scratchpad(0).readFloat32(64, 4)]).toEqual([0.5, -1, 3, 0].map((x) => Math.fround(Math.tanh(x))));
  const end = Math.fround(Math.tanh(1));
  expect([...second.scratchpad(0).readFloat32(64, 4)]).toEqual([Math.fround(0.5 * end), -end, end, 0]);
  expect([first, second].map((machine) => machine.scratchpad(0).readFloat32(128, 1)[0])).toEqual([1.5, 1.5]);
  expect(second.statistics().vector[1]).toMatchObject({ operationsCompleted: 2, elementsProcessed: 5 });
  expect(first.statistics().vector.map((each) => each["operationsCompleted"])).toEqual([0, 0, 2]);
  const product = { scratchpad: 0, m: 1, n: 1, k: 1, a: 0, b: 4, c: 8 };
  second.tile(0).matmul({ ...product, epilogue: {}, waitFor: [never] });
  expect(() => group.runUntilIdle()).toThrow(
    /KPU 1 vector 0 .* waits for semaphore 'full accumulators of KPU 1 tile 0'/,
  );
});
