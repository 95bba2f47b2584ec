import { describe, expect, test } from "vitest";
import { Machine } from "../machine.ts";
import { tile } from "./geometry.ts";

describe("a prepared transfer", () => {
  test("is the transfer between the places that it is given, each time", () => {
    const machine = new Machine();
    machine.l3(1).writeFloat32(0, [1, 2, 3, 4, 5, 6, 7, 8]);
    const [from, to] = [machine.l3(1), machine.l2(2)];
    const hop = machine.blockMover(0).prepare({ from, to, layout: tile({ rows: 2, cols: 1, sourceRowStride: 8 }) });
    const done: number[] = [];
    hop.issue(0, 64, () => done.push(machine.cycle));
    hop.issue(12, 0, () => done.push(machine.cycle));
    machine.runUntilIdle();
    expect(done).toEqual([30, 60]);
    expect([...machine.l2(2).readFloat32(64, 2)]).toEqual([1, 3]);
    expect([...machine.l2(2).readFloat32(0, 2)]).toEqual([4, 6]);
  });

  test("checks what it can at once, and the places each time", () => {
    const machine = new Machine({ reachPolicy: "hierarchical" });
    const [l3, l2, scratchpad] = [machine.l3(0), machine.l2(0), machine.scratchpad(0)];
    expect(() => machine.blockMover(0).prepare({ from: l3, to: scratchpad, bytes: 4 })).toThrow("cannot move data");
    expect(() => machine.blockMover(0).prepare({ from: l3, to: l2, bytes: -4 })).toThrow("transfer size");
    const hop = machine.blockMover(0).prepare({ from: l3, to: l2, bytes: 1024 });
    expect(() => hop.issue(-1, 0)).toThrow(
      "source offset -0x1 in L3 tile 0: the transfer fits at offsets [0x0, 0x1fc01)",
    );
    expect(() => hop.issue(0, 65536 - 1023)).toThrow("destination offset 0xfc01 in L2 bank 0");
    const tooLarge = machine.blockMover(0).prepare({ from: l3, to: l2, bytes: 65537 });
    expect(() => tooLarge.issue(0, 0)).toThrow("does not fit into that memory at all");
    expect(machine.isIdle).toBe(true);
    hop.issue(0, 65536 - 1024);
    machine.runUntilIdle();
    expect(machine.cycle).toBe(45);
  });
});
