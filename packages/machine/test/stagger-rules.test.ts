import { describe, expect, it } from "vitest";
import { implementations } from "./implementations.ts";
import type { MachineUnderTest, MoverUnderTest } from "./machine-under-test.ts";

/** 64 bytes from L2 to scratchpad 0: 15 cycles and as many more as there are further lanes. */
function stream(machine: MachineUnderTest, mover: MoverUnderTest, staggerLanes: number | undefined): void {
  const [bank, scratchpad] = [machine.l2(0), machine.scratchpad(0)];
  mover.transfer({ source: bank.base, destination: scratchpad.base, bytes: 64, staggerLanes });
}

describe.each(implementations)("stagger (rule 31), $name", ({ create }) => {
  it.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY])("refuses %d lanes", (lanes) => {
    const machine = create();
    expect(() => stream(machine, machine.streamer(0), lanes)).toThrow();
    expect([machine.isIdle, machine.streamer(0).queueLength]).toEqual([true, 0]);
  });

  it("refuses several lanes on a DMA engine and on a block mover, which have one", () => {
    const machine = create();
    expect(() => stream(machine, machine.dma(0), 16)).toThrow();
    expect(() => stream(machine, machine.blockMover(0), 2)).toThrow();
    expect(machine.isIdle).toBe(true);
    stream(machine, machine.dma(0), 1);
    stream(machine, machine.blockMover(0), undefined);
    machine.runUntilIdle();
    expect(machine.cycle).toBe(15);
  });

  it("is one lane where nothing is said", () => {
    const machine = create();
    stream(machine, machine.streamer(0), undefined);
    machine.runUntilIdle();
    expect(machine.cycle).toBe(15);
  });

  it("writes everything at its own, later completion, and reads at the start", () => {
    const machine = create();
    machine.l2(0).write(0, Uint8Array.of(7));
    stream(machine, machine.streamer(0), 5);
    machine.step();
    machine.l2(0).write(0, Uint8Array.of(8));
    machine.runUntil(18);
    expect(machine.scratchpad(0).read(0, 1)).toEqual(Uint8Array.of(0));
    machine.step();
    expect(machine.scratchpad(0).read(0, 1)).toEqual(Uint8Array.of(7));
    expect(machine.isIdle).toBe(true);
  });

  it("is in flight from its start on, so its hazards begin there", () => {
    const machine = create();
    stream(machine, machine.streamer(0), 16);
    machine.step(10);
    stream(machine, machine.streamer(1), 1);
    machine.runUntilIdle();
    expect(machine.hazards.map(({ kind, fromCycle, untilCycle }) => [kind, fromCycle, untilCycle])).toEqual([
      ["write-after-write", 10, 25],
    ]);
    expect(machine.cycle).toBe(30);
  });

  it("takes no time at the functional level", () => {
    const machine = create({ fidelity: "functional" });
    machine.l2(0).write(0, Uint8Array.of(7));
    stream(machine, machine.streamer(0), 16);
    machine.runUntilIdle();
    expect([machine.cycle, machine.scratchpad(0).read(0, 1)]).toEqual([0, Uint8Array.of(7)]);
  });
});
