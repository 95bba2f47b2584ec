import { describe, expect, it } from "vitest";
import { implementations } from "./implementations.ts";
import type { MachineUnderTest } from "./machine-under-test.ts";

function move(machine: MachineUnderTest, engine: number, onComplete: () => void, bytes = 4): void {
  machine
    .dma(engine)
    .transfer({ source: machine.external(0).base, destination: machine.scratchpad(0).base, bytes, onComplete });
}

describe.each(implementations)("functional level (rule 24), $name", ({ create }) => {
  it("takes no time, and goes round by round in the order of issue", () => {
    const machine = create({ fidelity: "functional" });
    const order: string[] = [];
    const note = (name: string) => (): void => {
      order.push(`${name} at ${machine.cycle}`);
    };
    machine.step(7);
    move(machine, 0, () => {
      note("a")();
      // Issued in the first round's callbacks: starts in that round where its engine is free, together with c.
      move(machine, 0, note("d"));
    });
    move(machine, 1, note("b"));
    move(machine, 1, note("c"));
    machine.tile(0).matmul({ scratchpad: 0, m: 9, n: 9, k: 9, a: 0, b: 324, c: 648, onComplete: note("product") });
    machine.runUntilIdle();
    expect(order).toEqual(["a at 7", "b at 7", "product at 7", "c at 7", "d at 7"]);
    expect([machine.cycle, machine.isIdle]).toEqual([7, true]);
  });

  it("reads what the round before wrote", () => {
    const machine = create({ fidelity: "functional" });
    const [bank, scratchpad] = [machine.external(0), machine.scratchpad(0)];
    bank.write(0, Uint8Array.of(1, 2, 3, 4));
    const dma = machine.dma(0);
    dma.transfer({ source: bank.base, destination: scratchpad.base, bytes: 4 });
    dma.transfer({ source: scratchpad.base, destination: bank.base + 100, bytes: 4 });
    // The other engine's copy starts in the first round, before anything has arrived.
    machine.dma(1).transfer({ source: scratchpad.base, destination: bank.base + 200, bytes: 4 });
    machine.runUntilIdle();
    expect(bank.read(100, 4)).toEqual(Uint8Array.of(1, 2, 3, 4));
    expect(bank.read(200, 4)).toEqual(Uint8Array.of(0, 0, 0, 0));
  });

  it("does all rounds of a cycle in its step", () => {
    const machine = create({ fidelity: "functional" });
    const cycles: number[] = [];
    move(machine, 0, () => {
      cycles.push(machine.cycle);
      move(machine, 0, () => cycles.push(machine.cycle), 0);
    });
    machine.step();
    expect([machine.cycle, machine.isIdle, cycles]).toEqual([1, true, [0, 0]]);
    move(machine, 0, () => cycles.push(machine.cycle));
    machine.runUntil(10);
    expect([machine.cycle, cycles]).toEqual([10, [0, 0, 1]]);
  });

  it("stops in its round at a callback that raises", () => {
    const machine = create({ fidelity: "functional" });
    const order: string[] = [];
    move(machine, 0, () => {
      throw new Error("stop");
    });
    move(machine, 1, () => order.push("same round"));
    move(machine, 0, () => order.push("next round"));
    expect(() => machine.step()).toThrow("stop");
    expect([machine.cycle, order]).toEqual([0, []]);
    machine.step();
    expect([machine.cycle, order]).toEqual([1, ["same round", "next round"]]);
  });
});
