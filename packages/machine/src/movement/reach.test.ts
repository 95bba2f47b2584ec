import { describe, expect, test } from "vitest";
import { Machine } from "../machine.ts";
import { memoryKinds } from "../memory/memory-kind.ts";
import { moverKinds } from "./mover-kind.ts";
import { reaches } from "./reach.ts";

/** Tries every engine on every pair of memories; returns those that were accepted. */
function accepted(reachPolicy: "any" | "hierarchical"): string[] {
  const machine = new Machine({ reachPolicy });
  const pairs = memoryKinds.flatMap((from) => memoryKinds.map((to) => [from, to] as const));
  return moverKinds.flatMap((mover) =>
    pairs.flatMap(([from, to]) => {
      const [source, destination] = [machine.memory(from, 0).base, machine.memory(to, 0).base];
      const before = machine.mover(mover, 0).queueLength;
      try {
        machine.mover(mover, 0).transfer({ source, destination, bytes: 0 });
      } catch {
        expect(machine.mover(mover, 0).queueLength).toBe(before);
        return [];
      }
      return [`${mover} ${from} ${to}`];
    }),
  );
}

describe("reach", () => {
  test("any: every engine moves data between all memories, as in the seed document", () => {
    expect(accepted("any")).toHaveLength(3 * 25);
  });

  test("hierarchical: each engine works at its place in the hierarchy", () => {
    const between = (mover: string, kinds: readonly string[]): string[] =>
      kinds.flatMap((from) => kinds.map((to) => `${mover} ${from} ${to}`));
    expect(accepted("hierarchical")).toEqual([
      ...between("dma", ["host", "external", "l3"]),
      ...between("blockMover", ["l3", "l2"]),
      ...between("streamer", ["l2", "scratchpad"]),
    ]);
    expect(reaches("hierarchical", "dma", "external", "scratchpad")).toBe(false);
  });

  test("a refusal names the engine that does it, or says to go level by level", () => {
    const machine = new Machine({ reachPolicy: "hierarchical" });
    const [external, l2, scratchpad] = [machine.external(0).base, machine.l2(0).base, machine.scratchpad(0).base];
    expect(() => machine.dma(1).transfer({ source: l2, destination: scratchpad, bytes: 4 })).toThrow(
      "DMA engine 1 cannot move data from L2 banks to scratchpads: with reach_policy 'hierarchical' it works between " +
        "host regions, external banks, L3 tiles; use a streamer, or set reach_policy to 'any'",
    );
    expect(() => machine.dma(0).transfer({ source: external, destination: scratchpad, bytes: 4 })).toThrow(
      expect.objectContaining({
        code: "KPU_REACH",
        kind: "runtime",
        message: expect.stringContaining("go level by level"),
      }),
    );
    expect(machine.isIdle).toBe(true);
  });
});
