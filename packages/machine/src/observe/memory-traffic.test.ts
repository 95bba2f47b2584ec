import { expect, it } from "vitest";
import { MachineGroup } from "../machine-group.ts";
import { memoryKinds } from "../memory/memory-kind.ts";

it("traffic by kind of work adds up to the statistics, for each machine of a group by itself", () => {
  const group = new MachineGroup({
    machines: [{}, { l2Banks: { count: 3 } }],
    hostLink: { bandwidthGbps: 32, latencyCycles: 10 },
  });
  const [first, second] = [group.machine(0), group.machine(1)];
  for (const [machine, bytes] of [
    [first, 256],
    [second, 1024],
  ] as const) {
    machine.dma(0).transfer({ source: machine.external(1).base, destination: machine.l3(0).base, bytes });
    machine.blockMover(0).transfer({ source: machine.l3(1).base, destination: machine.l2(2).base, bytes });
    machine.streamer(0).transfer({ source: machine.l2(1).base, destination: machine.scratchpad(0).base, bytes });
    machine.tile(0).matmul({ scratchpad: 1, m: 4, n: 4, k: 4, a: 0, b: 64, c: 128 });
  }
  group.runUntilIdle();
  for (const machine of [first, second]) {
    const statistics = machine.statistics();
    for (const kind of memoryKinds) {
      for (const figure of ["bytesRead", "bytesWritten"] as const) {
        const all = statistics[kind].reduce((sum, memory) => sum + (memory[figure] ?? 0), 0);
        expect(machine.traffic(kind).reduce((sum, traffic) => sum + traffic[figure], 0)).toBe(all);
      }
    }
  }
  expect(second.traffic("l2").map(({ work, bytesRead, bytesWritten }) => [work, bytesRead, bytesWritten])).toEqual([
    ["dma", 0, 0],
    ["blockMover", 0, 1024],
    ["streamer", 1024, 0],
    ["product", 0, 0],
    ["vector", 0, 0],
  ]);
  expect(first.traffic("scratchpad").find(({ work }) => work === "product")).toMatchObject({
    bytesRead: 128,
    bytesWritten: 64,
  });
});
