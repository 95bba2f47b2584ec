import { describe, expect, test } from "vitest";
import { Machine, type MachineConfig } from "../../src/index.ts";

/** A transfer of 1024 bytes from external bank 0 to scratchpad 0, which takes 145 cycles alone. */
function startTransfer(machine: Machine, done: number[] = [], destination = 0): void {
  machine.dma(0).transfer({
    source: machine.external(0).base,
    destination: machine.scratchpad(0).base + destination,
    bytes: 1024,
    onComplete: () => done.push(machine.cycle),
  });
}

function machineOf(config: MachineConfig = {}): Machine {
  return new Machine({
    externalMemory: { bankCount: 2, bankCapacityMb: 64 },
    scratchpads: { capacityKb: 256 },
    ...config,
  });
}

const ofDma = { unit: "dma", id: 0 } as const;

describe("a late completion", () => {
  test("comes so many cycles later, once, with its data", () => {
    const machine = machineOf();
    machine.external(0).write(0, Uint8Array.of(7));
    const done: number[] = [];
    machine.injectFault({ kind: "late_completion", ...ofDma, cycles: 30 });
    startTransfer(machine, done);
    startTransfer(machine, done, 2048);
    machine.runUntil(174);
    expect(machine.scratchpad(0).read(0, 1)[0]).toBe(0);
    machine.runUntilIdle();
    expect(machine.scratchpad(0).read(0, 1)[0]).toBe(7);
    expect(done).toEqual([175, 320]);
    expect(machine.statistics().dma[0]?.["waitingForPortsCycles"]).toBe(30);
  });

  test("of a product and of an empty transfer, too", () => {
    const machine = machineOf();
    machine.injectFault({ kind: "late_completion", unit: "tile", id: 0, cycles: 5 });
    const cycles: number[] = [];
    const product = { scratchpad: 0, m: 4, n: 4, k: 4, a: 0, b: 64, c: 128, queued: true } as const;
    machine.tile(0).matmul({ ...product, onComplete: () => cycles.push(machine.cycle) });
    machine.tile(0).matmul({ ...product, onComplete: () => cycles.push(machine.cycle) });
    machine.runUntilIdle();
    expect((cycles[0] ?? 0) - 5).toBe((cycles[1] ?? 0) - (cycles[0] ?? 0));
    const empty = machineOf();
    const transfer = { source: 0, destination: empty.external(0).base, bytes: 0 };
    empty.dma(0).transfer(transfer);
    empty.runUntilIdle();
    const alone = empty.cycle;
    empty.reset();
    empty.injectFault({ kind: "late_completion", ...ofDma, cycles: 11 });
    empty.dma(0).transfer(transfer);
    empty.runUntilIdle();
    expect(empty.cycle).toBe(alone + 11);
  });

  test("with DRAM behind the port", () => {
    const cyclesWith = (cycles: number): number => {
      const machine = machineOf({ fidelity: "cycle" });
      if (cycles > 0) machine.injectFault({ kind: "late_completion", ...ofDma, cycles });
      machine
        .dma(0)
        .transfer({ source: machine.scratchpad(0).base, destination: machine.external(0).base, bytes: 4096 });
      machine.runUntilIdle();
      return machine.cycle;
    };
    expect(cyclesWith(40)).toBe(cyclesWith(0) + 40);
  });

  test("of a unit that is reset is void", () => {
    const machine = machineOf();
    startTransfer(machine);
    machine.injectFault({ kind: "late_completion", ...ofDma, cycles: 30 });
    machine.step(10);
    machine.dma(0).reset();
    startTransfer(machine);
    machine.runUntilIdle();
    expect(machine.cycle).toBe(155);
  });
});

describe("a dropped completion", () => {
  test("leaves the data where they belong and tells nobody", () => {
    const machine = machineOf();
    machine.external(0).write(0, Uint8Array.of(7));
    const done: number[] = [];
    machine.injectFault({ kind: "dropped_completion", ...ofDma });
    startTransfer(machine, done);
    machine.runUntilIdle();
    expect(machine.scratchpad(0).read(0, 1)[0]).toBe(7);
    expect([machine.cycle, done]).toEqual([145, []]);
    startTransfer(machine, done);
    machine.runUntilIdle();
    expect(done).toEqual([290]);
  });

  test("stalls who waits for its credit, which the report says", () => {
    for (const fidelity of ["transaction", "functional"] as const) {
      const machine = machineOf({ fidelity });
      const ready = machine.semaphore("ready");
      const request = { source: machine.external(0).base, destination: machine.scratchpad(0).base, bytes: 64 };
      machine.injectFault({ kind: "dropped_completion", ...ofDma });
      machine.dma(0).transfer({ ...request, signal: [{ semaphore: ready, count: 1 }] });
      machine
        .dma(1)
        .transfer({ ...request, destination: machine.scratchpad(1).base, waitFor: [{ semaphore: ready, count: 1 }] });
      expect(() => machine.runUntilIdle()).toThrow("'ready' (0 of 1 credits of data)");
      ready.signal();
      machine.runUntilIdle();
      expect(machine.isIdle).toBe(true);
    }
  });
});

describe("a refused grant", () => {
  test("keeps transfers from beginning their beats, and not those that have begun", () => {
    const machine = machineOf();
    const done: number[] = [];
    machine.injectFault({ kind: "refused_grant", memory: "external", id: 0, cycles: 200 });
    startTransfer(machine, done);
    machine.runUntilIdle();
    // Its beats would have begun before cycle 134: 11 of them are left when the port grants again.
    expect(done).toEqual([211]);
    machine.reset();
    done.length = 0;
    startTransfer(machine, done);
    machine.runUntil(140);
    machine.injectFault({ kind: "refused_grant", memory: "external", id: 0, cycles: 200 });
    machine.runUntilIdle();
    expect(done).toEqual([145]);
  });

  test("of another port changes nothing", () => {
    const machine = machineOf();
    machine.injectFault({ kind: "refused_grant", memory: "external", id: 1, cycles: 1000 });
    startTransfer(machine);
    machine.runUntilIdle();
    expect(machine.cycle).toBe(145);
  });

  test("for ever stalls the machine, which the report says; resetting the engine frees it", () => {
    const machine = machineOf();
    machine.injectFault({ kind: "refused_grant", memory: "scratchpad", id: 0, cycles: Number.POSITIVE_INFINITY });
    startTransfer(machine);
    expect(() => machine.runUntilIdle()).toThrow("dma 0 (work 0) waits for a port that grants nothing");
    machine.runFor(1000);
    machine.dma(0).reset();
    machine.runUntilIdle();
    expect(machine.isIdle).toBe(true);
  });
});

test("faults are in checkpoints and in the history", () => {
  const machine = machineOf();
  machine.startHistory();
  const done: number[] = [];
  startTransfer(machine, done);
  machine.step(20);
  machine.injectFault({ kind: "late_completion", ...ofDma, cycles: 30 });
  machine.injectFault({ kind: "refused_grant", memory: "scratchpad", id: 0, cycles: 300 });
  const before = machine.checkpoint();
  machine.runUntilIdle();
  const end = machine.cycle;
  expect(end).toBe(320 + 11 + 30);
  machine.rewindTo(10);
  machine.rewindTo(end);
  expect(machine.statistics().dma[0]?.["transfersCompleted"]).toBe(1);
  machine.restore(before);
  machine.runUntilIdle();
  expect(machine.cycle).toBe(end);
});

test("jumps over repetitions wait until faults have passed", () => {
  const machine = machineOf({ timingOnly: true });
  machine.injectFault({ kind: "late_completion", ...ofDma, cycles: 5 });
  startTransfer(machine);
  machine.runUntilIdle();
  expect(machine.cycle).toBe(150);
});

describe("what cannot be is refused, with nothing done", () => {
  const machine = machineOf();
  test.each([
    [{ kind: "bit_flip", memory: "external", id: 7, offset: 0, bit: 0 }, "external bank 7 does not exist"],
    [{ kind: "bit_flip", memory: "external", id: 0, offset: 2 ** 26, bit: 0 }, "offset 0x4000000 lies outside"],
    [{ kind: "bit_flip", memory: "external", id: 0, offset: 0, bit: 8 }, "from 0 to 7"],
    [{ kind: "check_flip", memory: "external", id: 0, offset: 0, bit: 0 }, "has no check bits"],
    [{ kind: "stuck_port", memory: "external", id: 0, line: 800, value: 1 }, "from 0 to 799"],
    [{ kind: "late_completion", unit: "dma", id: 9, cycles: 1 }, "DMA engine 9 does not exist"],
    [{ kind: "late_completion", unit: "dma", id: 0, cycles: 0 }, "from 1"],
    [{ kind: "refused_grant", memory: "l2", id: 0, cycles: Number.NaN }, "whole number"],
    [{ kind: "pe_register", tile: 0, row: 99, col: 0, register: "sum", bit: 0, productCycle: 0 }, "row"],
    [{ kind: "pe_register", tile: 0, row: 0, col: 0, register: "down", bit: 32, productCycle: 0 }, "from 0 to 31"],
  ] as const)("%j", (fault, message) => {
    expect(() => machine.injectFault(fault)).toThrow(message);
  });

  test("values on a machine without values", () => {
    const timing = machineOf({ timingOnly: true });
    expect(() => timing.injectFault({ kind: "bit_flip", memory: "l3", id: 0, offset: 0, bit: 0 })).toThrow(
      "timing_only",
    );
  });
});
