import { describe, expect, it } from "vitest";
import { implementations } from "./implementations.ts";
import type { MachineUnderTest } from "./machine-under-test.ts";
import type { Layout } from "./reference/layout.ts";

function dense(count: number, elementBytes: number): Layout {
  return { elementBytes, counts: [count], strides: [elementBytes] };
}

function elements({ counts, starts = [0] }: Layout): number {
  return counts.reduce((product, count) => product * count, starts.length);
}

interface Placed {
  readonly engine: number;
  readonly layout: Layout;
  /** In scratchpad 0. */
  readonly offset?: number;
}

/** Every engine has a bank of its own, so that only the scratchpad's bytes can meet. */
function write(machine: MachineUnderTest, { engine, layout, offset = 0 }: Placed): void {
  machine.dma(engine).transfer({
    source: machine.external(engine).base,
    destination: machine.scratchpad(0).base + offset,
    layout: { source: dense(elements(layout), layout.elementBytes), destination: layout },
  });
}

function read(machine: MachineUnderTest, { engine, layout, offset = 0 }: Placed): void {
  machine.dma(engine).transfer({
    source: machine.scratchpad(0).base + offset,
    destination: machine.external(engine).base,
    layout: { source: layout, destination: dense(elements(layout), layout.elementBytes) },
  });
}

/** Kind, bytes from scratchpad 0's base, number of bytes. */
function recorded(machine: MachineUnderTest): readonly (readonly unknown[])[] {
  return machine.hazards.map(({ kind, address, bytes }) => [kind, address - machine.scratchpad(0).base, bytes]).sort();
}

/** Every second column of an 8 x 8 float32 matrix. */
const everySecondColumn: Layout = { elementBytes: 4, counts: [8, 4], strides: [32, 8] };
/** Of a 4 x 4 float32 matrix, column by column: columns 0 and 2. */
const columns0And2: Layout = { elementBytes: 4, counts: [2, 4], strides: [8, 16] };

describe.each(implementations)("hazards of geometry (rule 30), $name", ({ create }) => {
  it("do not come from even and odd columns written at once", () => {
    const machine = create();
    write(machine, { engine: 0, layout: everySecondColumn });
    write(machine, { engine: 1, layout: everySecondColumn, offset: 4 });
    machine.runUntilIdle();
    expect(machine.hazards).toEqual([]);
  });

  it("do not come from reading odd columns while even ones are written, nor the other way round", () => {
    const machine = create();
    write(machine, { engine: 0, layout: everySecondColumn });
    read(machine, { engine: 1, layout: everySecondColumn, offset: 4 });
    machine.runUntilIdle();
    read(machine, { engine: 0, layout: everySecondColumn });
    write(machine, { engine: 1, layout: everySecondColumn, offset: 4 });
    machine.runUntilIdle();
    expect(machine.hazards).toEqual([]);
  });

  it("have every byte of columns that half overlap", () => {
    const machine = create();
    write(machine, { engine: 0, layout: everySecondColumn });
    write(machine, { engine: 1, layout: everySecondColumn, offset: 2 });
    machine.runUntilIdle();
    // Two bytes of each of the 32 elements.
    expect(recorded(machine)).toEqual([["write-after-write", 2, 64]]);
  });

  it("have the exact bytes and the lowest address where a transposed tile is read", () => {
    const machine = create();
    write(machine, { engine: 0, layout: columns0And2 });
    // Rows 1 and 2, columns 1 and 2, the later row first: only (1, 2) at 24 and (2, 2) at 40 are being written.
    const block: Layout = { elementBytes: 4, counts: [2], strides: [4], starts: [36, 20] };
    machine.step(10);
    read(machine, { engine: 1, layout: block });
    machine.runUntilIdle();
    expect(machine.hazards).toEqual([
      {
        kind: "read-after-write",
        earlier: { sequence: 0, unit: "dma 0" },
        later: { sequence: 1, unit: "dma 1" },
        address: machine.scratchpad(0).base + 24,
        bytes: 8,
        fromCycle: 10,
        untilCycle: 135,
      },
    ]);
  });

  it("count a byte once, however often it is read", () => {
    const machine = create();
    const windows: Layout = { elementBytes: 4, counts: [3, 2, 4], strides: [4, 4, 0] };
    read(machine, { engine: 0, layout: windows, offset: 8 });
    write(machine, { engine: 1, layout: dense(64, 1) });
    machine.runUntilIdle();
    // Elements at 8, 12, 16 and 20.
    expect(recorded(machine)).toEqual([["write-after-read", 8, 16]]);
  });

  it("meet contiguous transfers in exact bytes too", () => {
    const machine = create();
    write(machine, { engine: 0, layout: everySecondColumn });
    const gap = { source: machine.l3(0).base, destination: machine.scratchpad(0).base + 4, bytes: 4 };
    machine.blockMover(0).transfer(gap);
    machine.blockMover(1).transfer({ ...gap, destination: machine.scratchpad(0).base + 6, bytes: 13 });
    machine.runUntilIdle();
    // 8 to 11 and 16 to 18 of the columns; 6 and 7 of the gap.
    expect(recorded(machine)).toEqual([
      ["write-after-write", 6, 2],
      ["write-after-write", 8, 7],
    ]);
  });

  it("have one record per kind and pair", () => {
    const machine = create();
    const [even, all] = [everySecondColumn, dense(64, 4)];
    const scratchpad = machine.scratchpad(0);
    machine.dma(0).transfer({
      source: scratchpad.base,
      destination: scratchpad.base + 4,
      layout: { source: even, destination: even },
    });
    machine.dma(1).transfer({
      source: scratchpad.base,
      destination: scratchpad.base,
      layout: { source: all, destination: all },
    });
    machine.runUntilIdle();
    expect(recorded(machine)).toEqual([
      ["read-after-write", 4, 128],
      ["write-after-read", 0, 128],
      ["write-after-write", 4, 128],
    ]);
  });

  it("come from no elements as little as from no bytes", () => {
    const machine = create();
    write(machine, { engine: 0, layout: dense(16, 4) });
    write(machine, { engine: 1, layout: { ...dense(16, 4), starts: [] } });
    machine.runUntilIdle();
    expect(machine.hazards).toEqual([]);
  });

  it("find operands of a matrix product between columns", () => {
    const machine = create();
    machine.tile(0).matmul({ scratchpad: 0, m: 1, n: 1, k: 1, a: 4, b: 12, c: 20 });
    write(machine, { engine: 0, layout: everySecondColumn });
    machine.runUntilIdle();
    expect(machine.hazards).toEqual([]);
    machine.tile(0).matmul({ scratchpad: 0, m: 1, n: 2, k: 1, a: 4, b: 12, c: 20 });
    write(machine, { engine: 0, layout: everySecondColumn });
    machine.runUntilIdle();
    expect(recorded(machine)).toEqual([
      ["write-after-read", 16, 4],
      ["write-after-write", 24, 4],
    ]);
  });
});
