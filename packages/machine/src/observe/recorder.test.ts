import { describe, expect, test } from "vitest";
import { Machine } from "../machine.ts";

function toScratchpad(machine: Machine, bytes: number, onComplete?: () => void, engine = 0): void {
  const [source, destination] = [machine.external(0).base, machine.scratchpad(0).base];
  machine.dma(engine).transfer({ source, destination, bytes, onComplete });
}

describe("a checkpoint", () => {
  test.each([0, 1, 133, 134, 140, 145])(
    "amid a transfer, at cycle %i: it goes on as it did, callback included",
    (cycle) => {
      const machine = new Machine();
      const completions: number[] = [];
      machine.external(0).writeFloat32(0, [1, 2, 3]);
      toScratchpad(machine, 1024, () => completions.push(machine.cycle));
      machine.runUntil(cycle);
      const checkpoint = machine.checkpoint();
      expect(checkpoint).toEqual({ cycle });
      machine.runUntilIdle();
      machine.scratchpad(0).clear();
      machine.restore(checkpoint);
      machine.runUntilIdle();
      expect(machine.cycle).toBe(145);
      expect([...machine.scratchpad(0).readFloat32(0, 3)]).toEqual([1, 2, 3]);
      expect(completions).toEqual(cycle < 145 ? [145, 145] : [145]);
    },
  );

  test("keeps callbacks that an error of another has left", () => {
    const machine = new Machine();
    const calls: string[] = [];
    const { base } = machine.external(0);
    const fail = (): void => {
      throw new Error("boom");
    };
    machine.dma(0).transfer({ source: base, destination: base, bytes: 0, onComplete: fail });
    machine.dma(1).transfer({ source: base, destination: base, bytes: 0, onComplete: () => calls.push("left") });
    expect(() => machine.runUntilIdle()).toThrow("boom");
    const checkpoint = machine.checkpoint();
    machine.runUntilIdle();
    machine.restore(checkpoint);
    expect(machine.isIdle).toBe(false);
    machine.runUntilIdle();
    expect(calls).toEqual(["left", "left"]);
  });

  test("keeps a source that was copied aside, a running product, and what arrays have done", () => {
    const machine = new Machine();
    const scratchpad = machine.scratchpad(1);
    scratchpad.writeFloat32(0, [2, 3, 4]);
    machine.tile(0).matmul({ scratchpad: 1, m: 1, n: 1, k: 1, a: 0, b: 4, c: 8, accumulate: true });
    machine.runUntilIdle();
    machine.tile(0).matmul({ scratchpad: 1, m: 1, n: 1, k: 1, a: 0, b: 4, c: 8, accumulate: true });
    machine.external(0).writeFloat32(0, [5]);
    toScratchpad(machine, 4);
    machine.step();
    machine.external(0).writeFloat32(0, [6]);
    const checkpoint = machine.checkpoint();
    for (const _ of [0, 1]) {
      machine.restore(checkpoint);
      scratchpad.writeFloat32(0, [0, 0]);
      machine.external(0).writeFloat32(0, [7]);
      machine.runUntilIdle();
      expect(machine.scratchpad(0).readFloat32(0, 1)[0]).toBe(5);
      expect(scratchpad.readFloat32(8, 1)[0]).toBe(16);
      expect(
        machine
          .tile(0)
          .peActivity()
          .reduce((sum, count) => sum + count),
      ).toBe(2);
      machine.tile(0).matmul({ scratchpad: 1, m: 1, n: 1, k: 1, a: 0, b: 4, c: 8 });
      machine.runUntilIdle();
    }
  });

  test("leaves semaphores that were made after it, with their initial credits", () => {
    const machine = new Machine();
    const before = machine.semaphore("before", 1);
    const checkpoint = machine.checkpoint();
    const after = machine.semaphore("after", 2);
    before.signal(5);
    after.signal(5);
    machine.restore(checkpoint);
    expect([before.value, after.value]).toEqual([1, 2]);
  });

  test("brings its trace back, and none where there was none", () => {
    const machine = new Machine();
    const none = machine.checkpoint();
    toScratchpad(machine, 4);
    machine.startTrace();
    machine.runUntilIdle();
    const one = machine.checkpoint();
    const { trace } = machine;
    toScratchpad(machine, 8);
    machine.runUntilIdle();
    const two = machine.checkpoint();
    machine.restore(one);
    toScratchpad(machine, 12);
    machine.runUntilIdle();
    expect([...trace].map(({ bytes }) => bytes)).toEqual([4, 12]);
    machine.restore(two);
    expect([...trace].map(({ bytes }) => bytes)).toEqual([4, 8]);
    machine.restore(none);
    expect([machine.isTracing, machine.trace.length]).toEqual([false, 0]);
    machine.restore(one);
    expect([machine.isTracing, machine.trace]).toEqual([true, trace]);
  });

  test("shares pages until they are written", () => {
    const machine = new Machine();
    const bytes = 2 ** 28;
    machine.external(0).write(0, new Uint8Array(bytes).fill(1));
    const checkpoints = Array.from({ length: 100 }, (_, index) => {
      machine.external(0).write(index * 65536, Uint8Array.of(index));
      return machine.checkpoint();
    });
    // Copies of the whole memory would take up 25 GiB.
    for (const [index, checkpoint] of checkpoints.entries()) {
      machine.restore(checkpoint);
      expect(machine.external(0).read(index * 65536, 2)).toEqual(Uint8Array.of(index, 1));
      if (index < 99) expect(machine.external(0).read((index + 1) * 65536, 1)).toEqual(Uint8Array.of(1));
    }
  });

  test("is refused in a callback, and by another machine", () => {
    const machine = new Machine();
    const checkpoint = machine.checkpoint();
    const errors: unknown[] = [];
    toScratchpad(machine, 4, () => {
      const attempts = [
        () => machine.checkpoint(),
        () => machine.restore(checkpoint),
        () => machine.startHistory(),
        () => machine.stopHistory(),
        () => machine.rewindTo(0),
      ];
      for (const attempt of attempts) {
        try {
          attempt();
        } catch (error) {
          errors.push(error);
        }
      }
    });
    machine.runUntilIdle();
    expect(errors).toMatchObject(Array.from({ length: 5 }, () => ({ code: "KPU_IN_CALLBACK" })));
    expect(() => new Machine().restore(checkpoint)).toThrow(expect.objectContaining({ code: "KPU_ARGUMENT" }));
    expect(() => machine.restore({ cycle: 0 })).toThrow("the checkpoint is not one of this machine");
  });
});
