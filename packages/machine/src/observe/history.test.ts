import { describe, expect, test } from "vitest";
import { Machine } from "../machine.ts";

/** A machine with a history, on which a transfer's callback has started another. */
function chained(): { readonly machine: Machine; readonly calls: number[] } {
  const machine = new Machine();
  const calls: number[] = [];
  const [bank, scratchpad] = [machine.external(0), machine.scratchpad(0)];
  machine.startHistory({ checkpointEveryEvents: 2 });
  bank.writeFloat32(0, [42]);
  const back = (): void => {
    calls.push(machine.cycle);
    machine.dma(1).transfer({ source: scratchpad.base, destination: bank.base + 4096, bytes: 1024 });
    scratchpad.writeFloat32(0, [7]);
  };
  machine.dma(0).transfer({ source: bank.base, destination: scratchpad.base, bytes: 1024, onComplete: back });
  machine.runUntilIdle();
  return { machine, calls };
}

describe("a history", () => {
  test("brings back every cycle, in any order, without running callbacks again", () => {
    const { machine, calls } = chained();
    const [bank, scratchpad] = [machine.external(0), machine.scratchpad(0)];
    expect(machine.history).toMatchObject({ firstCycle: 0, latestCycle: 290, isInPast: false, inputCount: 4 });
    machine.rewindTo(144);
    expect([machine.cycle, machine.dma(0).queueLength, scratchpad.readFloat32(0, 1)[0]]).toEqual([144, 1, 0]);
    expect(machine.history?.isInPast).toBe(true);
    machine.rewindTo(145);
    expect([machine.dma(0).queueLength, machine.dma(1).queueLength]).toEqual([0, 1]);
    expect(scratchpad.readFloat32(0, 1)[0]).toBe(7);
    machine.rewindTo(0);
    expect([bank.readFloat32(0, 1)[0], machine.dma(0).queueLength]).toEqual([42, 1]);
    machine.rewindTo(289);
    expect(bank.readFloat32(4096, 1)[0]).toBe(0);
    machine.rewindTo(290);
    expect(bank.readFloat32(4096, 1)[0]).toBe(7);
    expect(machine.history).toMatchObject({ isInPast: false, latestCycle: 290 });
    expect(calls).toEqual([145]);
  });

  test("goes on from the past as if nothing had come after, with callbacks", () => {
    const { machine, calls } = chained();
    machine.rewindTo(100);
    machine.external(0).readFloat32(0, 1);
    expect(machine.history?.latestCycle).toBe(290);
    machine.scratchpad(0).writeFloat32(0, [1]);
    expect(machine.history).toMatchObject({ latestCycle: 100, isInPast: false });
    machine.runUntilIdle();
    expect([machine.cycle, calls]).toEqual([290, [145, 145]]);
    machine.rewindTo(50);
    machine.step();
    expect(machine.history?.latestCycle).toBe(51);
    expect(() => machine.rewindTo(52)).toThrow("cannot rewind to cycle 52: the history reaches from cycle 0 to 51");
  });

  test("is not kept unless it is asked for, and begins anew with a reset or a restored checkpoint", () => {
    const idle = new Machine();
    expect(idle.history).toBeUndefined();
    expect(() => idle.rewindTo(0)).toThrow("no history is kept");
    expect(() => idle.startHistory({ checkpointEveryEvents: 0 })).toThrow("checkpointEveryEvents");
    const { machine } = chained();
    const checkpoint = machine.checkpoint();
    machine.reset();
    expect(machine.history).toMatchObject({ firstCycle: 0, latestCycle: 0, inputCount: 0 });
    machine.restore(checkpoint);
    expect(machine.history).toMatchObject({ firstCycle: 290, latestCycle: 290, inputCount: 0 });
    expect(() => machine.rewindTo(289)).toThrow("reaches from cycle 290 to 290");
    machine.stopHistory();
    expect(machine.history).toBeUndefined();
  });

  test("knows starts that a raised hazard or a deadlock interrupted", () => {
    const machine = new Machine({ hazardPolicy: "raise" });
    const credit = machine.semaphore("credit");
    const [bank, scratchpad] = [machine.external(0).base, machine.scratchpad(0).base];
    machine.startHistory();
    machine.dma(0).transfer({ source: bank, destination: bank + 4096, bytes: 64, waitFor: [credit] });
    machine.runUntil(10);
    expect(() => machine.runUntilIdle()).toThrow("deadlock at cycle 10");
    credit.signal();
    machine.dma(1).transfer({ source: bank + 4096, destination: scratchpad, bytes: 64 });
    expect(() => machine.runUntilIdle()).toThrow("read-after-write hazard");
    machine.external(0).write(0, Uint8Array.of(9));
    const atTen = machine.statistics();
    machine.runUntilIdle();
    const [end, atEnd] = [machine.cycle, machine.statistics()];
    machine.rewindTo(11);
    machine.rewindTo(10);
    expect(machine.statistics()).toEqual(atTen);
    expect(machine.hazards).toHaveLength(1);
    machine.rewindTo(end - 1);
    machine.rewindTo(end);
    expect(machine.statistics()).toEqual(atEnd);
    machine.rewindTo(10);
    machine.runUntilIdle();
    expect(machine.statistics()).toEqual(atEnd);
    expect(machine.external(0).read(4096, 1)[0]).toBe(0);
  });

  test("knows what was done within a cycle at functional fidelity", () => {
    const machine = new Machine({ fidelity: "functional" });
    const { base } = machine.external(0);
    machine.startHistory();
    machine.dma(0).transfer({ source: base, destination: base, bytes: 4 });
    machine.dma(0).transfer({ source: base, destination: base, bytes: 4 });
    machine.runUntilIdle();
    machine.runUntil(5);
    machine.dma(0).transfer({ source: base, destination: base, bytes: 4 });
    machine.runUntil(8);
    const completedAt = (cycle: number): number | undefined => {
      machine.rewindTo(cycle);
      return machine.statistics().dma[0]?.["transfersCompleted"];
    };
    expect([5, 0, 8, 4, 6].map(completedAt)).toEqual([2, 2, 3, 2, 3]);
  });

  test("has a trace that grows and shrinks with the cycle", () => {
    const machine = new Machine();
    const { base } = machine.external(0);
    machine.startHistory();
    for (let index = 0; index < 4; index++) machine.dma(0).transfer({ source: base, destination: base, bytes: 0 });
    machine.runUntil(300);
    machine.startTrace();
    machine.runUntilIdle();
    expect(machine.trace.length).toBe(3);
    machine.rewindTo(250);
    expect([machine.isTracing, machine.trace.length]).toEqual([false, 0]);
    machine.rewindTo(600);
    expect([machine.isTracing, machine.trace.length]).toEqual([true, 2]);
  });

  test("has few checkpoints however long it is", () => {
    const machine = new Machine();
    const { base } = machine.external(0);
    machine.startHistory({ checkpointEveryEvents: 1 });
    for (let index = 0; index < 1000; index++) machine.dma(0).transfer({ source: base, destination: base, bytes: 0 });
    machine.runUntilIdle();
    const { checkpointCount = 0 } = machine.history ?? {};
    expect(checkpointCount).toBeGreaterThan(30);
    expect(checkpointCount).toBeLessThanOrEqual(64);
    for (const cycle of [199_999, 1, 100_001, 100_000]) {
      machine.rewindTo(cycle);
      expect(machine.dma(0).queueLength).toBe(1000 - Math.floor(cycle / 200));
    }
    // Stepping on in the past, looking, and running slices there.
    machine.rewindTo(400);
    expect(machine.runSlice({ until: 1400, rounds: 3 })).toBe(false);
    expect(machine.cycle).toBe(1000);
  });
});
