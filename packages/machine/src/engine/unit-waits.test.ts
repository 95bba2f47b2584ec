import { describe, expect, test } from "vitest";
import { Machine } from "../machine.ts";

function waitsOf(machine: Machine, dma: number): readonly (number | undefined)[] {
  const figures = machine.statistics().dma[dma];
  return [figures?.["waitingForDataCycles"], figures?.["waitingForSpaceCycles"], figures?.["idleCycles"]];
}

/** A DMA engine that needs a credit of data and one of space, in this order. */
function waiting(): { readonly machine: Machine; readonly give: (what: "data" | "space") => void } {
  const machine = new Machine();
  const [data, space] = [machine.semaphore("full", 0), machine.semaphore("empty", 0, "space")];
  const { base } = machine.external(0);
  machine.dma(0).transfer({ source: base, destination: base, bytes: 4, waitFor: [data, space] });
  return { machine, give: (what) => (what === "data" ? data : space).signal() };
}

describe("cycles in which work waits for credits", () => {
  test("go to the first missing credit of the request, from one attempt to start to the next", () => {
    const { machine, give } = waiting();
    machine.runUntil(10);
    expect(waitsOf(machine, 0)).toEqual([10, 0, 0]);
    give("data");
    machine.runUntil(14);
    expect(waitsOf(machine, 0)).toEqual([10, 4, 0]);
    give("space");
    machine.runUntilIdle();
    expect(machine.cycle).toBe(214);
    machine.runUntil(220);
    expect(waitsOf(machine, 0)).toEqual([10, 4, 6]);
    expect(machine.statistics().dma[0]).toMatchObject({ busyCycles: 200, waitingForPortsCycles: 0 });
  });

  test("stay with the first missing credit while a later one comes", () => {
    const { machine, give } = waiting();
    machine.runUntil(10);
    give("space");
    machine.runUntil(15);
    give("data");
    machine.runUntilIdle();
    expect(waitsOf(machine, 0)).toEqual([15, 0, 0]);
  });

  test("end when the engine is reset; it is idle from then on", () => {
    const { machine, give } = waiting();
    machine.runUntil(10);
    machine.dma(0).reset();
    machine.dma(0).reset();
    give("data");
    machine.runUntil(25);
    expect(waitsOf(machine, 0)).toEqual([10, 0, 15]);
    expect(waitsOf(machine, 1)).toEqual([0, 0, 25]);
    machine.reset();
    expect(waitsOf(machine, 0)).toEqual([0, 0, 0]);
  });

  test("are those of tiles too", () => {
    const machine = new Machine();
    const operands = machine.semaphore("operands");
    machine.tile(0).matmul({ scratchpad: 0, m: 1, n: 1, k: 1, a: 0, b: 4, c: 8, waitFor: [operands] });
    machine.runUntil(7);
    operands.signal();
    machine.runUntilIdle();
    expect(machine.statistics().tile[0]).toMatchObject({
      waitingForDataCycles: 7,
      waitingForSpaceCycles: 0,
      busyCycles: 31,
      idleCycles: 0,
    });
  });
});

test("cycles that shared ports cost are those beyond the transfer alone", () => {
  const machine = new Machine();
  const [source, destination] = [machine.external(0).base, machine.scratchpad(0).base];
  for (const engine of [0, 1]) {
    machine.dma(engine).transfer({ source, destination: destination + 1024 * engine, bytes: 1024 });
  }
  machine.runUntilIdle();
  // 145 alone, 155 for both.
  expect(machine.statistics().dma.map((figures) => figures["waitingForPortsCycles"])).toEqual([10, 10]);
});

test("a semaphore says what it grants, and refuses anything else", () => {
  const { machine } = waiting();
  machine.runUntil(1);
  expect(machine.waiting[0]?.waitsFor.map(({ semaphore, grants }) => [semaphore, grants])).toEqual([
    ["full", "data"],
    ["empty", "space"],
  ]);
  expect(() => machine.runUntilIdle()).toThrow(
    "waits for semaphore 'full' (0 of 1 credits of data) and semaphore 'empty' (0 of 1 credits of space)",
  );
  expect(machine.semaphore("more", 1, "space").grants).toBe("space");
  // @ts-expect-error: what a caller without types may pass
  expect(() => machine.semaphore("more", 1, "time")).toThrow("a semaphore grants 'data' or 'space', got 'time'");
});
