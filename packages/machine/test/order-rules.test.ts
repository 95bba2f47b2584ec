import { describe, expect, it } from "vitest";
import { implementations } from "./implementations.ts";
import type { MachineUnderTest, MoverUnderTest } from "./machine-under-test.ts";

/** Zero bytes from bank 0 to scratchpad 0 take the path latency, 135 cycles, and no port: a clock for order tests. */
function issueEmpty(machine: MachineUnderTest, mover: MoverUnderTest, onComplete: () => void): void {
  mover.transfer({ source: machine.external(0).base, destination: machine.scratchpad(0).base, bytes: 0, onComplete });
}

function fill(count: number, value: number): Uint8Array {
  return new Uint8Array(count).fill(value);
}

function raise(message: string): () => void {
  return () => {
    throw new Error(message);
  };
}

describe.each(implementations)("order (rules 8 and 14 to 20), $name", ({ create }) => {
  it("runs the completions of a cycle in the order of issue, over all kinds of units", () => {
    const machine = create({ computeTiles: { rows: 1, cols: 1, systolic: false } });
    const order: string[] = [];
    const note = (name: string) => (): void => {
      order.push(`${name} at ${machine.cycle}`);
    };
    issueEmpty(machine, machine.streamer(3), note("streamer 3"));
    machine.tile(1).matmul({ scratchpad: 0, m: 135, n: 1, k: 1, a: 0, b: 1024, c: 2048, onComplete: note("tile 1") });
    issueEmpty(machine, machine.dma(1), note("dma 1"));
    issueEmpty(machine, machine.blockMover(0), note("block mover 0"));
    issueEmpty(machine, machine.dma(0), note("dma 0"));
    machine.runUntilIdle();
    expect(order).toEqual([
      "streamer 3 at 135",
      "tile 1 at 135",
      "dma 1 at 135",
      "block mover 0 at 135",
      "dma 0 at 135",
    ]);
  });

  it("lets the later issued of two writes at one cycle win, and writes both before the first callback", () => {
    const machine = create();
    const [bank, scratchpad] = [machine.external(0), machine.scratchpad(0)];
    bank.write(0, fill(4, 1));
    bank.write(64, fill(4, 2));
    let seen: Uint8Array | undefined;
    const see = (): void => {
      seen ??= scratchpad.read(0, 4);
    };
    machine.dma(1).transfer({ source: bank.base, destination: scratchpad.base, bytes: 4, onComplete: see });
    machine.dma(0).transfer({ source: bank.base + 64, destination: scratchpad.base, bytes: 4, onComplete: see });
    machine.runUntilIdle();
    expect(seen).toEqual(fill(4, 2));
  });

  it("starts work issued in a callback at once where the engine is free, and last in its queue where it is not", () => {
    const machine = create({ dmaEngines: { count: 3 } });
    const order: string[] = [];
    const note = (name: string) => (): void => {
      order.push(`${name} at ${machine.cycle}`);
    };
    issueEmpty(machine, machine.dma(0), () => {
      issueEmpty(machine, machine.dma(0), note("follower on dma 0"));
      issueEmpty(machine, machine.dma(1), note("follower on dma 1"));
      issueEmpty(machine, machine.dma(2), note("follower on dma 2"));
    });
    issueEmpty(machine, machine.dma(1), note("first on dma 1"));
    issueEmpty(machine, machine.dma(1), note("second on dma 1"));
    machine.runUntilIdle();
    expect(order).toEqual([
      "first on dma 1 at 135",
      "second on dma 1 at 270",
      "follower on dma 0 at 270",
      "follower on dma 2 at 270",
      "follower on dma 1 at 405",
    ]);
  });

  it("reads the source at the start, so that host writes before the step are seen and later ones are not", () => {
    const machine = create();
    const [bank, scratchpad] = [machine.external(0), machine.scratchpad(0)];
    machine.dma(0).transfer({ source: bank.base, destination: scratchpad.base, bytes: 4 });
    bank.write(0, fill(4, 7));
    machine.step();
    bank.write(0, fill(4, 8));
    machine.runUntil(134);
    expect(scratchpad.read(0, 4)).toEqual(fill(4, 0));
    machine.step();
    expect(scratchpad.read(0, 4)).toEqual(fill(4, 7));
  });

  it("shows an engine busy from the issue on, and what is outstanding on it", () => {
    const machine = create();
    const dma = machine.dma(0);
    const state = (): readonly unknown[] => [machine.cycle, dma.isBusy, dma.queueLength, machine.isIdle];
    expect(state()).toEqual([0, false, 0, true]);
    issueEmpty(machine, dma, () => undefined);
    issueEmpty(machine, dma, () => undefined);
    expect(state()).toEqual([0, true, 2, false]);
    machine.step();
    expect(state()).toEqual([1, true, 2, false]);
    machine.step(134);
    expect(state()).toEqual([135, true, 1, false]);
    machine.step();
    expect(state()).toEqual([136, true, 1, false]);
    machine.runUntilIdle();
    expect(state()).toEqual([270, false, 0, true]);
  });

  it("steps an idle machine, and leaves it alone when it should run until idle", () => {
    const machine = create();
    machine.runUntilIdle();
    expect(machine.cycle).toBe(0);
    machine.step(3);
    machine.runUntil(10);
    machine.runFor(5);
    machine.runUntilIdle();
    expect(machine.cycle).toBe(15);
  });

  it("stops at a callback that raises, and runs each of the others once, at that cycle", () => {
    const machine = create({ dmaEngines: { count: 4 } });
    const order: string[] = [];
    issueEmpty(machine, machine.dma(0), raise("first"));
    issueEmpty(machine, machine.dma(1), () => {
      order.push(`dma 1 at ${machine.cycle}`);
    });
    issueEmpty(machine, machine.dma(2), raise("second"));
    issueEmpty(machine, machine.dma(3), () => {
      order.push(`dma 3 at ${machine.cycle}`);
    });
    expect(() => machine.step(200)).toThrow("first");
    expect([machine.cycle, order]).toEqual([135, []]);
    expect(() => machine.step()).toThrow("second");
    expect([machine.cycle, order]).toEqual([135, ["dma 1 at 135"]]);
    machine.runUntilIdle();
    expect([machine.cycle, order]).toEqual([135, ["dma 1 at 135", "dma 3 at 135"]]);
    expect(machine.isIdle).toBe(true);
  });

  it("refuses to run or to reset inside a callback", () => {
    const machine = create();
    const refusals: boolean[] = [];
    const refuses = (call: () => void): void => {
      try {
        call();
        refusals.push(false);
      } catch {
        refusals.push(true);
      }
    };
    issueEmpty(machine, machine.dma(0), () => {
      refuses(() => machine.step());
      refuses(() => machine.runUntil(500));
      refuses(() => machine.runUntilIdle());
      refuses(() => machine.reset());
    });
    machine.runUntilIdle();
    expect(refusals).toEqual([true, true, true, true]);
    expect(machine.cycle).toBe(135);
  });

  it("keeps a tile busy from the call to its completion", () => {
    const machine = create();
    const tile = machine.tile(0);
    const product = { scratchpad: 0, m: 1, n: 1, k: 1, a: 0, b: 4, c: 8 };
    let again = 0;
    tile.matmul({
      ...product,
      onComplete: () => {
        expect(tile.isBusy).toBe(false);
        tile.matmul({
          ...product,
          onComplete: () => {
            again = machine.cycle;
          },
        });
      },
    });
    expect(tile.isBusy).toBe(true);
    expect(() => tile.matmul(product)).toThrow();
    machine.runUntilIdle();
    expect(again).toBe(62);
  });

  it("resets to the beginning, without callbacks", () => {
    const machine = create();
    const [bank, scratchpad] = [machine.external(0), machine.scratchpad(0)];
    const called: number[] = [];
    bank.write(0, fill(64, 9));
    const order = { source: bank.base, destination: scratchpad.base, bytes: 64 };
    machine.dma(0).transfer({ ...order, onComplete: () => called.push(0) });
    machine.dma(0).transfer({ ...order, onComplete: () => called.push(1) });
    machine.dma(1).transfer({ ...order, onComplete: () => called.push(2) });
    machine.step(140);
    expect(machine.hazards.length).toBeGreaterThan(0);
    called.length = 0;
    machine.reset();
    expect([machine.cycle, machine.isIdle, machine.dma(0).queueLength, machine.hazards.length]).toEqual([
      0,
      true,
      0,
      0,
    ]);
    expect([bank.read(0, 64), scratchpad.read(0, 64)]).toEqual([fill(64, 0), fill(64, 0)]);
    machine.runUntilIdle();
    machine.step(500);
    expect(called).toEqual([]);
    machine.dma(0).transfer(order);
    machine.dma(1).transfer(order);
    machine.runUntilIdle();
    // Two times 64 bytes are more than the bank moves in one cycle.
    expect(machine.cycle).toBe(500 + 136);
    expect(machine.hazards.map((hazard) => [hazard.earlier.sequence, hazard.later.sequence])).toEqual([[0, 1]]);
  });
});
